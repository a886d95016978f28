"""Names: every name of the lab resolves in services and in exec, the file's own names and resolvers hold, and the
machine's files stay as they are."""
from pathlib import Path

import pytest

LAB = """
hosts: {db.example: [192.0.2.5, "2001:db8::5"], server: 192.0.2.9}
namespaces:
  client:
    hosts: {far.example: 192.0.2.2}
    dns: {servers: [10.0.0.53, "fd00::53"], search: [lab.example]}
  server:
links:
  - endpoints: {client:eth0: [10.0.1.2/24, "fd00:1::2/64"], server:eth0: [10.0.1.1/24, "fd00:1::1/64"]}
services:
  web: {namespace: server, command: [sleep, infinity], hostname: www.example}
  asker: {namespace: client, command: [sleep, infinity]}
  loner: {namespace: client, command: [sleep, infinity], hosts: {far.example: 192.0.2.3}}
"""
BARE = LAB[:LAB.index("services:")]
RESOLVER = "search lab.example\nnameserver 10.0.0.53\nnameserver fd00::53\n"


def resolve(world, where, name, database="ahostsv4", code=0):
    result = world.nsbuild("exec", where, "--", "getent", database, name, code=code)
    return result.out.split()[0] if result.out else ""


@pytest.mark.parametrize("where", ["asker", "ns:client"])
def test_in_services_and_in_exec(world, where):
    world.apply(LAB)
    for name, v4, v6 in (("web", "10.0.1.1", "fd00:1::1"), ("web.lab", "10.0.1.1", "fd00:1::1"),
                         ("www.example", "10.0.1.1", "fd00:1::1"), ("server.lab", "10.0.1.1", "fd00:1::1"),
                         ("client", "10.0.1.2", "fd00:1::2"), ("db.example", "192.0.2.5", "2001:db8::5")):
        assert (resolve(world, where, name), resolve(world, where, name, "ahostsv6")) == (v4, v6), name
    assert resolve(world, where, "server") == "192.0.2.9"  # the file's word
    assert resolve(world, where, "far.example") == "192.0.2.2"
    assert resolve(world, "svc:web", "far.example", code=2) == ""  # only client's
    assert resolve(world, "loner", "far.example") == "192.0.2.3"
    assert resolve(world, "loner", "db.example") == "192.0.2.5"
    world.destroy()


def test_in_a_lab_without_services(world):
    world.apply(BARE)
    assert resolve(world, "client", "server.lab") == "10.0.1.1"
    assert resolve(world, "server", "client", "ahostsv6") == "fd00:1::2"
    assert resolve(world, "server", "far.example", code=2) == ""
    assert not [entry for entry in world.sh("ls /run/nsbuild/lab").out.split() if entry.startswith("visitor")]
    world.apply(BARE.replace("192.0.2.5", "192.0.2.6"))  # nothing in the kernel differs
    assert resolve(world, "client", "db.example") == "192.0.2.6"
    world.destroy()


@pytest.mark.parametrize("where", ["asker", "ns:client"])
def test_a_resolver_of_its_own(world, where):
    before = Path("/etc/resolv.conf").read_text() if Path("/etc/resolv.conf").exists() else None
    world.apply(LAB)
    assert world.nsbuild("exec", where, "--", "cat", "/etc/resolv.conf").out == RESOLVER
    assert world.nsbuild("exec", "web", "--", "sh", "-c", "cat /etc/resolv.conf || :").out == (before or "")
    assert (Path("/etc/resolv.conf").read_text() if Path("/etc/resolv.conf").exists() else None) == before
    world.destroy()


@pytest.fixture
def etc(world):
    """An /etc of the world's own, to change."""
    world.sh("mkdir /run/etc && cp -a /etc/. /run/etc && mount --bind /run/etc /etc")
    yield world
    world.sh("umount /etc && rm -r /run/etc")


def test_a_link_into_run(etc):
    etc.sh("rm -f /etc/resolv.conf && ln -s ../run/resolver/resolv.conf /etc/resolv.conf")
    etc.apply(LAB)
    assert etc.nsbuild("exec", "asker", "--", "cat", "/etc/resolv.conf").out == RESOLVER
    assert etc.sh("readlink /etc/resolv.conf; ls /run").out.count("resolver") == 1  # nothing was made there
    etc.destroy()


def test_a_resolver_comes_and_goes(world):
    world.apply(LAB)
    pids = {s["name"]: s["pid"] for s in world.nsbuild("status", "--json").json["labs"][0]["services"]}
    changed = LAB.replace("10.0.0.53", "10.0.0.54")
    assert world.changes(changed) == ["~ hosts client: resolv_conf changed"]
    world.apply(changed)
    assert "10.0.0.54" in world.nsbuild("exec", "asker", "--", "cat", "/etc/resolv.conf").out
    after = {s["name"]: s["pid"] for s in world.nsbuild("status", "--json").json["labs"][0]["services"]}
    assert after == pids  # followed in place
    gone = "\n".join(line for line in LAB.splitlines() if "dns:" not in line)
    world.apply(gone)
    assert "10.0.0.5" not in world.nsbuild("exec", "asker", "--", "sh", "-c", "cat /etc/resolv.conf || :").out
    world.apply(gone)
    assert world.changes(gone) == []
    world.destroy()


def test_files_of_etc_netns(etc):
    etc.sh("mkdir -p /etc/netns/lab.server /etc/netns/lab.client && cd /etc/netns &&"
           "echo nameserver 192.0.2.53 >lab.server/resolv.conf && cp lab.server/resolv.conf lab.client &&"
           "echo mine >lab.server/issue && echo x >lab.server/no-such-file")
    etc.apply(LAB)
    for where in ("web", "ns:server"):
        out = etc.nsbuild("exec", where, "--", "cat", "/etc/resolv.conf", "/etc/issue").out
        assert out == "nameserver 192.0.2.53\nmine\n"
        etc.nsbuild("exec", where, "--", "test", "-e", "/etc/no-such-file", code=1)
    for where in ("asker", "ns:client"):
        assert etc.nsbuild("exec", where, "--", "cat", "/etc/resolv.conf").out == RESOLVER  # the file says it
    etc.destroy()
