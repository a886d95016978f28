"""Whose is it: what nsbuild made it removes, also without its notes; what it did not make it neither shows nor
touches."""
import subprocess

import pytest

from lib import netstate
from lib.topologies import HOST, PAIR, RICH, SERVICES
from lib.world import BINARY

SEGMENT = "namespaces: {a: , b: }\nnetworks: {lan: {subnet: 10.1.0.0/24, endpoints: [a, b]}}\n"


@pytest.mark.kernel
def test_what_strangers_put_into_a_lab_is_invisible(world):
    world.apply(PAIR)
    mine = ["address add 10.0.0.77/24 dev eth0", "address add fd00:9::1/64 dev eth0 nodad",
            "link add name mine type veth peer name mine2", "link set mine up", "address add 10.55.0.1/24 dev mine",
            "route add 10.66.0.0/16 via 10.0.0.2 proto bird", "route add 10.67.0.0/16 via 10.0.0.2 proto static",
            "-6 route add fd00:66::/64 dev eth0 proto zebra", "rule add from 10.77.0.0/16 table 77",
            "route add blackhole 10.68.0.0/16 table 77"]
    for command in mine:
        world.ip("a", *command.split())
    before = netstate.exact(world)
    assert world.changes(PAIR) == []
    for text in (PAIR.replace("10.9.0.0/16", "10.10.0.0/16"), PAIR.replace("[10.9.0.0/16 via 10.0.0.2]", "[]"), PAIR):
        world.apply(text)
    assert netstate.difference(before, netstate.exact(world)) == []
    status = world.nsbuild("status", "lab").out
    assert "10.0.0.1/24" in status and "10.0.0.77" not in status and "mine" not in status
    world.destroy()  # it all lies in a namespace that goes, so it goes along
    assert world.leaks() == []


def test_what_a_stranger_removed_is_no_error(world):
    world.apply(RICH)
    world.sh("ip netns del lab.router; ip -n lab.client link del eth1; rm -rf /run/nsbuild/lab/hosts")
    world.destroy()
    assert world.leaks() == []


@pytest.mark.parametrize("topology", [PAIR, SEGMENT, SERVICES, RICH], ids=["pair", "segment", "services", "rich"])
def test_a_lost_journal_is_no_loss(world, topology):
    world.apply(topology)
    world.sh("rm -rf /run/nsbuild/lab")
    # What the file no longer says is removed, though nothing but the kernel remembers it.
    smaller = "namespaces: {only: }\n"
    world.apply(smaller)
    assert world.namespaces() == ["lab.only"]
    assert world.changes(smaller) == []
    world.sh("rm -rf /run/nsbuild")
    world.destroy()
    assert world.leaks() == []


def test_a_route_that_left_the_file_goes_without_the_journal(world):
    more = PAIR.replace("[10.9.0.0/16 via 10.0.0.2]", "[10.9.0.0/16 via 10.0.0.2, 10.11.0.0/16 via 10.0.0.2]") \
        .replace("a:eth0: 10.0.0.1/24", "a:eth0: [10.0.0.1/24, 10.0.0.3/24, fd00::1/64]")
    world.apply(PAIR)
    before = netstate.comparable(world)
    world.apply(more)
    assert netstate.difference(before, netstate.comparable(world)) != []
    world.sh("rm -rf /run/nsbuild/lab")
    world.apply(PAIR)
    netstate.settles_at(world, before)
    world.destroy()


TWO_HOST_ENDS = """
namespaces: {a: }
links:
  - {endpoints: {host:up0: 172.16.0.1/30, a:eth0: 172.16.0.2/30}}
  - {endpoints: {host:up1: 172.16.1.1/30, a:eth1: 172.16.1.2/30}}
"""


@pytest.mark.parametrize("has_journal", [True, False])
def test_a_host_end_whose_alias_somebody_changed_is_still_ours(world, has_journal):
    world.apply(TWO_HOST_ENDS)
    if not has_journal:
        world.sh("rm -rf /run/nsbuild/lab")
    world.sh("ip link set up0 alias 'my uplink'; ip link set up1 alias ''")
    changes = world.changes(TWO_HOST_ENDS)
    assert len(changes) == 2 and all("adopt" in line for line in changes), changes
    world.apply(TWO_HOST_ENDS)
    assert world.link(None, "up0")["ifalias"] == "nsbuild:lab"
    world.sh("ip link set up0 alias mine")
    world.destroy()
    assert world.leaks() == []


