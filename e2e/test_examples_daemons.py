"""The examples that run servers and tunnels: each must do what its first lines promise, and stop when it should."""
import re
import subprocess
import time
from datetime import datetime

import pytest

from lib import debian
from lib.examples import capture, execute, fetch, lab, logs, reaches, way
from lib.world import EXAMPLES, ROOT, eventually



# -- load-balancer.yaml -----------------------------------------------------------------------------------------------


def test_haproxy_deals_requests_out_in_turn_and_leaves_a_dead_server_out(world):
    with lab(world, "load-balancer"):
        assert_in_turn(world)

        killed = time.time()
        execute(world, "web1-nginx", "sh", "-c", "kill -9 -1")  # master and worker
        eventually(lambda: [fetch(world, "client", "http://lb")] and "web/web1 is DOWN" in logs(world, "lb-haproxy"),
                   lambda: logs(world, "lb-haproxy"))
        assert [fetch(world, "client", "http://lb") for _ in range(30)] == ["web2-nginx"] * 30
        assert_left_out_in_time(killed, logs(world, "lb-haproxy"))

        world.nsbuild("start", "web1-nginx")
        eventually(lambda: "web/web1 is UP" in logs(world, "lb-haproxy"), lambda: logs(world, "lb-haproxy"))
        assert_in_turn(world)
        assert '"GET / HTTP/1.1" 200' in logs(world, "web1-nginx")


def assert_left_out_in_time(killed, log):
    """By what haproxy says and by its clock: two checks failed, as the file has it, and nobody who asked later met the
    dead one. The file's interval is 200 ms; here it may be 25 times as long, for a busy machine, but not any time."""
    assert len(re.findall(r"^\S+ Health check for server web/web1 failed", log, re.M)) == 2, log
    down = datetime.fromisoformat(re.search(r"^(\S+) Server web/web1 is DOWN", log, re.M)[1]).timestamp()
    assert killed < down < killed + 25 * 0.2, log
    requests = re.findall(r"\[(\S+)\] http web/(\S+) \S+ (\d+) ", log)
    later = [answer for when, *answer in requests
             if datetime.strptime(when, "%d/%b/%Y:%H:%M:%S.%f").timestamp() > down]
    assert len(later) >= 30 and all(answer == ["web2", "200"] for answer in later), log


def assert_in_turn(world):
    answers = [fetch(world, "client", "http://lb") for _ in range(20)]
    assert set(answers[:2]) == {"web1-nginx", "web2-nginx"}
    assert answers == answers[:2] * 10


# -- dhcp-dns.yaml ----------------------------------------------------------------------------------------------------


def test_dnsmasq_leases_addresses_and_answers_names(world):
    with lab(world, "dhcp-dns"):
        def address(host):
            return world.addresses(host, "eth0", lab="dhcp-dns")

        assert address("printer") == ["10.0.0.10/24"]  # the lease that is fixed to its MAC
        leased, = address("laptop")
        laptop = leased.removesuffix("/24")
        assert laptop in [f"10.0.0.{number}" for number in range(100, 151)]
        assert way(world, "laptop", "192.0.2.1") == ("10.0.0.1", "eth0")

        def ask(*question):
            return execute(world, "laptop-dhcp", "dig", "+short", *question).out.split()

        assert ask("printer.lan.test", "A") == ["10.0.0.10"]
        assert ask("laptop.lan.test", "A") == [laptop]  # known by the name that it asked with
        assert ask("-x", "10.0.0.10") == ["printer.lan.test."]
        assert ask("-x", laptop) == ["laptop.lan.test."]
        assert "status: NXDOMAIN" in execute(world, "laptop-dhcp", "dig", "nosuch.lan.test").out
        assert reaches(world, "laptop-dhcp", "printer.lan.test")  # by the resolv.conf that the client wrote

        # What the client put on the interface is no drift, and the machine's resolv.conf is not touched.
        assert world.changes(EXAMPLES / "dhcp-dns.yaml") == []
        assert "lan.test" not in world.sh("cat /etc/resolv.conf").out


# -- wireguard.yaml ---------------------------------------------------------------------------------------------------


def test_wireguard_shows_the_wire_nothing_but_udp(world):
    with lab(world, "wireguard"):
        with capture(world, "wireguard.internet", "west", "ip") as packets:
            eventually(lambda: reaches(world, "west", "192.168.0.2"), lambda: logs(world, "west-tunnel"))
            assert execute(world, "east", "ping", "-c3", "-i0.2", "192.168.0.1").out.count("bytes from") == 3
        assert len(packets) >= 8, packets
        ends = r"(198\.51\.100\.2|203\.0\.113\.2)\.51820"
        assert [line for line in packets if not re.search(f" {ends} > {ends}: UDP, length", line)] == []
        assert "latest handshake" in execute(world, "west-tunnel", "wg").out
        assert world.changes(EXAMPLES / "wireguard.yaml") == []  # wg0 and its address are the daemon's own


