"""The networks of a world, all namespaces at once, as ip(8) reads them: exactly, or so that two worlds compare."""
import json
import time
from collections import Counter

from lib.inventory import VOLATILE, without
from lib.world import eventually

# In one batch each, because a command costs milliseconds and namespaces are many.
OLD_AND_NEW = ["addr", "route show table all", "rule"]
NEW = ["-6 route show table all", "-6 rule"]
SCRIPT = r"""
for pin in - $(ls /run/netns); do
  if [ $pin = - ]; then in=; enter=; else in="-n $pin"; enter="nsenter --net=/run/netns/$pin"; fi
  echo "@@$pin"
  echo "@-d link"; ip $in -d -j link
  echo "@batch"; printf 'addr\nroute show table all\nrule\n' | ip $in -j -b -
  echo "@batch 6"; printf 'route show table all\nrule\n' | ip $in -6 -j -b -
  # Some keys are not for reading, and one counts what is under way.
  echo @sysctls; $enter sh -c 'cd /proc/sys/net; grep -r --exclude=nf_conntrack_count . * || :' 2>/dev/null
done
:
"""
BATCHES = {"-d link": ["-d link"], "batch": OLD_AND_NEW, "batch 6": NEW}
# Where a bridge's timers happen to stand.
PASSING = VOLATILE | {"hello_timer", "tcn_timer", "topology_change_timer", "gc_timer", "message_age_timer",
                      "forward_delay_timer", "hold_timer"}
LINKWATCH = 2  # seconds in which the kernel tells of a carrier (net/core/link_watch.c: one second between two looks)
# Marks of ownership, and numbers that the kernel deals out.
NUMBERS = {"ifindex", "link_index", "link_netnsid", "link_netns", "link", "designated_port", "id", "no", "nhid"}
ARBITRARY = PASSING | NUMBERS | {"group", "ifalias", "proto", "protocol"}


def exact(world):
    """Every entry of every namespace, each as one line, so that a difference can be read."""
    return _read(world, lambda entry: without(entry, PASSING))


def same(world):
    """The same without numbers of devices, which one that was made anew has another one of, and without carriers."""
    return _read(world, lambda entry: _without_carrier(entry, PASSING | NUMBERS))


def comparable(world, own=True, carriers=True):
    """The same without what two equal labs may differ in; `own=False` leaves the world's own namespace out,
    `carriers=False` what follows them."""
    clean = without if carriers else _without_carrier
    state = _read(world, lambda entry: None if _link_local(entry) or _learned(entry) else
                  clean(_in_one_order(entry), ARBITRARY))
    return _without_random({key: value for key, value in state.items() if own or not key.startswith("- ")})


def _in_one_order(entry):
    """The ways of a group of next hops, in which a routing daemon puts them as it learns of them."""
    if "nhid" in entry and "nexthops" in entry:
        entry["nexthops"].sort(key=lambda way: (way.get("dev", ""), way.get("gateway", "")))
    return entry


def _without_carrier(entry, names):
    """Without what follows in the kernel's own time (linkwatch): carriers, and the IPv6 that comes with them."""
    if _link_local(entry) or entry.get("dst") == "ff00::/8":
        return None
    entry["flags"] = [flag for flag in entry.get("flags", []) if flag not in ("NO-CARRIER", "LOWER_UP", "linkdown")]
    return without(entry, names)


def to_come(state):
    """The IPv6 addresses of a state that have no local route yet: the kernel's workers add it (addrconf_dad_work)."""
    missing = []
    for key in filter(lambda key: key.endswith(" addr"), state):
        place = key.removesuffix(" addr")
        routes = map(json.loads, state.get(f"{place} -6 route show table all", []))
        local = {route["dst"] for route in routes if route.get("type") == "local"}
        addresses = (address for link in map(json.loads, state[key]) for address in link["addr_info"])
        missing += [f"{place}: {a['local']}" for a in addresses if a["family"] == "inet6" and a["local"] not in local]
    return missing