def test_every_strangers_device_is_an_error_of_its_own(world):
    world.sh("ip link add up0 type veth peer name p0; ip link add up1 type veth peer name p1")
    ended = world.apply(TWO_HOST_ENDS, code=1)
    assert ended.err.splitlines() == [f"nsbuild: error: device {name} on the host is not this lab's"
                                      for name in ("up0", "up1")]
    world.sh("ip link del up0; ip link del up1")


def test_a_setting_that_the_kernel_refuses_is_told_with_its_line(world):
    ended = world.apply("namespaces:\n  a:\n    sysctls: {net.ipv4.ip_default_ttl: 1000}\n", code=1)
    assert "sysctl a net.ipv4.ip_default_ttl: " in ended.err and "lab.yaml:3)" in ended.err, ended.err


@pytest.mark.kernel
def test_host_ends_are_found_without_the_journal(world):
    world.apply("""
        namespaces: {host: {routes: [10.9.0.0/16 via 172.16.0.2]}, a: }
        links: [{endpoints: {host:veth-a: 172.16.0.1/24, a:eth0: 172.16.0.2/24}}]
        """)
    assert world.link(None, "veth-a")["ifalias"].startswith("nsbuild:lab")
    world.sh("rm -rf /run/nsbuild; ip netns del lab.a")
    world.destroy(check=False)
    assert world.leaks() == []


def test_a_host_route_whose_record_is_lost_is_named(world):
    """It has no device that could tell whose it is: only the record knows."""
    world.apply(HOST)
    world.sh("rm -rf /run/nsbuild")
    ended = world.destroy(code=3)
    assert "route host 10.99.0.0/16: " in ended.err and "route host 10.9.0.0/16" not in ended.err, ended
    assert "route host 10.99.0.0/16: " in world.nsbuild("gc").out
    world.sh("ip route del blackhole 10.99.0.0/16; rmdir /run/nsbuild || :")
    assert world.leaks() == []


ROUTES_ONLY = "namespaces: {host: {routes: [blackhole 10.99.0.0/16, unreachable 2001:db8:99::/48 metric 7]}, a: }\n"
THROUGH_UP1 = """
namespaces: {host: {routes: [10.99.0.0/16 via 172.16.1.2]}, a: }
links: [{endpoints: {host:up1: 172.16.1.1/30, a:eth0: 172.16.1.2/30}}]
"""


def host_routes(world):
    return world.sh("ip route show proto 110; ip -6 route show proto 110").out


@pytest.mark.parametrize("others", [ROUTES_ONLY, THROUGH_UP1], ids=["the same", "through a device"])
def test_a_host_route_of_another_lab_is_an_error(world, others):
    """It cannot be both labs', and the second would take it along when it is destroyed."""
    one, two = world.file("one.yaml", ROUTES_ONLY), world.file("two.yaml", others)
    world.apply(one)
    before = netstate.comparable(world)
    for command in ("plan", "apply"):
        refused = world.nsbuild(command, two, code=1).err.splitlines()
        assert refused[0] == "nsbuild: error: route host 10.99.0.0/16 belongs to lab one", refused
        assert len(refused) == (2 if others == ROUTES_ONLY else 1), refused
    assert netstate.difference(before, netstate.comparable(world)) == []
    assert world.sh("ls /run/nsbuild").out == "one\n"
    world.destroy("one")
    assert host_routes(world) == ""
    world.apply(two)
    assert world.plan(two, "--detailed-exitcode").code == 0
    world.destroy("two")


@pytest.mark.parametrize("wanted", ["10.99.0.0/16", "172.16.1.0/30"], ids=["of the file", "of the address"])
@pytest.mark.parametrize("how", ["via 172.16.0.2", "blackhole"])
def test_a_host_route_through_another_labs_device_is_an_error(world, how, wanted):
    one = world.file("one.yaml", THROUGH_UP1)
    route = f"blackhole {wanted}" if how == "blackhole" else f"{wanted} {how}"
    two = world.file("two.yaml", f"""
        namespaces: {{host: {{routes: ["{route}"]}}, a: }}
        links: [{{endpoints: {{host:up0: 172.16.0.1/30, a:eth0: 172.16.0.2/30}}}}]
        """)
    world.apply(one)
    before = netstate.comparable(world)
    for command in ("plan", "apply"):
        refused = world.nsbuild(command, two, code=1).err
        assert f"nsbuild: error: route host {wanted} belongs to lab one: it goes through up1\n" in refused, refused
    assert netstate.difference(before, netstate.comparable(world)) == []
    assert world.plan(one, "--detailed-exitcode").code == 0
    world.destroy("one")
    world.apply(two)
    world.destroy("two")
    assert host_routes(world) == ""


