"""Every example, applied and used as its first lines say, with outcomes that can fail."""
import json
import shutil

import pytest

from lib.world import EXAMPLES, eventually

CURL = ["curl", "-s", "--fail", "--max-time", "5", "--retry", "30", "--retry-delay", "1", "--retry-all-errors"]


def needs_program(path, package):
    if not shutil.which(path):
        pytest.skip(f"needs {path} (apt install {package})")


def routes(world, place, lab, *selector):
    return {route["dst"]: route for route in world.ip_json(place, "route", "show", *selector, lab=lab)}


def finish(world, path):
    assert world.changes(path) == [], "an example is settled, whatever its daemons did meanwhile"
    world.destroy(path)
    assert world.leaks() == []


def test_quickstart(world):
    path = EXAMPLES / "quickstart.yaml"
    world.apply(path)
    assert world.nsbuild("exec", "client", "--", *CURL, "http://10.0.2.2:8080").out == "Hello from behind the router.\n"
    # Through the router, and only because it forwards.
    assert "10.0.1.1" in world.nsbuild("exec", "client", "--", "ip", "route", "get", "10.0.2.2").out
    world.sh("echo 0 > /proc/sys/net/ipv4/ip_forward; ip netns exec quickstart.router sysctl -qw net.ipv4.ip_forward=0")
    world.nsbuild("exec", "client", "--", "curl", "-s", "--max-time", "1", "http://10.0.2.2:8080", code=28)  # time-out
    world.apply(path)
    assert "router" in world.nsbuild("exec", "client", "--", *CURL, "http://10.0.2.2:8080").out
    assert not world.sh("ls -A /srv | grep www", check=False).out
    finish(world, path)


def test_host_web(world):
    path = EXAMPLES / "host-web.yaml"
    world.apply(path)
    assert world.run([*CURL, "http://172.16.0.2:8080"]).out == "Hello from another namespace.\n"
    listening = world.run(["ss", "-Hltn"]).out
    assert "8080" not in listening, "the server listens in its own namespace only"
    assert world.nsbuild("exec", "svc:web", "--", "sh", "-c", "ps -o user= -C python3").out.split() == ["nobody"]
    finish(world, path)


def test_dual_stack_lan(world):
    path = EXAMPLES / "dual-stack-lan.yaml"
    world.apply(path)
    hosts = [f"h{i}" for i in range(1, 6)]
    for i, host in enumerate(hosts, 1):
        assert world.addresses(host, "eth0", lab="dual-stack-lan") == [f"10.1.0.{i}/24", f"fd00:1::{i}/64"]
    everyone = [f"10.1.0.{i}" for i in range(1, 6)] + [f"fd00:1::{i}" for i in range(1, 6)]
    ping_all = 'for a; do ping -qc1 -W5 $a & all="$all $!"; done; for p in $all; do wait $p; done'
    for host in hosts:
        world.in_ns(host, "sh", "-ec", ping_all, "sh", *everyone, lab="dual-stack-lan")
    for url in ("http://10.1.0.1:8080", "http://[fd00:1::1]:8080"):
        assert world.nsbuild("exec", "h5", "--", *CURL, url).out == "Hello from the same segment.\n"
    for i, host in enumerate(hosts, 1):
        for family, address in (("ahostsv4", f"10.1.0.{i}"), ("ahostsv6", f"fd00:1::{i}")):
            assert world.nsbuild("exec", "svc:web", "--", "getent", family, host).out.split()[0] == address
    assert world.namespaces() == ["dual-stack-lan.@switch"] + [f"dual-stack-lan.{host}" for host in hosts]
    finish(world, path)


