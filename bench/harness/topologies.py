"""The labs that are measured: what `nsbuild generate` prints, and the same as the lines that the floor reads."""
import json
import re
import subprocess


class Topology:
    """A lab as a file, as the same with one address changed, and as lines for the floor."""

    def __init__(self, nsbuild, directory, shape, size, *, bare=True, services=False, sysctl=None):
        options = ["--services"] if services else []
        text = subprocess.run([nsbuild, "generate", shape, str(size), *options], check=True, capture_output=True,
                              text=True).stdout
        if bare:
            text = without_forwarding(text)
        if sysctl:
            text = text.replace("    forwarding: true\n", f"    forwarding: true\n    sysctls: {{{sysctl}}}\n")
        stem = f"{shape}-{size}{'' if bare else '-forwarding'}{'-services' if services else ''}"
        self.lab, self.path, self.lines = f"{shape}{size}", directory / f"{stem}.yaml", directory / f"{stem}.lines"
        self.path.write_text(text)
        plan = json.loads(subprocess.run([nsbuild, "plan", "--fresh", "--json", self.path], check=True,
                                         capture_output=True).stdout)
        self.lines.write_text(floor_lines(plan["steps"]))
        self.namespaces = sum(step["kind"] == "namespace" for step in plan["steps"])
        self.links = sum(step["kind"] == "veth" for step in plan["steps"])
        self.services = sum(step["kind"] == "service" for step in plan["steps"])
        self.changed = None
        if shape == "ring":
            self.changed = directory / f"{stem}-changed.yaml"
            self.changed.write_text(with_another_address(text))


def without_forwarding(text):
    """The bare lab that the floor is defined by: namespaces, links, addresses and routes."""
    return re.sub(r"\ndefaults:\n  namespace:\n(?=\n)", "", text.replace("    forwarding: true\n", ""))


def with_another_address(text):
    """In the ring's last link, the end that is nobody's gateway."""
    closing = re.compile(r"  - endpoints: \[(n\d+:eth1), n1:eth0\]\n    subnet: (\S+)\.0/24\n")
    changed, count = closing.subn(r"  - endpoints: {\1: \2.77/24, n1:eth0: \2.2/24}\n", text)
    if count != 1:
        raise ValueError("this is no generated ring")
    return changed


def floor_lines(steps):
    """In the plan's order, so that interfaces get the indexes that nsbuild gives them."""
    kinds = {}
    for step in steps:
        kinds.setdefault(step["kind"], []).append(step["after"])

    def end(half):
        return f"{half['place']} {half['name']} {half['birth_mac']} {half['master'] or '-'}"

    def hops(route):
        return " ".join(f"{hop['via']} {hop['dev']}" for hop in route["nexthops"])

    lines = {"namespace": lambda each: f"netns {each['name']}",
             "sysctl": lambda each: f"sysctl {each['place']} {each['key'].replace('.', '/')} {each['value']}",
             "bridge": lambda each: f"bridge {each['place']} {each['name']} {each['birth_mac']}",
             "veth": lambda each: f"veth {end(each['a'])} {end(each['b'])}",
             "address": lambda each: f"address {each['place']} {each['dev']} {each['prefix']}",
             "route": lambda each: f"route {each['place']} {each['to']} {hops(each)}",
             "service": lambda each: f"service {each['place']}"}
    return "".join(line(each) + "\n" for kind, line in lines.items() for each in kinds.get(kind, []))