def test_a_host_route_that_two_records_name_goes_with_the_second(world):
    """As an older nsbuild let them."""
    path = world.topology(ROUTES_ONLY)
    world.apply(path, "--name", "one")
    there = host_routes(world)
    world.sh("mv /run/nsbuild/one /run/hidden")
    world.apply(path, "--name", "two")
    world.sh("mv /run/hidden /run/nsbuild/one")
    assert "no record" not in world.nsbuild("gc").out
    world.destroy("one")
    assert host_routes(world) == there
    assert world.plan(path, "--name", "two", "--detailed-exitcode").code == 0
    world.destroy("two")
    assert host_routes(world) == ""


@pytest.mark.parametrize("name", ["a", "web"])  # sorted before and after `host`
def test_a_pair_with_the_host_comes_back(world, name):
    """The kernel chooses the host's index, but not the namespace's: what was there before has used up the low ones."""
    text = f"""
        namespaces: {{{name}: }}
        links: [{{endpoints: {{host:veth-a: 172.16.0.1/24, {name}:eth0: 172.16.0.2/24}}}}]
        """
    world.apply(text)
    before = netstate.comparable(world)
    world.ip(None, "link", "del", "veth-a")
    world.apply(text)
    netstate.settles_at(world, before)
    world.apply(text.replace("eth0", "eth1"))
    world.apply(text)
    netstate.settles_at(world, before)
    assert world.changes(text) == []
    world.destroy()


def test_a_host_device_of_that_name_is_an_error(world):
    world.ip(None, "link", "add", "name", "veth-a", "type", "veth", "peer", "name", "other")
    before = netstate.exact(world)
    ended = world.apply("""
        namespaces: {a: }
        links: [{endpoints: {host:veth-a: 172.16.0.1/24, a:eth0: 172.16.0.2/24}}]
        """, check=False)
    assert ended.code in (1, 2) and "veth-a" in ended.err, ended
    assert netstate.difference(before, netstate.exact(world)) == []
    world.ip(None, "link", "del", "veth-a")
    assert world.leaks() == []


def test_the_hosts_own_things_stay(world):
    """A device, an address and a route of the host beside those of a lab."""
    world.sh("ip link add name up0 type veth peer name up1; ip addr add 192.168.7.1/24 dev up0; ip link set up0 up;"
             "ip link set up1 up; ip route add 10.50.0.0/16 via 192.168.7.2; ip rule add from 10.50.0.0/16 table 50")
    before = netstate.comparable(world)
    text = """
        namespaces: {host: {routes: [10.9.0.0/16 via 172.16.0.2]}, a: }
        links: [{endpoints: {host:veth-a: 172.16.0.1/24, a:eth0: 172.16.0.2/24}}]
        """
    world.apply(text)
    assert world.changes(text) == []
    world.destroy()
    netstate.settles_at(world, before)
    world.sh("ip rule del from 10.50.0.0/16 table 50; ip link del up0")


def test_a_namespace_of_that_name_that_is_not_ours_is_an_error(world):
    world.sh("ip netns add lab.a; ip -n lab.a link add name x type veth peer name y")
    before = netstate.exact(world)
    ended = world.apply(PAIR, check=False)
    assert ended.code in (1, 2) and "lab.a" in ended.err, ended
    assert netstate.difference(before, netstate.exact(world)) == []
    assert world.nsbuild("destroy", "lab", check=False).code != 3
    assert netstate.difference(before, netstate.exact(world)) == [], "destroy may not touch a stranger's namespace"
    world.sh("ip netns del lab.a")


def test_a_take_over_that_fails_takes_nothing(world):
    first = world.file("one/lab.yaml", PAIR)
    broken = world.file("two/lab.yaml", PAIR + "services: {broken: {namespace: a, command: [/no/such/command]}}\n")
    world.apply(first)
    assert "put back" in world.apply(broken, "--take-over", code=1).err
    assert world.nsbuild("status", "--json").json["labs"][0]["file"] == str(first)
    assert world.apply(first).out == world.apply(first).out  # it is not refused
    world.apply(broken, "--take-over", "--keep", code=3)
    world.apply(first)
    assert world.changes(first) == []
    world.destroy()


