"""What a line of "this remains" accounts for, among the differences that readers of the kernel found: the resource that
it names, what the kernel makes and removes together with that, and nothing else."""
import ipaddress
import json
import re

PINS, RECORDS = "/run/netns/lab.", "/run/nsbuild/lab"
UNREADABLE = "unknown: the machine could not be read"
# The record stays as long as anything of the lab does, and nobody is told of it.
OF_THE_RECORD = re.compile(rf"world contents: |world files: [+] /run/nsbuild(?: d|/lab(?: d|/(?:lock|journal\.json|names|sysctls) f))$")

HELD = re.compile(r"namespace (\S+): held by pid \d+ \((.*)\)")


class Difference:
    """A line of netstate.difference(): "lab.a addr: + {…}", "service lab/web: only before", "world files: - /run/x f"."""

    def __init__(self, line):
        key, _, what = line.partition(": ")
        self.owner, _, self.section = key.partition(" ")
        self.text = "" if what.startswith("only ") else what[2:]
        self.is_network = self.owner not in ("world", "service")
        self.place = "host" if self.owner == "-" else self.owner.removeprefix("lab.")
        self.entry = json.loads(self.text) if self.is_network and self.text.startswith("{") else {}

    def path(self):
        """Of a file, a mount or a pin of the world."""
        words = self.text.split()
        if self.owner != "world" or not words:
            return None
        return {"mounts": words[1:2], "files": words[:1], "namespaces": ["/run/netns/" + words[0]]}.get(self.section, [""])[0]

    def is_of_service(self, name):
        return self.owner == "service" and self.section == f"lab/{name}"

    def is_of_hosts(self):
        return self.owner == "service" and self.text.startswith(("hosts ", "resolver "))

    def is_of_device(self, place, name):
        if not self.is_network or self.place != place:
            return False
        if self.section == "sysctls":
            return re.match(rf"ipv[46]/(?:conf|neigh)/{re.escape(name)}/", self.text) is not None
        ways = [self.entry, *self.entry.get("nexthops", [])]
        return name in {way.get(key) for way in ways for key in ("ifname", "dev", "iif", "oif")} or \
            name in self.entry.get("altnames", [])


def accounts_for(text, line, state):
    """`state` is what there was and what there is now."""
    name, _, _ = text.partition(": ")
    kind, _, who = name.partition(" ")
    difference = Difference(line)
    if text.startswith("the lab's record: ") or kind == "file":
        return _of_path(difference, text) or ".nsbuild-work" in text and _of_overlay(difference, r"[^/]+")
    if difference.owner == "service" and (held := HELD.fullmatch(text)):
        return _is_held_by(difference, held[1], held[2], state[1])
    return kind in KINDS and KINDS[kind](difference, who, state)


def split(before, after):
    """Both states with a line for each thing, so that one is not taken for another: of a namespace that is in one only;
    of an interface, where the order of the addresses that are in both counts, too."""
    before, after = ({**{key: [] for key in other if _is_network(key)}, **state} for state, other in ((before, after), (after, before)))
    there = [{(key, link["ifname"]): link["addr_info"] for key, lines in state.items() if key.endswith(" addr")
              for link in map(json.loads, lines)} for state in (before, after)]

    def lines_of(key, lines):
        for link in map(json.loads, lines):
            name, mine = link["ifname"], link["addr_info"]
            others = [other.get((key, name), []) for other in there]
            yield from ({"ifname": name, **address} for address in mine)
            yield {"ifname": name, "order": [a["local"] for a in mine if all(a in other for other in others)]}

    return tuple({key: [json.dumps(line, sort_keys=True) for line in lines_of(key, lines)] if key.endswith(" addr") else lines
                  for key, lines in state.items()} for state in (before, after))


def _is_network(key):
    return not key.startswith(("world ", "service "))


# -- kinds -------------------------------------------------------------------------------------------------------------

def _of_path(difference, text):
    """The directory of a lab that cannot be removed stays with what is still in it."""
    path = difference.path()
    directory = re.match(r"the lab's record: (?:open|read|remove|rmdir) (/run/nsbuild/(?:\.nsbuild-removes\.)?lab)\b", text)
    if path and directory and f"{path}/".startswith(directory[1] + "/"):
        return True
    return bool(path) and re.search(re.escape(path) + r"(?![\w.@/-])", text) is not None


def _namespace(difference, who, state):
    """With all that is in it, if it has come or gone as a whole."""
    place = who.removeprefix("/run/netns/").removeprefix("lab.")
    if difference.owner == "world":
        return difference.path() == PINS + place
    is_whole = len([True for each in state if any(lines for key, lines in each.items() if key.startswith(f"lab.{place} "))]) == 1
    return difference.is_network and difference.place == place and (is_whole or difference.is_of_device(place, "lo"))