def settles_at(world, wanted):
    """Asserts that the world comes to this; a link's operational state follows in the kernel's own time (linkwatch)."""
    eventually(lambda: difference(wanted, comparable(world)) == [],
               lambda: "\n".join(difference(wanted, comparable(world))))


def _without_random(state):
    """What the kernel deals out by chance: the MACs of the tun and tap devices that daemons make, and the secrets that
    it keeps for addresses and TCP Fast Open until somebody sets them (addrconf_init_secret, tcp_fastopen_init_key_once)."""
    taps = set()
    for key, lines in state.items():
        if key.endswith(" -d link"):
            links = map(json.loads, lines)
            taps |= {(key.split()[0], link["ifname"]) for link in links
                     if link.get("linkinfo", {}).get("info_kind") == "tun"}

    def clean(key, line):
        if key.endswith(" sysctls"):
            return None if "/stable_secret:" in line or "/tcp_fastopen_key:" in line else line
        entry = json.loads(line)
        is_tap = (key.split()[0], entry.get("ifname")) in taps
        return json.dumps(without(entry, {"address"}), sort_keys=True) if is_tap else line

    return {key: sorted(filter(None, (clean(key, line) for line in lines))) for key, lines in state.items()}


def _read(world, clean):
    state = _raw(world)
    end = time.monotonic() + LINKWATCH
    while _is_changing(state) and time.monotonic() < end:
        state = _raw(world)
    return {key: sorted(value) for key, value in _answers(state, clean)}


def _is_changing(state):
    """A bridge has its carrier, and is not yet told to be up: the kernel does that in its own time. One without ports is
    never told."""
    links = (link for key, lines in state.items() if key.endswith(" -d link") for link in json.loads("\n".join(lines) or "[]"))
    return any(link.get("linkinfo", {}).get("info_kind") == "bridge" and "LOWER_UP" in link["flags"] and
               link["operstate"] != "UP" for link in links)


def _raw(world):
    state, place, section = {}, None, None
    for line in world.sh(SCRIPT).out.splitlines():
        if line.startswith("@@"):
            place = line[2:]
        elif line.startswith("@"):
            section = state[f"{place} {line[1:]}"] = []
        elif line.strip():
            section.append(line)
    return state


def _answers(state, clean):
    """A batch has an answer for each of its commands, in order."""
    for key, lines in state.items():
        place, _, section = key.partition(" ")
        if section == "sysctls":
            yield key, [line for line in lines if "/sentinel/" not in line]
            continue
        for what, entries in zip(BATCHES[section], _documents("\n".join(lines))):
            cleaned = (clean(entry) for entry in entries if entry.get("ifname") != "sentinel")
            yield f"{place} {what}", [json.dumps(entry, sort_keys=True) for entry in cleaned if entry]


def _documents(text):
    decoder, at = json.JSONDecoder(), 0
    while at < len(text):
        found, at = decoder.raw_decode(text, at)
        yield found
        at += len(text[at:]) - len(text[at:].lstrip())


def _link_local(entry):
    if "addr_info" in entry:
        entry["addr_info"] = [a for a in entry["addr_info"] if not a.get("local", "").startswith("fe80:")]
    return entry.get("dst", "").startswith("fe80:")


def _learned(entry):
    """Routing daemons learn at their own pace, and deal out numbers of nexthop objects."""
    return entry.get("protocol") in ("bird", "bgp", "ospf", "zebra")


def difference(before, after):
    lines = []
    for key in sorted(before.keys() | after.keys()):
        old, new = before.get(key), after.get(key)
        if old is None or new is None:
            lines.append(f"{key}: only {'before' if new is None else 'after'}")
            continue
        old, new = Counter(old), Counter(new)  # what is there twice is not what is there once
        lines += [f"{key}: - {entry}" for entry in (old - new).elements()]
        lines += [f"{key}: + {entry}" for entry in (new - old).elements()]
    return lines