def test_edge(world):
    path = EXAMPLES / "edge.yaml"
    world.apply(path)
    page = "Hello from the edge.\n"
    for address in ("server", "10.0.2.2", "10.0.3.2", "10.1.0.20"):
        assert world.nsbuild("exec", "client", "--", *CURL, f"http://{address}:8080").out == page
    assert world.addresses("client", "lan0", lab="edge") == ["10.1.0.1/24"]
    assert "10.255.0.3/32" in world.addresses("server", "lo", lab="edge")
    assert world.link("server", "eth0", lab="edge")["address"] == "02:00:00:00:02:02"
    assert world.link("router", "eth1", lab="edge")["mtu"] == 1400

    # The client's packets to 203.0.113.0/24 go by the router's table of its own, those to the black hole nowhere.
    asked = ["ip", "route", "get", "203.0.113.1", "from", "10.0.1.2", "iif", "eth0"]
    assert " table 100 " in world.in_ns("router", *asked, lab="edge").out
    assert world.in_ns("router", "ip", "route", "get", "203.0.113.1", lab="edge", check=False).code != 0
    assert world.in_ns("router", *asked[:3], "198.51.100.1", *asked[4:], lab="edge", check=False).code != 0

    web = world.nsbuild("exec", "web", "--", "sh", "-c", "hostname; cat /etc/motd /etc/app.conf; echo $LANG")
    assert web.out == "web\nhello\nname = edge\nC.UTF-8\n"
    assert "/srv" in world.nsbuild("exec", "web", "--", "sh", "-c", "touch /srv/x", check=False).err  # read-only
    assert world.nsbuild("logs", "migrate").out == "migrated lab edge\n"

    def seen_next_door():
        return world.nsbuild("exec", "client", "--", *CURL, "http://server:9100").out

    assert seen_next_door() == "name = edge\nhost = web\nweb servers = 1\n"
    # A web server that dies comes back; the exporter next door lives on.
    pid = world.sh("pgrep -fx '.*exporter'").out
    world.sh("pkill -KILL -fx -- 'python3 -u -m http.server 8080'")
    eventually(lambda: seen_next_door().endswith("web servers = 1\n"), "the web server does not come back")
    assert world.nsbuild("exec", "client", "--", *CURL, "http://server:8080").out == page
    assert world.sh("pgrep -fx '.*exporter'").out == pid
    finish(world, path)


def test_frr_ospf_bgp(world):
    needs_program("/usr/lib/frr/bgpd", "frr")
    lab, path = "frr-ospf-bgp", EXAMPLES / "frr-ospf-bgp.yaml"
    world.apply(path)
    eventually(lambda: "10.3.0.0/24" in routes(world, "r1", lab, "proto", "bgp")
               and "10.1.0.0/24" in routes(world, "r3", lab, "proto", "bgp"),
               lambda: "\n".join(world.nsbuild("logs", router).out for router in ("r1-bgpd", "r2-bgpd", "r3-bgpd")))
    assert "10.255.0.2" in routes(world, "r1", lab, "proto", "ospf")
    page = world.nsbuild("exec", "h1", "--", *CURL, "http://10.3.0.2:8080/copyright").out
    assert page == world.sh("cat /usr/share/doc/frr/copyright").out
    neighbours = json.loads(world.nsbuild("exec", "r2-zebra", "--", "vtysh", "-c", "show bgp summary json").out)
    peers = neighbours["ipv4Unicast"]["peers"]
    assert {peer: state["state"] for peer, state in peers.items()} == \
        {"10.255.0.1": "Established", "10.0.23.3": "Established"}

    # What the daemons learned is theirs: not in the plan, and still there after an apply.
    learned = routes(world, "r1", lab, "proto", "bgp"), routes(world, "r1", lab, "proto", "ospf")
    assert world.changes(path) == []
    world.apply(path)
    assert (routes(world, "r1", lab, "proto", "bgp"), routes(world, "r1", lab, "proto", "ospf")) == learned

    world.nsbuild("exec", "r2", "--", "ip", "link", "set", "eth1", "down")
    eventually(lambda: "10.3.0.0/24" not in routes(world, "r1", lab), "the route is not withdrawn")
    assert "10.255.0.2" in routes(world, "r1", lab, "proto", "ospf")
    # A link that somebody set down is drift; apply mends it, and the route comes back.
    assert len(world.changes(path)) == 1
    world.apply(path)
    eventually(lambda: "10.3.0.0/24" in routes(world, "r1", lab, "proto", "bgp"), "the route does not come back")
    finish(world, path)
