"""A failed, interrupted or killed apply: put back exactly, or put right by the next command."""
import re

import pytest

from lib import facts, netstate, ptrace, strace, verdict
from lib.sweep import STRIKE
from lib.topologies import PAIR, RICH
from lib.world import BINARY, eventually, sanitizer

# Fails at its last step, when everything else is done: the command is not there.
BROKEN_SERVICE = "services: {broken: {namespace: client, command: [/no/such/command]}}\n"


def test_a_first_apply_that_fails_leaves_nothing(world):
    ended = world.apply(RICH + "  broken: {namespace: client, command: [/no/such/command]}\n", code=1)
    assert "broken" in ended.err and "ENOENT" in ended.err and re.search(r"lab\.yaml:\d+", ended.err)
    assert world.leaks() == []
    assert world.namespaces() == []


@pytest.mark.kernel
def test_a_failed_change_is_put_back_exactly(world):
    network = RICH[:RICH.index("services:")]
    world.apply(network)
    world.ip("client", "address", "add", "10.0.77.1/24", "dev", "eth0")  # somebody's own, by hand
    before = netstate.exact(world)
    changed = (network.replace("mtu: 1400", "mtu: 1300").replace("10.0.1.2/24", "10.0.1.22/24")
               .replace("via: 10.0.1.2,", "via: 10.0.1.22,").replace("type: blackhole", "type: prohibit")
               .replace("priority: 1000", "priority: 1001").replace("rp_filter: 0", "rp_filter: 2")
               .replace("server:management0: }", "server:more0: }"))
    ended = world.apply(changed + BROKEN_SERVICE, code=1)
    assert "broken" in ended.err
    assert netstate.difference(before, netstate.exact(world)) == []
    assert world.changes(network) == []
    world.destroy()


@pytest.mark.parametrize("after", ["10.0.0.7/24, 10.0.0.2/24, 10.0.0.3/24", "10.0.0.3/24, 10.0.0.1/24, 10.0.0.2/24"],
                         ids=["another first", "turned round"])
def test_the_order_of_a_subnets_addresses_is_the_files(world, after):
    """The first is the one that the kernel speaks from, and the first to be made."""
    text = "namespaces: {client: , b: }\nlinks: [{endpoints: {client:eth0: [%s], b:eth0: 10.0.0.9/24}}]\n"
    old, new = text % "10.0.0.1/24, 10.0.0.2/24, 10.0.0.3/24", text % after
    world.apply(new)
    fresh = netstate.exact(world)
    world.destroy()
    world.apply(old)
    before = netstate.exact(world)
    assert netstate.difference(before, fresh), "the judge sees which address comes first"
    world.apply(new + BROKEN_SERVICE, code=1)
    assert netstate.difference(before, netstate.exact(world)) == []
    assert world.changes(old) == []
    world.apply(new)
    assert netstate.difference(fresh, netstate.exact(world)) == []
    assert world.changes(new) == []
    world.destroy()


def test_the_names_are_put_back_with_the_record(world):
    """What `exec` resolves. After all steps the record cannot be written."""
    if ptrace.missing() or sanitizer():
        pytest.skip(ptrace.missing() or sanitizer())
    text = "namespaces: {a: {hosts: {%s: 10.1.2.3}}%s}\n"
    world.apply(text % ("before", ""))
    names = world.sh("cat /run/nsbuild/lab/names").out
    before = facts.same(world)
    path = world.topology(text % ("after", ", b: "))
    ended = world.run([*STRIKE, world.dir / "log", "0", "rename", "2", "EBUSY", "--", BINARY, "apply", path], code=1)
    assert "EBUSY" in ended.err, ended
    assert world.sh("cat /run/nsbuild/lab/names").out == names and "before" in names
    assert verdict.changed(before, facts.same(world)) == []
    world.destroy()


def test_a_replaced_service_is_started_anew_by_the_rollback(world):
    text = "namespaces: {client: }\nservices: {kept: {namespace: client, command: [sleep, '1001']}"
    world.apply(text + "}\n")
    broken = ", broken: {namespace: client, command: [/no/such/command]}}\n"
    ended = world.apply(text.replace("'1001'", "'1003'") + broken, code=1)
    assert "kept" in ended.err, "the report must say that the service was started anew"
    assert world.nsbuild("exec", "kept", "--", "pgrep", "-fx", "sleep 1001").out
    assert world.changes(text + "}\n") == []
    world.destroy()


