"""A lab out of several files: what is included, merged, expanded and put in is what the kernel and the services get."""
from lib.world import eventually

PROFILES = """
name: not-the-labs
vars: {greeting: hello}
profiles:
  router:
    forwarding: true
    vars: {area: backbone}
    services:
      zebra:
        command: [sh, -c, "cat /etc/zebra.conf /etc/motd; exec sleep infinity"]
        files:
          /etc/zebra.conf: {source: zebra.conf, template: true}
          /etc/motd: |
            ${{greeting}} from ${{service}} in ${{lab}}, $${{literally}}
        mounts: ["./data:/mnt:ro"]
      ospfd: {join: zebra, command: [sh, -c, "cat /etc/motd; cat /mnt/word; exec sleep infinity"]}
"""
TEMPLATE = "router-id ${{addr ${{namespace}} lo}} area ${{area}} asn ${{asn}}\n"
TOPOLOGY = """
include: sub/profiles.yaml
namespaces:
  r[1-3]:
    profile: router
    vars: {asn: "6500[1-3]"}
    interfaces: {lo: {addresses: ["10.255.0.[1-3]/32"]}}
    routes: ["10.9.[1-3].0/24 via 10.0.0.[11-13]"]
  h[01-03]:
  r2x: {profile: router, vars: {area: "7", asn: "1"}, interfaces: {lo: {addresses: [10.255.1.1/32]}},
        services: {ospfd: {+command: [--more]}}}
networks:
  lan:
    endpoints:
      r[1-3]:eth0: 10.0.0.[1-3]/24
      h[01-03]:eth0: 10.0.0.[11-13]/24
services:
  look[01-03]:
    namespace: h[01-03]
    command: [ping, -c1, -W5, "${{addr r1 eth0}}"]
    oneshot: true
    depends_on:
      - r[1-3]-zebra
"""


def write(world):
    world.file("sub/profiles.yaml", PROFILES)
    world.file("sub/zebra.conf", TEMPLATE)
    world.file("sub/data/word", "data\n")
    world.file("lab.yaml", TOPOLOGY)


def output(world, service):
    return world.nsbuild("logs", service).out


def test_a_lab_of_two_files(world):
    write(world)
    world.nsbuild("apply", "lab.yaml")
    for i in (1, 2, 3):
        assert world.addresses(f"r{i}", "eth0") == [f"10.0.0.{i}/24"]
        route, = world.ip_json(f"r{i}", "route", "show", f"10.9.{i}.0/24")
        assert route["gateway"] == f"10.0.0.{10 + i}"
        assert world.in_ns(f"r{i}", "cat", "/proc/sys/net/ipv4/ip_forward").out == "1\n"
        assert world.addresses(f"h0{i}", "eth0") == [f"10.0.0.{10 + i}/24"]
        eventually(lambda: "literally" in output(world, f"r{i}-zebra"), lambda: output(world, f"r{i}-zebra"))
        said = output(world, f"r{i}-zebra")
        assert f"router-id 10.255.0.{i} area backbone asn 6500{i}\n" in said
        assert f"hello from r{i}-zebra in lab, ${{{{literally}}}}\n" in said
        assert "1 received" in output(world, f"look0{i}")
        eventually(lambda: "data\n" in output(world, f"r{i}-ospfd"), lambda: output(world, f"r{i}-ospfd"))
    assert "router-id 10.255.1.1 area 7 asn 1\n" in output(world, "r2x-zebra")
    assert world.changes(world.dir / "lab.yaml") == []
    assert "r2x-ospfd" in world.nsbuild("graph", "lab.yaml").out
    world.destroy()


def test_one_line_of_a_profile_changes_those_that_use_it(world):
    write(world)
    world.nsbuild("apply", "lab.yaml")
    world.file("sub/profiles.yaml", PROFILES.replace("greeting: hello", "greeting: good day"))
    plan = world.nsbuild("plan", "lab.yaml").out
    assert "r1-zebra" in plan and "r2x-zebra" in plan and "10.0.0" not in plan
    world.nsbuild("apply", "lab.yaml")
    eventually(lambda: "good day from r3-zebra" in output(world, "r3-zebra"), lambda: output(world, "r3-zebra"))
    world.destroy()


def test_a_service_that_cannot_start_names_the_line_of_its_own_file(world):
    write(world)
    world.file("sub/profiles.yaml", PROFILES.replace('[sh, -c, "cat /etc/zebra.conf', '[/no/such/program, -c, "cat /etc/zebra.conf'))
    failed = world.nsbuild("apply", "lab.yaml", code=1)
    line = PROFILES.split("\n").index("      zebra:") + 2
    assert f"sub/profiles.yaml:{line}" in failed.err, failed.err