def _is_held_by(difference, place, process, now):
    """A namespace without a pin lives on in a service that is still there."""
    lines = now.get(f"service {difference.section}", [])
    return (process == f"nsbuild-init {difference.section}" or f"runs {process}" in lines) and \
        ("in an unnamed namespace" in lines or f"in lab.{place}" in lines)


def _device(difference, who, _):
    place, colon, name = who.partition(":")
    return difference.is_of_device(place, name) if colon else difference.is_of_device("host", who)


def _veth(difference, who, state):
    return any(_device(difference, end, state) for end in who.split(" -- "))


def _address(difference, who, _):
    """And the routes that the kernel makes with it: to itself, to its subnet, to the subnet's broadcast or anycast."""
    device, _, prefix = who.partition(" ")
    place, _, name = device.partition(":")
    if not difference.is_of_device(place, name):
        return False
    whole = ipaddress.ip_interface(prefix)
    if difference.section == "addr":
        return "order" in difference.entry or difference.entry.get("local") == str(whole.ip)
    near = {str(whole.ip), str(whole.network), str(whole.network[0]), str(whole.network[-1])}
    return difference.section.endswith("route show table all") and \
        (difference.entry.get("prefsrc") == str(whole.ip) or difference.entry.get("dst") in near)


def _route(difference, who, _):
    place, to, *options = who.split()
    if difference.place != place or not difference.section.endswith("route show table all"):
        return False
    wanted = dict(zip(options[::2], options[1::2]))
    six = ":" in to
    network = "default" if to == "default" else str(ipaddress.ip_network(to)).removesuffix("/128" if six else "/32")
    entry = difference.entry
    return entry.get("dst") == ("default" if network == "::/0" else network) and \
        difference.section.startswith("-6") >= six and \
        str(entry.get("table", "main")) == wanted.get("table", "main") and \
        str(entry.get("metric", 1024 if six else 0)) == wanted.get("metric", "1024" if six else "0")


def _rule(difference, who, _):
    place, family, _, priority, *words = who.split()
    chosen = dict(zip(words[::2], words[1::2]))
    entry = difference.entry
    source = entry.get("src", "all") + (f"/{entry['srclen']}" if "srclen" in entry else "")
    return difference.place == place and difference.section == ("-6 rule" if family == "inet6" else "rule") and \
        str(entry.get("priority")) == priority and source == chosen["from"] and \
        ("lookup" not in chosen or entry.get("table") == chosen["lookup"])


# What the kernel sets along with one (inet_forward_change(), addrconf_forward_change()).
FOLLOWING = {"ipv4.ip_forward": r"ipv4\.(?:ip_forward|conf\..*\.(?:forwarding|accept_redirects))",
             "ipv4.conf.all.forwarding": r"ipv4\.(?:ip_forward|conf\..*\.(?:forwarding|accept_redirects))",
             "ipv6.conf.all.forwarding": r"ipv6\.conf\..*\.forwarding"}


def _sysctl(difference, who, _):
    place, _, key = who.partition(" ")
    if difference.place != place:
        return False
    if difference.section != "sysctls":
        return key == "net.ipv6.conf.all.forwarding" and difference.entry.get("type") == "anycast"
    key, there = key.removeprefix("net.").replace("/", "."), difference.text.partition(":")[0].replace("/", ".")
    return there == key or re.fullmatch(FOLLOWING.get(key, "(?!)"), there) is not None


def _hosts(difference, who, state):
    place, _, service = who.partition(" ")
    if difference.owner == "world":
        return difference.path() in [f"{RECORDS}/{kind}/{place}{service and '.' + service}" for kind in ("hosts", "resolv.conf")]
    lines = [line for each in state for line in each.get(f"service {difference.section}", [])]
    return difference.is_of_hosts() and f"in lab.{place}" in lines and (not service or difference.is_of_service(service))


def _of_overlay(difference, services):
    """The notes of work directories stay while one of these does."""
    return re.match(rf"{RECORDS}/overlay/{services}(?:/|$)", difference.path() or "") is not None


def _service(difference, who, state):
    """With the work directories of its overlays, if it has any."""
    if difference.owner == "world":
        path = difference.path() or ""
        has_overlay = any(line.startswith(f"{RECORDS}/overlay/{who}/") for each in state for line in each.get("world files", []))
        return (has_overlay and re.search(r"/\.[^/]+\.nsbuild-work(?:/|$)", path) is not None) or \
            _of_overlay(difference, re.escape(who)) or re.match(rf"{RECORDS}/log/{re.escape(who)}(?:[./]|$)", path) is not None
    return difference.is_of_service(who) and not difference.is_of_hosts()


KINDS = {"namespace": _namespace, "veth": _veth, "bridge": _device, "device": _device, "address": _address,
         "route": _route, "rule": _rule, "sysctl": _sysctl, "hosts": _hosts, "service": _service, "ready": _service}