@pytest.mark.kernel
def test_the_kernels_words_are_in_the_error(world):
    """A value that only the kernel can judge: what it says is handed on, with the name of the resource."""
    ended = world.apply("namespaces: {a: {sysctls: {net.ipv4.ip_forward: many}}}", code=1)
    assert "net.ipv4.ip_forward" in ended.err and "EINVAL" in ended.err and "Invalid argument" in ended.err
    assert world.leaks() == []


def test_keep_leaves_it_for_study(world):
    ended = world.apply("namespaces: {client: }\n" + BROKEN_SERVICE, "--keep", code=3)
    assert "client" in ended.err
    assert world.namespaces() == ["lab.client"]
    world.destroy()
    assert world.leaks() == []


@pytest.mark.parametrize("signal", ["INT", "TERM", "HUP"])
def test_a_signal_rolls_back(world, signal):
    process, pid = world.background([BINARY, "apply", world.topology(big(300))])
    eventually(lambda: len(world.namespaces()) > 20, "the apply does not get going")
    world.kill_in(pid, signal)
    _, err = process.communicate()
    assert process.returncode == 1, err
    assert world.leaks() == []


def big(count):
    lines = ["namespaces:"] + [f"  n{i}:" for i in range(count)] + ["links:"]
    for i in range(count):
        net, other = f"10.{i >> 8}.{i & 255}", (i + 1) % count
        lines.append(f"  - endpoints: {{n{i}:right: {net}.1/30, n{other}:left: {net}.2/30}}")
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("after, then", [(1, "apply"), (1, "destroy"), (12, "apply"), (12, "destroy"), (40, "destroy")])
def test_killed_in_the_middle(world, after, then):
    path = world.topology(big(300))  # long enough to be still under way when the look is over
    process, pid = world.background([BINARY, "apply", path])
    eventually(lambda: len(world.namespaces()) >= after, "the apply does not get going")
    world.kill_in(pid)
    process.communicate()
    if then == "apply":
        world.apply(path)
        assert world.changes(path) == []
    world.destroy()
    assert world.leaks() == []


@pytest.mark.parametrize("step", range(1, 40, 3))
def test_killed_at_a_system_call(world, step):
    """SIGKILL as the n-th mutating call is entered, wherever that is; then a plain apply and destroy."""
    path = world.topology(RICH)
    calls = "mount,sendto,sendmsg,clone,clone3,vfork,unshare,umount2"
    assert strace.inject(world, calls, f"signal=KILL:when={step}", [BINARY, "apply", path]).code == 128 + 9
    world.apply(path)
    assert world.changes(path) == []
    world.destroy()
    assert world.leaks() == []


@pytest.mark.parametrize("step", [1, 3, 6, 9])
def test_a_destroy_that_is_killed_can_be_repeated(world, step):
    world.apply(RICH)
    calls = "umount2,kill,pidfd_send_signal,unlink,unlinkat,sendto,sendmsg"
    assert strace.inject(world, calls, f"signal=KILL:when={step}", [BINARY, "destroy", "lab"]).code == 128 + 9
    world.destroy(check=False)
    assert world.leaks() == []


@pytest.mark.parametrize("call, error", [("mount", "ENOMEM"), ("sendto", "ENOBUFS"), ("sendmsg", "ENOBUFS"),
                                         ("clone3", "EAGAIN"), ("unshare", "ENOSPC")])
def test_a_failing_system_call_is_told_and_rolled_back(world, call, error):
    codes = []
    for step in (1, 2, 5, 9, 14):
        ended = strace.inject(world, call, f"error={error}:when={step}", [BINARY, "apply", world.topology(RICH)])
        codes.append(ended.code)
        if ended.code == 0:
            world.destroy()
        else:
            assert ended.code == 1, ended
            assert error in ended.err, ended
        assert world.leaks() == [], ended
    assert 1 in codes, "no failure was injected, or each was absorbed"


