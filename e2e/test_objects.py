"""The kernel objects that a file asks for, as ip(8) and ping(8) see them."""
import pytest

from lib.topologies import PAIR, RICH
from lib.world import BINARY, eventually


@pytest.mark.kernel
def test_everything_that_the_file_says_is_there(world):
    before = [link["ifname"] for link in world.ip_json(None, "link")]
    world.apply(RICH)
    namespaces_are_named_ones(world)
    links_are_as_said(world)
    addresses_are_as_said(world)
    routes_and_rules_are_as_said(world)
    sysctls_are_as_said(world)
    the_segment_is_a_bridge_in_a_namespace_of_its_own(world)
    packets_pass(world)
    assert [link["ifname"] for link in world.ip_json(None, "link")] == before
    world.destroy()
    assert world.leaks() == []


FIRST = """
name: lab
namespaces: {a: }
networks:
  lan: {endpoints: ["a:lan0"]}
"""
SECOND = FIRST.replace("{a: }", '{a: , "h[1-20]": }') + '  dmz: {subnet: 10.9.0.0/24, endpoints: ["h[1-20]:eth0"]}\n'


def test_a_bridge_comes_up_behind_its_ports(world):
    """Or what each interface tells when it comes up would go out of all the others."""
    world.apply(FIRST)
    monitor, pid = world.background(["ip", "netns", "exec", "lab.@switch", "ip", "-o", "monitor", "link"])
    eventually(lambda: netlink_listeners(world, "@switch"), "ip monitor does not listen")
    world.apply(SECOND)
    world.kill_in(pid)
    up = [line.split()[1].split("@")[0].rstrip(":") for line in monitor.communicate()[0].splitlines() if ",UP" in line]
    assert set(up[:up.index("dmz")]) >= {f"h{number}.eth0" for number in range(1, 21)}
    world.destroy()


TWO = FIRST.replace("{a: }", "{a: , b: }")
PROBE = "services: {probe: {namespace: a, command: exec sleep 1001}}\n"
DMZ = "  dmz: {subnet: 10.9.0.0/24, endpoints: {a:dmz0: 10.9.0.1/24, b:dmz0: 10.9.0.2/24}}\n" + \
    PROBE.replace("1001}", "1001, ready: {command: ping -c 1 -W 1 10.9.0.2}}")


@pytest.mark.parametrize("first", [FIRST, TWO, TWO + PROBE], ids=["with its namespace", "alone", "for a service that runs"])
def test_a_new_network_is_there_for_what_waits_for_it(world, first):
    world.apply(first)
    world.apply(TWO + DMZ)
    assert world.plan(TWO + DMZ, "--detailed-exitcode").code == 0
    world.destroy()


def test_a_new_network_does_not_wait_for_what_only_takes_its_time(world):
    """An unrelated service that becomes ready when the new network carries packets."""
    goes = f"{world.dir}/goes"
    late = f'  late: {{namespace: a, command: "touch /run/up; exec sleep 1002", ready: {{command: test -e {goes}}}}}\n'
    source = FIRST.replace("{a: }", "{a: , b: , c: }") + \
        "  dmz: {subnet: 10.9.0.0/24, endpoints: {b:dmz0: 10.9.0.1/24, c:dmz0: 10.9.0.2/24}}\nservices:\n" + late
    world.apply(FIRST)
    apply = world.popen([BINARY, "apply", world.topology(source)])
    eventually(lambda: world.in_ns("b", "ping", "-c", "1", "-W", "1", "10.9.0.2", check=False).code == 0, "it is dead")
    world.sh(f"touch {goes}")
    out, err = apply.communicate()
    assert apply.returncode == 0, out + err
    world.destroy()


def netlink_listeners(world, place):
    """Sockets that are in a multicast group of rtnetlink (the third and the fourth column)."""
    rows = [line.split() for line in world.in_ns(place, "cat", "/proc/net/netlink").out.splitlines()[1:]]
    return [row for row in rows if row[1] == "0" and int(row[3], 16) != 0]


def namespaces_are_named_ones(world):
    assert world.namespaces() == ["lab.@switch", "lab.client", "lab.router", "lab.server"]
    listed = world.run(["ip", "-j", "netns", "list"]).json
    assert sorted(entry["name"] for entry in listed) == world.namespaces()
    assert world.in_ns("client", "true").code == 0
    assert world.run(["nsenter", "--net=/run/netns/lab.router", "true"]).code == 0
    for place in ("client", "router", "server", "@switch"):
        assert "UP" in world.link(place, "lo")["flags"]


