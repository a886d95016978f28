"""The same lab by the tools that people use today: scripts and programs made from the floor's lines."""
import importlib.util
import shutil
import sys
from pathlib import Path

PEERS = Path(__file__).parents[1] / "peers"
LAB = "peer"
# Each runs a command that ends at once, with what comes nearest to the isolation of a service.
ISOLATION = {
    "unshare": ["unshare", "--mount", "--pid", "--uts", "--ipc", "--fork", "--mount-proc", "/bin/true"],
    "bubblewrap": ["bwrap", "--unshare-pid", "--unshare-uts", "--unshare-ipc", "--bind", "/", "/", "--proc", "/proc",
                   "--tmpfs", "/run", "/bin/true"],
    "crun": ["crun", "--cgroup-manager=disabled", "run", "--bundle", "{bundle}", "{name}"],
    "runc": ["runc", "run", "--bundle", "{bundle}", "{name}"],
}


def parse(lines):
    return [line.split() for line in lines.splitlines()]


def pin(name):
    return f"{LAB}.{name}"


def hops(words):
    """The rest of a route's line as ip-route(8) has it."""
    pairs = list(zip(words[::2], words[1::2]))
    if len(pairs) == 1:
        return f"via {pairs[0][0]} dev {pairs[0][1]}"
    return " ".join(f"nexthop via {via} dev {dev}" for via, dev in pairs)


def inside(words):
    """A line about one namespace as a command of ip(8) in there, or none."""
    kind, place, *rest = words
    if kind == "address":
        return place, f"address add {rest[1]} dev {rest[0]}"
    if kind == "route":
        return place, f"route add {rest[0]} {hops(rest[1:])}"
    return None


def ip_batch(lines):
    """One ip(8) for all namespaces and links, made where they belong, and one for each namespace's inside."""
    outside, within = [], {}
    for words in parse(lines):
        if words[0] == "netns":
            outside.append(f"netns add {pin(words[1])}")
            within[words[1]] = ["link set lo up"]
        elif words[0] == "bridge":
            within[words[1]].insert(0, f"link add {words[2]} type bridge\nlink set {words[2]} up")
    links, late = [], {}
    for words in parse(lines):
        if words[0] == "veth":
            a, dev_a, mac_a, master, b, dev_b, mac_b, _ = words[1:]
            links.append(f"link add {dev_a} address {mac_a} netns {pin(a)} type veth "
                         f"peer name {dev_b} address {mac_b} netns {pin(b)}")
            late.setdefault(a, []).append(f"link set {dev_a} {'' if master == '-' else f'master {master} '}up")
            late.setdefault(b, []).append(f"link set {dev_b} up")
    addresses, routes = {}, {}
    for words in parse(lines):
        if found := inside(words):
            (addresses if words[0] == "address" else routes).setdefault(found[0], []).append(found[1])
    script = ["set -e", heredoc("ip -batch -", outside + links)]
    for place, first in within.items():
        commands = first + addresses.get(place, []) + late.get(place, []) + routes.get(place, [])
        script.append(heredoc(f"ip -n {pin(place)} -batch -", commands))
    return "\n".join(script) + "\n"


def heredoc(command, lines):
    return f"{command} <<'END'\n" + "\n".join(lines) + "\nEND"


def ip_script(lines):
    """What tutorials teach: a command for each thing, devices moved to where they belong."""
    script, ups, rest = ["set -e"], [], []
    for number, words in enumerate(parse(lines)):
        if words[0] == "netns":
            script += [f"ip netns add {pin(words[1])}", f"ip -n {pin(words[1])} link set lo up"]
        elif words[0] == "bridge":
            rest += [f"ip -n {pin(words[1])} link add {words[2]} type bridge", f"ip -n {pin(words[1])} link set {words[2]} up"]
        elif words[0] == "veth":
            a, dev_a, mac_a, master, b, dev_b, mac_b, _ = words[1:]
            rest.append(f"ip link add va{number} type veth peer name vb{number}")
            for place, dev, mac, temporary in ((a, dev_a, mac_a, f"va{number}"), (b, dev_b, mac_b, f"vb{number}")):
                rest += [f"ip link set {temporary} netns {pin(place)}",
                         f"ip -n {pin(place)} link set {temporary} name {dev} address {mac}"]
                ups.append(f"ip -n {pin(place)} link set {dev} up")
            if master != "-":
                rest.append(f"ip -n {pin(a)} link set {dev_a} master {master}")
    pairs = [(words[0], found) for words in parse(lines) if (found := inside(words))]
    addresses = [f"ip -n {pin(place)} {command}" for kind, (place, command) in pairs if kind == "address"]
    routes = [f"ip -n {pin(place)} {command}" for kind, (place, command) in pairs if kind == "route"]
    return "\n".join(script + rest + addresses + ups + routes) + "\n"


class Peer:
    """How another tool builds a lab: argv(lines file), and why it cannot be measured here, if so."""

    def __init__(self, name, missing, prepare):
        self.name, self.missing, self.prepare = name, missing, prepare


def shell(write):
    def prepare(path):
        script = path.with_suffix(f".{write.__name__}.sh")
        script.write_text(write(path.read_text()))
        return ["sh", str(script)]
    return prepare


def program(name):
    return lambda path: [sys.executable, str(PEERS / name), str(path)]


def no_module(name, package):
    return "" if importlib.util.find_spec(name) else f"package {package} is not installed"


def all_peers():
    return [Peer("ip -batch", "", shell(ip_batch)), Peer("ip script", "", shell(ip_script)),
            Peer("pyroute2", no_module("pyroute2", "python3-pyroute2"), program("pyroute2_lab.py")),
            Peer("Mininet", no_module("mininet", "mininet"), program("mininet_lab.py"))]


def isolation(bundle):
    """Ways to run one isolated command, by the name of the tool; and the tools that are not there."""
    there = {name: [word.format(bundle=bundle, name="bench") for word in argv] for name, argv in ISOLATION.items()
             if shutil.which(argv[0])}
    return there, sorted(set(ISOLATION) - set(there))
