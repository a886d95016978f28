"""The examples that run routing daemons: they find each other, they notice what goes, and they come back."""
import contextlib
import re
import time

from lib.examples import SLOW, capture, execute, lab, logs, reaches, way
from lib.world import EXAMPLES, eventually



# -- failover.yaml ----------------------------------------------------------------------------------------------------


def test_keepalived_takes_over_and_gives_back(world):
    with lab(world, "failover"):
        mac = {host: world.link(host, "eth0", lab="failover")["address"] for host in ("primary", "backup")}
        eventually(lambda: holders(world) == ["primary"], lambda: logs(world, "primary-keepalived"))
        eventually(lambda: reaches(world, "client", "10.0.0.1"), "10.0.0.1 does not answer")

        with capture(world, "failover.client", "eth0", "arp") as packets, pinging(world) as answered:
            execute(world, "primary", "ip", "link", "set", "eth0", "down")
            eventually(lambda: holders(world) == ["backup"] and world_answers_from(world, mac["backup"]),
                       lambda: logs(world, "backup-keepalived"))
        assert longest_silence(answered) < 4
        assert gratuitous(packets, mac["backup"])

        with capture(world, "failover.client", "eth0", "arp") as packets:
            world.apply(EXAMPLES / "failover.yaml")  # brings the link up again
            eventually(lambda: holders(world) == ["primary"] and world_answers_from(world, mac["primary"]),
                       lambda: logs(world, "primary-keepalived"))
        assert gratuitous(packets, mac["primary"])


def holders(world):
    return [host for host in ("primary", "backup") if "10.0.0.1/24" in world.addresses(host, "eth0", lab="failover")]


def world_answers_from(world, mac):
    reached = reaches(world, "client", "10.0.0.1")
    neighbours = execute(world, "client", "ip", "-j", "neigh", "show", "10.0.0.1").json
    return reached and [neighbour.get("lladdr") for neighbour in neighbours] == [mac]


def gratuitous(packets, mac):
    return [line for line in packets if f"{mac} > ff:ff:ff:ff:ff:ff" in line and "who-has 10.0.0.1 " in line
            and "tell 10.0.0.1" in line]


@contextlib.contextmanager
def pinging(world):
    """The times, in seconds, at which the shared address answered; 20 questions a second."""
    answered, log = [], world.dir / "ping.log"
    process, pid = world.background(["sh", "-c", 'exec "$@" >ping.log', "sh", "ip", "netns", "exec", "failover.client",
                                     "stdbuf", "-oL", "ping", "-D", "-i", "0.05", "10.0.0.1"])
    eventually(lambda: log.exists() and "bytes from" in log.read_text(), "10.0.0.1 does not answer")
    yield answered
    time.sleep(0.5)  # some more answers, so that the silence has an end
    world.kill_in(pid, "INT")
    process.communicate()
    answered += [float(stamp) for stamp in re.findall(r"^\[([\d.]+)\] \d+ bytes from", log.read_text(), re.M)]


def longest_silence(answered):
    assert len(answered) > 5, answered
    return max(later - earlier for earlier, later in zip(answered, answered[1:]))


# -- bird.yaml --------------------------------------------------------------------------------------------------------

LOOPBACKS = {f"r{number}": f"10.255.0.{number}" for number in range(1, 5)}


def test_a_ring_of_bird_survives_a_cut(world):
    def everybody_reaches_everybody():
        return all(reaches(world, router, to, "-I", LOOPBACKS[router]) for router in LOOPBACKS
                   for to in LOOPBACKS.values() if to != LOOPBACKS[router])

    def ring():
        return execute(world, "r1-bird", "birdc", "show", "ospf", "neighbors").out

    with lab(world, "bird"):
        eventually(everybody_reaches_everybody, ring, timeout=SLOW)
        assert way(world, "r1", LOOPBACKS["r2"]) == ("10.0.12.2", "eth0")

        execute(world, "r1", "ip", "link", "set", "eth0", "down")
        eventually(lambda: way(world, "r1", LOOPBACKS["r2"]) == ("10.0.41.1", "eth1"), ring, timeout=SLOW)
        eventually(everybody_reaches_everybody, ring, timeout=SLOW)

        world.apply(EXAMPLES / "bird.yaml")  # the cut is drift
        eventually(lambda: way(world, "r1", LOOPBACKS["r2"]) == ("10.0.12.2", "eth0"), ring, timeout=SLOW)
        assert world.changes(EXAMPLES / "bird.yaml") == []  # what BIRD learned is BIRD's


