"""Random topologies, and random changes of them: the same numbers give the same labs.

A lab is a table of slots, each of them rolled by itself or empty; a change rolls some of them again. What refers to a
namespace or a link that is not there falls away when the text is made, so every lab is valid.
"""
import json
import random

NAMESPACES, LINKS, NETWORKS, HOSTS, SERVICES, ROUTES = 5, 6, 2, 2, 5, 3
CHANGES = (0.1, 0.3, 0.8)  # how much of a lab a change rolls again


def pair(number):
    """Two labs, as texts."""
    rng = random.Random(f"pair {number}")
    first = {slot: roll(rng) for slot, roll in SLOTS.items()}
    share = rng.choice(CHANGES)
    second = {slot: roll(rng) if rng.random() < share else first[slot] for slot, roll in SLOTS.items()}
    return text(first), text(second)


# -- what may be in a slot ---------------------------------------------------------------------------------------------

def _maybe(share, roll):
    return lambda rng: roll(rng) if rng.random() < share else None


def _namespace(rng):
    return {"forwarding": rng.random() < 0.3, "lo": rng.random() < 0.3, "rp_filter": rng.choice([None, None, 0, 1, 2]),
            "tcp_ecn": rng.choice([None, None, 0, 1]), "proxy_arp": rng.choice([None, None, None, 0, 1, 2]),
            "rule": rng.choice([None, None, 100, 101])}


def _link(rng):
    return {"ends": rng.sample(range(NAMESPACES), 2), "mtu": rng.choice([1500, 1500, 1280, 1400, 9000]),
            "hosts": rng.sample(range(1, 9), 2), "net": rng.randrange(2), "six": rng.random() < 0.4,
            "mac": rng.choice(["02:00:00:00:00:01", "02:00:00:00:00:02"]), "turned": rng.random() < 0.5}


def _network(rng):
    return {"ends": sorted(rng.sample(range(NAMESPACES), rng.randrange(1, NAMESPACES))), "net": rng.randrange(2),
            "subnet": rng.random() < 0.8, "mtu": rng.choice([1500, 1500, 1400])}


def _host(rng):
    return {"end": rng.randrange(NAMESPACES), "address": rng.random() < 0.8, "route": rng.random() < 0.5,
            "name": rng.randrange(2)}


def _route(rng):
    return {"link": rng.randrange(LINKS), "sort": rng.choice(["via", "via", "six", "blackhole", "prohibit", "many"]),
            "metric": rng.choice([None, None, 50, 60]), "table": rng.choice([None, None, 100])}


def _service(rng):
    return {"place": rng.randrange(NAMESPACES), "time": rng.randrange(3), "oneshot": rng.random() < 0.2,
            "hostname": rng.choice([None, "one", "two"]), "environment": rng.choice([None, "one", "two"]),
            "file": rng.choice([None, None, "one", "two"]), "mount": rng.choice([None, None, "1M", "2M"]),
            "joins": rng.choice([None, None, 0]), "needs": rng.choice([None, None, 1])}


SLOTS = {
    **{("namespace", i): _maybe(1 if i == 0 else 0.8, _namespace) for i in range(NAMESPACES)},
    **{("link", i): _maybe(0.6, _link) for i in range(LINKS)},
    **{("network", i): _maybe(0.5, _network) for i in range(NETWORKS)},
    **{("host", i): _maybe(0.4, _host) for i in range(HOSTS)},
    **{("route", i, j): _maybe(0.5, _route) for i in range(NAMESPACES) for j in range(ROUTES)},
    **{("service", i): _maybe(0.5, _service) for i in range(SERVICES)},
}


# -- as a file (JSON is YAML) -------------------------------------------------------------------------------------------

# What a file does not say is left alone (an MTU, a MAC), so a slot says it always or never, whichever end is its first.
SAYS_MAC, MANY_ADDRESSES = (0, 1), (0, 2)


def text(lab):
    places = {i for i in range(NAMESPACES) if lab["namespace", i]}
    found = {name: {i: lab[name, i] for i in range(count) if lab[name, i] and _is_whole(lab[name, i], places)}
             for name, count in (("link", LINKS), ("network", NETWORKS), ("host", HOSTS))}
    for i, link in found["link"].items():
        link["number"] = i
    whole = {"namespaces": {f"n{i}": _write_namespace(lab, i, found) for i in sorted(places)},
             "links": [*(_write_link(i, link) for i, link in found["link"].items()),
                       *(_write_host(i, host) for i, host in found["host"].items())],
             "networks": {f"s{i}": _write_network(i, network, places) for i, network in found["network"].items()},
             "services": _write_services(lab, places)}
    routes = [f"10.8{i}.0.0/16 via 10.7{i}.0.1" for i, host in found["host"].items()
              if host["address"] and host["route"]]
    if routes:
        whole["namespaces"]["host"] = {"routes": routes}
    return json.dumps({key: value for key, value in whole.items() if value}, indent=1)