def links_are_as_said(world):
    client, router = world.link("client", "eth0"), world.link("router", "eth0")
    for link in (client, router):
        assert link["linkinfo"]["info_kind"] == "veth"
        assert link["mtu"] == 1500 and link["operstate"] == "UP"
    assert client["link_index"] == router["ifindex"] and router["link_index"] == client["ifindex"]
    assert world.link("router", "eth1")["mtu"] == world.link("server", "eth0")["mtu"] == 1400
    assert world.link("server", "eth0")["address"] == "02:00:00:00:02:02"
    # A MAC that nobody chose is derived from the names: locally administered, unicast.
    assert int(client["address"].split(":")[0], 16) & 3 == 2


def addresses_are_as_said(world):
    assert world.addresses("client", "eth0") == ["10.0.1.2/24", "fd00:1::2/64"]
    assert world.addresses("router", "eth0") == ["10.0.1.1/24", "fd00:1::1/64"]
    assert world.addresses("client", "eth1") == ["10.0.3.1/30"]  # the first end gets the first address
    assert world.addresses("server", "eth1") == ["10.0.3.2/30"]
    assert world.addresses("client", "lan0") == ["10.1.0.1/24"]
    assert world.addresses("server", "lan0") == ["10.1.0.20/24"]
    assert world.addresses("server", "management0") == ["10.1.0.2/24"]
    assert world.addresses("server", "lo") == ["127.0.0.1/8", "10.255.0.3/32", "fd00:ff::3/128", "::1/128"]
    link, = world.ip_json("client", "-6", "address", "show", "dev", "eth0")
    assert {a["scope"] for a in link["addr_info"]} == {"global", "link"}
    assert not any(a.get("tentative") for a in link["addr_info"]), "no address may wait for duplicate detection"


def routes_and_rules_are_as_said(world):
    def routes(place, *selector):
        return [{key: route[key] for key in route.keys() & {"type", "dst", "gateway", "dev", "metric", "prefsrc"}}
                for route in world.ip_json(place, *selector) if route.get("protocol") != "kernel"]
    assert routes("client", "route") == [{"dst": "default", "gateway": "10.0.1.1", "dev": "eth0"}]
    assert [(r["dst"], r["gateway"]) for r in routes("client", "-6", "route")] == [("default", "fd00:1::1")]
    found = {route["dst"]: route for route in routes("router", "route")}
    assert found["198.51.100.0/24"] == {"type": "blackhole", "dst": "198.51.100.0/24"}
    assert found["192.0.2.0/24"] == {"type": "unreachable", "dst": "192.0.2.0/24", "metric": 77}
    assert found["10.255.0.3"] == {"dst": "10.255.0.3", "gateway": "10.0.2.2", "dev": "eth1", "prefsrc": "10.0.2.1"}
    multipath, = world.ip_json("router", "route", "show", "table", "100")
    assert multipath["metric"] == 50
    assert sorted((hop["gateway"], hop["dev"], hop["weight"]) for hop in multipath["nexthops"]) == \
        [("10.0.1.2", "eth0", 3), ("10.0.2.2", "eth1", 1)]
    rule, = [rule for rule in world.ip_json("router", "rule") if rule["priority"] == 1000]
    assert (rule["src"], rule["srclen"], rule["table"]) == ("10.0.1.0", 24, "100")


def sysctls_are_as_said(world):
    def sysctl(place, key):
        return world.in_ns(place, "cat", f"/proc/sys/net/{key}").out.strip()
    for key in ("ipv4/ip_forward", "ipv6/conf/all/forwarding"):
        assert sysctl("router", key) == "1" and sysctl("client", key) == "0"
    assert sysctl("router", "ipv4/conf/all/rp_filter") == "0"
    assert sysctl("router", "ipv4/conf/eth1/proxy_arp") == "1" and sysctl("router", "ipv4/conf/eth0/proxy_arp") == "0"


