"""Names: every name of the lab resolves in services and in exec, the file's own names and resolvers hold, and the
machine's files stay as they are."""
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
MACHINES = "nameserver 192.0.2.77"
RESOLVER = "search lab.example\nnameserver 10.0.0.53\nnameserver fd00::53\n"


def resolve(world, where, name, database="ahostsv4", code=0):
    result = world.nsbuild("exec", where, "--", "getent", database, name, code=code)
    return result.out.split()[0] if result.out else ""


@pytest.mark.parametrize("where", ["asker", "ns:client"])
def test_in_services_and_in_exec(world, where):
    world.apply(LAB)
    for name, v4, v6 in (("web", "10.0.1.1", "fd00:1::1"), ("web.lab", "10.0.1.1", "fd00:1::1"),
                         ("www.example", "10.0.1.1", "fd00:1::1"),
                         ("www.example.lab", "10.0.1.1", "fd00:1::1"), ("server.lab", "10.0.1.1", "fd00:1::1"),
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


@pytest.fixture
def etc(world):
    """An /etc of the world's own, to change."""
    world.sh("mkdir /run/etc && cp -a /etc/. /run/etc && mount --bind /run/etc /etc && rm -f /etc/resolv.conf &&"
             f"echo {MACHINES} >/etc/resolv.conf")
    yield world
    world.sh("umount /etc && rm -r /run/etc")


@pytest.mark.parametrize("where", ["asker", "ns:client"])
def test_a_resolver_of_its_own(etc, where):
    etc.apply(LAB)
    assert etc.nsbuild("exec", where, "--", "cat", "/etc/resolv.conf").out == RESOLVER
    assert etc.nsbuild("exec", "web", "--", "cat", "/etc/resolv.conf").out == MACHINES + "\n"
    assert etc.sh("cat /etc/resolv.conf").out == MACHINES + "\n"
    etc.destroy()


@pytest.mark.parametrize("mode", ["shared", "private", "read_only"])
def test_a_link_into_run(etc, mode):
    etc.sh("mkdir /run/resolver && mv /etc/resolv.conf /run/resolver && ln -s ../run/resolver/resolv.conf /etc")
    etc.apply(LAB.replace("[sleep, infinity]", f"[sleep, infinity], root_mode: {mode}"))
    assert etc.nsbuild("exec", "asker", "--", "cat", "/etc/resolv.conf").out == RESOLVER
    for where in ("web", "ns:server"):
        assert etc.nsbuild("exec", where, "--", "cat", "/etc/resolv.conf").out == MACHINES + "\n"
    etc.nsbuild("exec", "web", "--", "sh", "-c", "echo mine >/etc/resolv.conf && grep mine /etc/resolv.conf")
    assert etc.sh("cat /etc/resolv.conf; ls /run/resolver").out == MACHINES + "\nresolv.conf\n"
    etc.destroy()
    etc.sh("rm -r /run/resolver")


def test_a_link_into_run_that_leads_nowhere(etc):
    etc.sh("rm /etc/resolv.conf && ln -s ../run/resolver/resolv.conf /etc/resolv.conf")
    etc.apply(LAB)
    assert etc.nsbuild("exec", "asker", "--", "cat", "/etc/resolv.conf").out == RESOLVER
    etc.nsbuild("exec", "web", "--", "cat", "/etc/resolv.conf", code=1)
    assert etc.sh("ls /run").out.count("resolver") == 0  # nothing was made there
    etc.destroy()


WRITERS = """
namespaces: {client: {dns: {servers: 10.0.0.53}}, server: }
services:
  a: {namespace: server, root_mode: MODE, command: "for f in hosts issue app.d/file app.d/new; do
      echo 6.6.6.6 evil >>/etc/$f; done; touch /run/done; exec sleep infinity", ready: {file: /run/done}}
  b: {namespace: server, command: [sleep, infinity], depends_on: {a: ready}}
  c: {namespace: client, root_mode: MODE, command: "echo nameserver 6.6.6.6 >/etc/resolv.conf; touch /run/done;
      exec sleep infinity", ready: {file: /run/done}}
  d: {namespace: client, command: [sleep, infinity], depends_on: {c: ready}}
"""


@pytest.mark.parametrize("mode", ["shared", "private", "read_only"])
def test_what_a_service_writes_there_is_its_own(etc, mode):
    etc.sh("mkdir -p /etc/netns/lab.server/app.d /etc/app.d && cd /etc/netns/lab.server &&"
           "echo mine >issue && chmod 604 issue && chown 12:13 issue && echo x >app.d/file")
    lab = WRITERS.replace("MODE", mode)
    etc.apply(lab)
    assert etc.changes(lab) == []
    for where in ("svc:b", "ns:server"):
        seen = etc.nsbuild("exec", where, "--", "sh", "-c", "cat /etc/hosts /etc/issue /etc/app.d/*").out
        assert "evil" not in seen and seen.endswith("mine\nx\n"), seen
    assert etc.nsbuild("exec", "b", "--", "stat", "-c", "%a %u %g", "/etc/issue").out == "604 12 13\n"
    assert etc.nsbuild("exec", "d", "--", "cat", "/etc/resolv.conf").out == "nameserver 10.0.0.53\n"
    assert etc.sh("cat /etc/netns/lab.server/issue /etc/netns/lab.server/app.d/*").out == "mine\nx\n"
    own = etc.nsbuild("exec", "a", "--", "sh", "-c", "cd /etc; cat issue app.d/*").out
    assert own.replace("6.6.6.6 ", "").split() == ("mine x" if mode == "read_only" else "mine evil x evil evil").split()
    # The lab's own names cannot be written, and follow in services that run.
    assert "evil" not in etc.nsbuild("exec", "a", "--", "cat", "/etc/hosts").out
    assert "Read-only" in etc.nsbuild("logs", "a").out + etc.nsbuild("logs", "c").out
    pids = {s["name"]: s["pid"] for s in etc.nsbuild("status", "--json").json["labs"][0]["services"]}
    etc.apply("hosts: {later.example: 192.0.2.7}\n" + lab.replace("10.0.0.53", "10.0.0.54"))
    assert "192.0.2.7\tlater.example" in etc.nsbuild("exec", "a", "--", "cat", "/etc/hosts").out
    assert etc.nsbuild("exec", "c", "--", "cat", "/etc/resolv.conf").out == "nameserver 10.0.0.54\n"
    assert {s["name"]: s["pid"] for s in etc.nsbuild("status", "--json").json["labs"][0]["services"]} == pids
    etc.destroy()


def test_a_resolver_comes_and_goes(etc):
    etc.apply(LAB)
    pids = {s["name"]: s["pid"] for s in etc.nsbuild("status", "--json").json["labs"][0]["services"]}
    changed = LAB.replace("10.0.0.53", "10.0.0.54")
    assert etc.changes(changed) == ["~ hosts client: resolv_conf changed"]
    etc.apply(changed)
    assert "10.0.0.54" in etc.nsbuild("exec", "asker", "--", "cat", "/etc/resolv.conf").out
    after = {s["name"]: s["pid"] for s in etc.nsbuild("status", "--json").json["labs"][0]["services"]}
    assert after == pids  # followed in place
    gone = "\n".join(line for line in LAB.splitlines() if "dns:" not in line)
    etc.apply(gone)
    assert etc.nsbuild("exec", "asker", "--", "cat", "/etc/resolv.conf").out == MACHINES + "\n"
    etc.apply(gone)
    assert etc.changes(gone) == []
    etc.destroy()


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