def _is_whole(entry, places):
    ends = {entry["end"]} if "end" in entry else set(entry["ends"])
    return bool(ends & places) if "subnet" in entry else ends <= places


def _write_namespace(lab, number, found):
    entry = lab["namespace", number]
    mine = {i: link for i, link in found["link"].items() if number in link["ends"]}
    sysctls = {f"net.ipv4.conf.{name}": entry[key] for name, key in (("all.rp_filter", "rp_filter"),)
               if entry[key] is not None}
    if entry["tcp_ecn"] is not None:
        sysctls["net.ipv4.tcp_ecn"] = entry["tcp_ecn"]
    if entry["proxy_arp"] in mine:
        sysctls[f"net.ipv4.conf.l{entry['proxy_arp']}.proxy_arp"] = 1
    routes = [_write_route(j, lab["route", number, j], number, mine) for j in range(ROUTES) if lab["route", number, j]]
    written = {"forwarding": entry["forwarding"] or None, "sysctls": sysctls, "routes": list(filter(None, routes)),
               "interfaces": {"lo": {"addresses": [f"10.255.0.{number + 1}/32"]}} if entry["lo"] else None,
               "rules": [{"from": "10.0.0.0/8", "table": entry["rule"], "priority": 1000}] if entry["rule"] else None}
    return {key: value for key, value in written.items() if value}


def _write_route(number, route, place, mine):
    written = {"to": f"172.16.{number}.0/24"}
    ways = [link for i, link in mine.items() if i >= route["link"]] or list(mine.values())
    if route["sort"] in ("blackhole", "prohibit"):
        written["type"] = route["sort"]
    elif not ways:
        return None
    elif route["sort"] == "six":
        if not ways[0]["six"]:
            return None
        written = {"to": f"fd16:{number}::/32", "via": _address(ways[0], place, other=True, six=True)}
    elif route["sort"] == "many" and len(ways) > 1:
        written["via"] = [_address(way, place, other=True) for way in ways[:2]]
    else:
        written["via"] = _address(ways[0], place, other=True)
    return {**written, **{key: route[key] for key in ("metric", "table") if route[key]}}


def _address(link, place, other=False, six=False):
    side = link["ends"].index(place)
    side = 1 - side if other else side
    host = link["hosts"][side]
    return f"fd00:{link['number']}:{link['net']}::{host}" if six else f"10.{link['number']}.{link['net']}.{host}"


def _write_link(number, link):
    ends = {}
    for side, place in enumerate(link["ends"]):
        addresses = [f"{_address(link, place)}/24"]
        if number in MANY_ADDRESSES:
            addresses.insert(0 if link["turned"] else 1, f"10.{number}.{link['net']}.{100 + side}/24")
        if link["six"]:
            addresses.append(f"{_address(link, place, six=True)}/64")
        ends[f"n{place}:l{number}"] = {"addresses": addresses, **({"mac": link["mac"]} if number in SAYS_MAC and place == min(link["ends"]) else {})}
    return {"endpoints": ends, "mtu": link["mtu"]}


def _write_host(number, host):
    inside, outside = f"n{host['end']}:h{number}", f"host:lab{number}{host['name']}"
    if not host["address"]:
        return {"endpoints": [inside, outside]}
    return {"endpoints": {inside: f"10.7{number}.0.1/24", outside: f"10.7{number}.0.254/24"}}


def _write_network(number, network, places):
    ends = [f"n{place}:m{number}" for place in network["ends"] if place in places]
    return {"endpoints": ends, **({"subnet": f"10.9{number}.{network['net']}.0/24"} if network["subnet"] else {}),
            "mtu": network["mtu"]}


def _write_services(lab, places):
    there = {i: lab["service", i] for i in range(SERVICES) if lab["service", i] and lab["service", i]["place"] in places}
    owner = there.get(0)
    written = {}
    for i, service in there.items():
        joins = i > 1 and service["joins"] == 0 and owner and not owner["oneshot"]
        command = ["true"] if service["oneshot"] else ["sleep", f"{1000 + 10 * i + service['time']}"]
        entry = {"command": command, "oneshot": service["oneshot"] or None,
                 "environment": {"WORD": service["environment"]} if service["environment"] else None,
                 "depends_on": ["v1"] if i > 1 and service["needs"] == 1 and 1 in there else None}
        if joins:
            entry["join"] = "v0"
        else:
            entry |= {"namespace": f"n{service['place']}", "hostname": service["hostname"],
                      "files": {"/etc/word": {"content": service["file"]}} if service["file"] else None,
                      "mounts": [{"type": "tmpfs", "target": "/var/cache", "size": service["mount"]}]
                      if service["mount"] else None}
        written[f"v{i}"] = {key: value for key, value in entry.items() if value is not None}
    return written