def the_segment_is_a_bridge_in_a_namespace_of_its_own(world):
    bridge = world.link("@switch", "lan")
    assert bridge["linkinfo"]["info_kind"] == "bridge" and "UP" in bridge["flags"]
    ports = {link["ifname"]: link for link in world.ip_json("@switch", "link") if link.get("master") == "lan"}
    assert {"client.lan0", "server.lan0"} < ports.keys() and len(ports) == 3
    shortened, = ports.keys() - {"client.lan0", "server.lan0"}
    assert len(shortened) <= 15 and ports[shortened]["altnames"] == ["server.management0"]


def packets_pass(world):
    for target in ("10.0.1.1", "fd00:1::1", "10.0.2.2", "10.0.3.2", "10.1.0.20", "10.1.0.2"):
        world.in_ns("client", "ping", "-c1", "-W5", target)
    # 198.51.100.0/24 is a black hole in the router; 192.0.2.0/24 answers that it is unreachable.
    assert world.in_ns("client", "ping", "-c1", "-W1", "198.51.100.9", check=False).code == 1
    assert "Unreachable" in world.in_ns("client", "ping", "-c1", "-W5", "192.0.2.9", check=False).out
    assert "hello" in world.in_ns("client", "curl", "-s", "--retry", "9", "--retry-connrefused",
                                  "http://10.0.2.2:8080").out


def test_a_veth_is_made_in_place(world):
    """Moving a device waits for the kernel; a device that was born where it is keeps its first index there."""
    world.apply(PAIR)
    assert world.link("a", "eth0")["ifindex"] == 2 and world.link("b", "eth0")["ifindex"] == 2
    world.destroy()


def test_an_end_can_stay_down(world):
    world.apply("""
        namespaces: {a: , b: }
        links: [{endpoints: {a:eth0: {addresses: [10.0.0.1/24], up: false}, b:eth0: 10.0.0.2/24}}]
        """)
    assert "UP" not in world.link("a", "eth0")["flags"] and "UP" in world.link("b", "eth0")["flags"]
    assert world.changes(world.dir / "lab.yaml") == []
    world.destroy()


def test_a_link_can_lead_to_a_network(world):
    world.apply("""
        namespaces: {a: , b: }
        networks: {left: {endpoints: [a:eth0]}, right: {endpoints: [b:eth0]}}
        links: [{endpoints: [left, right]}]
        """)
    world.ip("a", "address", "add", "10.0.0.1/24", "dev", "eth0")
    world.ip("b", "address", "add", "10.0.0.2/24", "dev", "eth0")
    world.in_ns("a", "ping", "-c1", "-W5", "10.0.0.2")
    world.destroy()


def test_unnamed_interfaces_are_numbered(world):
    world.apply("""
        namespaces: {a: , b: , c: }
        links:
          - endpoints: {a: 10.0.0.1/24, b: 10.0.0.2/24}
          - endpoints: {a: 10.0.1.1/24, c: 10.0.1.2/24}
        """)
    assert world.addresses("a", "eth0") == ["10.0.0.1/24"] and world.addresses("a", "eth1") == ["10.0.1.1/24"]
    assert world.addresses("c", "eth0") == ["10.0.1.2/24"]
    world.destroy()


@pytest.mark.kernel
def test_the_host_can_be_an_end(world):
    world.apply("""
        namespaces:
          host: {routes: [10.9.0.0/16 via 172.16.0.2]}
          a: {routes: [default via 172.16.0.1]}
        links: [{endpoints: {host:veth-a: 172.16.0.1/24, a:eth0: 172.16.0.2/24}}]
        networks: {lan: {endpoints: {host:lan-host: 172.17.0.1/24, a:eth1: 172.17.0.2/24}}}
        """)
    assert world.addresses(None, "veth-a") == ["172.16.0.1/24"]
    assert [r["gateway"] for r in world.ip_json(None, "route", "show", "10.9.0.0/16")] == ["172.16.0.2"]
    world.run(["ping", "-c1", "-W5", "172.16.0.2"])
    world.run(["ping", "-c1", "-W5", "172.17.0.2"])
    assert world.namespaces() == ["lab.@switch", "lab.a"]
    world.destroy()
    assert world.leaks() == []


def test_the_same_file_twice_side_by_side(world):
    for name in ("left", "right"):
        world.apply(PAIR, "--name", name)
    assert world.namespaces() == ["left.a", "left.b", "right.a", "right.b"]
    world.destroy("left")
    assert world.namespaces() == ["right.a", "right.b"]
    world.in_ns("a", "ping", "-c1", "-W5", "10.0.0.2", lab="right")
    world.destroy("right")