@pytest.mark.parametrize("call, number", [("clone3", 1), ("memfd_create", 3), ("execve", 3)])
def test_a_service_that_never_was_leaves_no_work_directory(world, call, number):
    """Beside the upper directory of an overlay, which is the user's."""
    if call == "clone3" and "tsan" in sanitizer():  # which has a thread of its own
        pytest.skip(sanitizer())
    for name in ("low", "files/up"):
        (world.dir / name).mkdir(parents=True)
    world.apply("namespaces: {a: }")
    path = world.topology("""
        namespaces: {a: }
        services:
          s: {namespace: a, command: [sleep, '1000'], mounts: [{type: overlay, target: /srv, lower: low, upper: files/up}]}
        """)
    ended = strace.inject(world, call, f"error=EAGAIN:when={number}", [BINARY, "apply", path], code=1)
    assert "service s: " in ended.err and "EAGAIN" in ended.err, ended
    assert [name.name for name in (world.dir / "files").iterdir()] == ["up"]
    assert world.sh("ls -A /run/nsbuild/lab/overlay").out == ""
    world.destroy()


def test_a_second_writer_waits(world):
    first, _ = world.background([BINARY, "apply", world.topology(big(300))])
    eventually(lambda: len(world.namespaces()) > 5, "the first apply does not get going")
    second = world.nsbuild("destroy", "lab", check=False)
    _, err = first.communicate()
    assert first.returncode == 0, err
    # It waited and then destroyed, or said who holds the lab; never both at once.
    if second.code != 0:
        assert re.search(r"\d+", second.err), second
        world.destroy()
    assert world.leaks() == []


def test_labs_do_not_wait_for_each_other(world):
    """While one is under way, and waits for its service to be ready, others come and go."""
    slow = world.file("slow.yaml", "namespaces: {x: }\nservices: {s: {namespace: x, command: 'exec sleep 1000', "
                                   "ready: {command: 'test -e /tmp/go'}}}\n")
    first, _ = world.background([BINARY, "apply", slow])
    eventually(lambda: world.sh("grep -q . /run/nsbuild/slow/lock", check=False).code == 0, "the first apply has no lock")
    path = world.topology(PAIR)
    processes = [world.background([BINARY, "apply", path, "--name", f"lab{i}"])[0] for i in range(4)]
    for process in processes:
        _, err = process.communicate()
        assert process.returncode == 0 and "waiting" not in err, err
    for i in range(4):
        assert "waiting" not in world.nsbuild("destroy", f"lab{i}").err
    assert first.poll() is None, "it was to be still under way"
    world.sh("touch /tmp/go")
    _, err = first.communicate()
    assert first.returncode == 0, err
    world.destroy("slow")
    world.sh("rm /tmp/go")
    assert world.leaks() == []


def test_killed_while_services_start(world):
    """What the killed apply was about to start is no obstacle, wherever it was; no second start is needed."""
    path = world.topology("namespaces: {x: }\nservices:\n"
                          "  s[1-40]: {namespace: x, command: 'exec sleep 1000'}\n"
                          "  joined: {join: s1, command: 'exec sleep 1000'}\n")
    pins = "until [ -e /run/netns/lab.x ]; do :; done"  # no pause of its own: the services follow at once
    for i in range(24):
        pause = f"sleep 0.{i * 5:03}"
        world.sh(f'"$1" apply "$2" >/dev/null 2>&1 & {pins}; {pause}; kill -9 $!', BINARY, path, check=False)
        world.apply(path)
        assert world.changes(path) == []
        world.destroy()
    assert world.leaks() == []


def test_who_waited_for_a_destroy_brings_nothing_back(world):
    path = world.topology("namespaces: {x: }\nservices: {s: {namespace: x, command: 'trap \"sleep 1; exit\" TERM; "
                          "while :; do sleep 0.1; done'}}\n")
    world.apply(path)
    destroy, _ = world.background([BINARY, "destroy", "lab"])
    eventually(lambda: world.sh("grep -q . /run/nsbuild/lab/lock", check=False).code == 0, "the destroy has no lock")
    ended = world.nsbuild("restart", "lab/s", check=False)
    _, err = destroy.communicate()
    assert destroy.returncode == 0, err
    assert ended.code != 0 and "lab" in ended.err, ended
    assert world.nsbuild("status").out == ""
    assert world.leaks() == []