# -- vlans.yaml -------------------------------------------------------------------------------------------------------


def test_open_vswitch_keeps_access_vlans_apart(world):
    with lab(world, "vlans"):
        for here, there in (("a1", "a2"), ("b1", "b2")):
            eventually(lambda: reaches(world, here, there), lambda: logs(world, "switch-vswitchd"))
        for here, there in (("a1", "b1"), ("a1", "b2"), ("a2", "b1"), ("b2", "a2")):
            assert not reaches(world, here, there), f"{here} reaches {there} across VLANs"

        server, pid = world.background(
            ["ip", "netns", "exec", "vlans.a2", "busybox", "httpd", "-f", "-h", "/usr/share"])
        eventually(lambda: fetch(world, "a1", "http://a2/common-licenses/BSD"), "no TCP through the switch")
        world.kill_in(pid)
        server.communicate()

        execute(world, "switch-vswitchd", "ovs-vsctl", "set", "port", "b1", "tag=10")
        eventually(lambda: reaches(world, "a1", "b1"), "b1 did not join VLAN 10")
        assert not reaches(world, "b1", "b2")


# -- nat.yaml ---------------------------------------------------------------------------------------------------------


def test_nftables_hides_the_home_network_and_lets_one_port_in(world):
    with lab(world, "nat"):
        assert fetch(world, "home", "http://outside") == "outside-nginx: you are 203.0.113.1"
        assert fetch(world, "outside", "http://203.0.113.1:8080") == "home-nginx: you are 203.0.113.2"
        assert fetch(world, "outside", "http://203.0.113.1:8081") is None
        assert not reaches(world, "outside", "192.168.1.2")

        execute(world, "router", "nft", "flush", "ruleset")
        assert fetch(world, "home", "http://outside") is None
        assert fetch(world, "outside", "http://203.0.113.1:8080") is None


# -- throughput.yaml --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("family, hops", [("-4", ["10.0.1.1", "10.0.2.2", "10.0.3.2"]),
                                          ("-6", ["fd00:1::1", "fd00:2::2", "fd00:3::2"])])
def test_iperf3_measures_across_two_routers(world, family, hops):
    with lab(world, "throughput"):
        def trace():
            out = execute(world, "client", "busybox", "traceroute", family, "-n", "-w2", "-q1", "-m5", "server").out
            return re.findall(r"^ *\d+  (\S+)", out, re.M)

        eventually(lambda: trace() == hops, lambda: str(trace()))
        ended = execute(world, "client", "iperf3", family, "-J", "-c", "server", "-t", "1").json["end"]
        assert ended["sum_received"]["bytes"] > 100_000
        assert "Accepted connection from" in logs(world, "iperf3")


# -- machine.yaml -----------------------------------------------------------------------------------------------------


def test_a_debian_of_its_own_serves_a_page(world):
    tree = debian.tree()
    before = snapshot(tree)
    with lab(world, "machine"):
        assert fetch(world, "client", "http://machine") == "Hello from web, a Debian of its own."
        assert fetch(world, "client", "http://machine", "-6") == "Hello from web, a Debian of its own."

        assert execute(world, "web", "cat", "/etc/hostname", "/etc/debian_version").out \
            == (tree / "etc/hostname").read_text() + (tree / "etc/debian_version").read_text()
        assert execute(world, "web", "test", "-e", ROOT / "LICENSE", check=False).code == 1
        assert "client.machine" in execute(world, "web", "cat", "/etc/hosts").out
        execute(world, "web", "sh", "-c", "echo mine > /root/written; rm /etc/debian_version")
        assert execute(world, "web", "cat", "/root/written").out == "mine\n"
        assert not (tree / "root/written").exists()
    assert snapshot(tree) == before


def snapshot(tree):
    """Every path with its kind, mode, owner, size and time of change."""
    return subprocess.run(["find", tree, "-printf", "%p %y %m %U:%G %s %C@\n"], check=True, capture_output=True).stdout


# -- fifty-hosts.yaml -------------------------------------------------------------------------------------------------


def test_fifty_hosts_reach_each_other_by_name(world):
    text = (EXAMPLES / "fifty-hosts.yaml").read_text()
    assert len(text.splitlines()) <= 10
    with lab(world, "fifty-hosts"):
        hosts = [f"h{number}" for number in range(1, 51)]
        assert {f"fifty-hosts.{host}" for host in hosts} <= set(world.namespaces())
        ping_all = "for to; do ping -qc1 -W9 $to >/dev/null || echo $to; done"
        names = [*hosts, *(f"{host}.fifty-hosts" for host in hosts)]
        assert execute(world, "h50", "sh", "-c", ping_all, "sh", *names).out == ""
        for host, neighbour in zip(hosts, hosts[1:] + hosts[:1]):
            assert reaches(world, host, neighbour, "-W9"), f"{host} does not reach {neighbour}"