# -- frr-isis-bfd.yaml ------------------------------------------------------------------------------------------------


def test_bfd_tells_isis_of_a_neighbour_that_keeps_its_carrier(world):
    def show(router="r1"):
        return execute(world, f"{router}-zebra", "vtysh", "-c", "show isis neighbor", "-c", "show bfd peers brief",
                       "-c", "show ip route").out

    def settled():
        neighbours = execute(world, "r1-zebra", "vtysh", "-c", "show isis neighbor detail", check=False).out
        return neighbours.count("BFD is active, status Up") == 2 \
            and way(world, "r1", "10.255.0.2") == ("10.0.12.2", "eth0")

    with lab(world, "frr-isis-bfd"):
        eventually(settled, show, timeout=SLOW)
        eventually(lambda: reaches(world, "r1", "10.255.0.2", "-I", "10.255.0.1"), show, timeout=SLOW)

        world.ip("@switch", "link", "set", "exchange", "down", lab="frr-isis-bfd")
        eventually(lambda: way(world, "r1", "10.255.0.2") == ("10.0.31.1", "eth1"), show, timeout=SLOW)
        # Not by the hellos that stay away. Whichever of the two looks first computes its routes anew at once; the
        # other may be told by its neighbours.
        eventually(lambda: "due to BFD 'down'" in logs(world, "r1-isisd") + logs(world, "r2-isisd"), show)
        for router in ("r1", "r2"):
            assert world.link(router, "eth0", lab="frr-isis-bfd")["operstate"] == "UP"
        eventually(lambda: reaches(world, "r1", "10.255.0.2", "-I", "10.255.0.1"), show, timeout=SLOW)


EVERY_FRR_PROFILE = """
    name: every
    include: ["%s/profiles/frr.yaml"]
    profiles:
      router:
        profile: [frr, frr-static, frr-ospf, frr-ospf6, frr-bgp]
        vars:
          staticd: ip route 192.0.2.${{id}}/32 blackhole
          ospfd: |
            router ospf
            exit
            interface eth0
             ip ospf area 0
             ip ospf hello-interval 1
             ip ospf dead-interval 4
            interface lo
             ip ospf area 0
          ospf6d: |
            router ospf6
            exit
            interface eth0
             ipv6 ospf6 area 0
             ipv6 ospf6 hello-interval 1
             ipv6 ospf6 dead-interval 4
            interface lo
             ipv6 ospf6 area 0
          bgpd: |
            router bgp 65000
             neighbor ${{peer}} remote-as internal
             neighbor ${{peer}} timers connect 1
             address-family ipv4 unicast
              redistribute static
    namespaces:
      r1:
        profile: router
        vars: {id: 1, peer: "${{addr r2 eth0}}"}
        interfaces: {lo: {addresses: [10.255.0.1/32, "fd00:255::1/128"]}}
      r2:
        profile: router
        vars: {id: 2, peer: "${{addr r1 eth0}}"}
        interfaces: {lo: {addresses: [10.255.0.2/32, "fd00:255::2/128"]}}
    links:
      - {endpoints: [r1:eth0, r2:eth0], subnet: [10.0.0.0/30, "fd00::/64"]}
"""


def test_every_frr_profile_makes_its_daemon_learn_a_route(world):
    expected = [("10.255.0.2", "ospf"), ("fd00:255::2", "ospf"), ("192.0.2.2", "bgp"),
                ("blackhole 192.0.2.1", "static")]

    def missing():
        table = world.ip("r1", "route", lab="every").out + world.ip("r1", "-6", "route", lab="every").out
        return [wanted for wanted in expected if not re.search("^%s .*proto %s" % wanted, table, re.M)]

    world.apply(EVERY_FRR_PROFILE % EXAMPLES, timeout=SLOW)
    eventually(lambda: not missing(), lambda: f"not learned: {missing()}", timeout=SLOW)

    # One daemon of a router starts anew with its configuration, the others do not notice.
    def pid(daemon):
        return execute(world, "r1-zebra", "cat", f"/run/frr/{daemon}.pid").out

    before = {daemon: pid(daemon) for daemon in ("zebra", "ospfd", "ospf6d", "staticd", "bgpd")}
    world.nsbuild("restart", "r1-bgpd")
    eventually(lambda: pid("bgpd") != before["bgpd"], "bgpd did not start anew")
    eventually(lambda: not missing(), lambda: f"not learned again: {missing()}", timeout=SLOW)
    assert {daemon for daemon in before if pid(daemon) != before[daemon]} == {"bgpd"}
    world.destroy("every", timeout=SLOW)
