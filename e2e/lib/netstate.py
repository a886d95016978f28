"""The networks of a world, all namespaces at once, as ip(8) reads them: exactly, or so that two worlds compare."""
import json

from lib.inventory import VOLATILE, without
from lib.world import eventually

SCRIPT = r"""
for pin in - $(ls /run/netns); do
  if [ $pin = - ]; then in=; enter=; else in="-n $pin"; enter="nsenter --net=/run/netns/$pin"; fi
  echo "@@$pin"
  for what in "-d link" addr "route show table all" "-6 route show table all" rule "-6 rule"; do
    echo "@$what"; ip $in -j $what
  done
  # Some keys are not for reading.
  echo @sysctls; $enter sh -c 'cd /proc/sys/net; grep -r . ipv4/ip_forward ipv4/conf ipv6/conf || :' 2>/dev/null
done
"""
# Where a bridge's timers happen to stand.
PASSING = VOLATILE | {"hello_timer", "tcn_timer", "topology_change_timer", "gc_timer", "message_age_timer",
                      "forward_delay_timer", "hold_timer"}
# Marks of ownership, and numbers that the kernel deals out.
ARBITRARY = PASSING | {"ifindex", "link_index", "link_netnsid", "link_netns", "link", "group", "ifalias", "proto",
                       "protocol"}


def exact(world):
    """Every entry of every namespace, each as one line, so that a difference can be read."""
    return _read(world, lambda entry: without(entry, PASSING))


def comparable(world, own=True):
    """The same without what two equal labs may differ in; `own=False` leaves the world's own namespace out."""
    state = _read(world, lambda entry: None if _link_local(entry) or _learned(entry) else without(entry, ARBITRARY))
    return _without_random({key: value for key, value in state.items() if own or not key.startswith("- ")})


def settles_at(world, wanted):
    """Asserts that the world comes to this; a link's operational state follows in the kernel's own time (linkwatch)."""
    eventually(lambda: difference(wanted, comparable(world)) == [],
               lambda: "\n".join(difference(wanted, comparable(world))))


def _without_random(state):
    """What the kernel deals out by chance: the MACs of the tun and tap devices that daemons make, and the secrets that
    it keeps for addresses until somebody sets them (addrconf_init_secret)."""
    taps = set()
    for key, lines in state.items():
        if key.endswith(" -d link"):
            links = map(json.loads, lines)
            taps |= {(key.split()[0], link["ifname"]) for link in links
                     if link.get("linkinfo", {}).get("info_kind") == "tun"}

    def clean(key, line):
        if key.endswith(" sysctls"):
            return None if "/stable_secret:" in line else line
        entry = json.loads(line)
        is_tap = (key.split()[0], entry.get("ifname")) in taps
        return json.dumps(without(entry, {"address"}), sort_keys=True) if is_tap else line

    return {key: sorted(filter(None, (clean(key, line) for line in lines))) for key, lines in state.items()}


def _read(world, clean):
    state, place, what = {}, None, None
    for line in world.sh(SCRIPT).out.splitlines():
        if line.startswith("@@"):
            place = line[2:]
        elif line.startswith("@"):
            what = line[1:]
            state[f"{place} {what}"] = []
        elif what == "sysctls":
            state[f"{place} {what}"] += [line] if "/sentinel/" not in line else []
        else:
            entries = (clean(entry) for entry in json.loads(line or "[]")
                       if entry.get("ifname") != "sentinel")
            state[f"{place} {what}"] += [json.dumps(entry, sort_keys=True) for entry in entries if entry]
    return {key: sorted(value) for key, value in state.items()}


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
        lines += [f"{key}: - {entry}" for entry in old if entry not in new]
        lines += [f"{key}: + {entry}" for entry in new if entry not in old]
    return lines