def test_a_lab_belongs_to_its_file(world):
    first, second = world.file("one/lab.yaml", PAIR), world.file("two/lab.yaml", PAIR.replace("10.0.0.1", "10.0.0.3"))
    world.apply(first)
    refused = world.apply(second, check=False)
    assert refused.code in (1, 2), refused
    for word in (str(first), str(second), "--take-over", "--name"):
        assert word in refused.err, refused
    assert world.addresses("a", "eth0") == ["10.0.0.1/24"]
    world.apply(second, "--take-over")
    assert world.addresses("a", "eth0") == ["10.0.0.3/24"]
    assert world.apply(first, check=False).code == refused.code, "now it belongs to the second file"
    second.unlink()
    world.apply(first)  # the file that it belonged to is gone
    assert world.addresses("a", "eth0") == ["10.0.0.1/24"]
    world.apply(world.file("two/lab.yaml", PAIR), "--name", "other")
    assert world.namespaces() == ["lab.a", "lab.b", "other.a", "other.b"]
    world.nsbuild("destroy", "--all")


def test_run_directories_keep_apart(world):
    elsewhere = {"NSBUILD_RUN_DIR": "/run/elsewhere"}
    world.apply(PAIR, env=elsewhere)
    assert world.sh("ls /run/elsewhere").out.split() == ["lab"]
    before = netstate.exact(world)
    # Seen from the default run directory, that lab is a stranger's.
    refused = world.apply(PAIR, check=False)
    assert refused.code in (1, 2) and "lab.a" in refused.err, refused
    world.destroy(check=False)
    assert netstate.difference(before, netstate.exact(world)) == []
    assert world.nsbuild("status", "--json").json["labs"] == []
    assert [lab["name"] for lab in world.nsbuild("status", "--json", env=elsewhere).json["labs"]] == ["lab"]
    world.destroy(env=elsewhere)
    world.sh("rmdir /run/elsewhere 2>/dev/null || :")


@pytest.mark.kernel
def test_a_destroy_counts_again(world):
    """A namespace that a stranger's process still holds is not dead: exit 3, with the PID and the command."""
    world.apply(PAIR)
    holder, pid = world.background(["ip", "netns", "exec", "lab.a", "sh", "-c", "echo inside; exec sleep 1004"])
    assert holder.stdout.readline() == "inside\n"
    ended = world.destroy(code=3)
    assert str(pid) in ended.err and "sleep" in ended.err, ended
    again = world.destroy(code=3)
    assert f"held by pid {pid} (sleep 1004)" in again.err, again
    world.kill_in(pid)
    holder.communicate()
    world.destroy(check=False)
    assert world.leaks() == []


def test_the_run_directory_is_roots_alone(world):
    world.apply(PAIR)
    assert world.sh("stat -c '%a %U' /run/nsbuild /run/nsbuild/lab").out.split() == ["700", "root"] * 2
    world.destroy()
    world.sh("mkdir -p /run/open && chmod 777 /run/open")
    refused = world.apply(PAIR, env={"NSBUILD_RUN_DIR": "/run/open"}, check=False)
    assert refused.code in (1, 2) and "/run/open" in refused.err, refused
    world.sh("rmdir /run/open")


@pytest.mark.parametrize("kinds", ["-n -m -p -u -i -f --kill-child --mount-proc", "-n -m"],
                         ids=["all namespaces", "the machine's PIDs"])
def test_a_containers_lab_of_that_name_is_its_own(world, kinds):
    text = "name: lab\nnamespaces: {x: }\nservices: {%s: {namespace: x, command: [sleep, '%s']}}\n"
    theirs = world.file("theirs.yaml", text % ("theirs", "1003"))
    world.apply(text % ("own", "1001"))
    script = f'mount -t tmpfs t /run; "{BINARY}" apply "{theirs}" && echo up; read -r _; "{BINARY}" destroy lab'
    container = world.popen(["unshare", *kinds.split(), "bash", "-c", script], stdin=subprocess.PIPE)
    assert container.stdout.readline() == "up\n"
    assert [s["name"] for s in world.nsbuild("status", "lab", "--json").json["labs"][0]["services"]] == ["own"]
    assert "theirs" not in world.plan(world.dir / "lab.yaml").out
    world.nsbuild("destroy", "--all")
    assert world.sh("pgrep -fx 'sleep 1003'").out
    _, err = container.communicate("\n")
    assert container.returncode == 0, err
    assert world.leaks() == []
