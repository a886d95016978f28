"""How services live: restarts, oneshots, several in one machine's namespaces, and ends that leave nothing."""
import time

import pytest

from lib import strace
from lib.world import BINARY, eventually

LAB = """
namespaces: {here: , there: }
links: [{endpoints: {here:eth0: 10.0.0.1/24, there:eth0: 10.0.0.2/24}}]
services:
"""


def lab(**services):
    return LAB + "".join(f"  {name}: {{namespace: here, {body}}}\n" if "join:" not in body else f"  {name}: {{{body}}}\n"
                         for name, body in services.items())


def status(world, name):
    (one,) = (s for s in world.nsbuild("status", "lab", "--json").json["labs"][0]["services"] if s["name"] == name)
    return one


def sleeps(world):
    """The arguments of all sleep(1) in the world."""
    return sorted(world.sh("for p in $(pgrep -x sleep); do tr '\\0' ' ' </proc/$p/cmdline; echo; done").out.split("\n"))


def count(world, name="sleep"):
    return int(world.sh(f"pgrep -xc {name} || :").out)


def kill(world, name, signal="KILL"):
    world.sh(f"kill -{signal} {status(world, name)['pid']}")


def test_a_crash_is_restarted_and_counted(world):
    source = lab(web="command: [sleep, '1111'], restart: on-failure")
    world.apply(source)
    before = status(world, "web")
    kill(world, "web", "SEGV")
    after = eventually(lambda: (s := status(world, "web"))["pid"] not in (None, before["pid"]) and s, "no restart")
    assert (after["starts"], after["state"]) == (before["starts"] + 1, "running")
    assert "no changes" in world.plan(source).out
    world.destroy()


def test_restarts_pause_longer_and_longer_and_give_up(world):
    world.apply(lab(
        twice="command: 'sleep 1; date +%s%3N; exit 3', restart: on-failure:2",
        always="command: 'date +%s%3N; exit 0', restart: always",
        never="command: 'sleep 1', restart: on-failure"))
    last = eventually(lambda: (s := status(world, "twice"))["state"] == "exited" and s["starts"] > 1 and s, "no end")
    assert (last["starts"], last["exit_code"]) == (3, 3)
    first, second, third = (int(t) for t in world.nsbuild("logs", "lab/twice").out.split())
    assert second - first >= 1095 and third - second >= 1195
    eventually(lambda: status(world, "always")["starts"] >= 4, "always is not always")
    eventually(lambda: status(world, "never")["pid"] is None, "it does not end")
    assert (status(world, "never")["starts"], status(world, "never")["state"]) == (1, "exited")
    assert "service twice: state exited (exit code 3) -> running" in world.plan(
        lab(twice="command: 'sleep 1; date +%s%3N; exit 3', restart: on-failure:2", always="command: 'date +%s%3N; exit 0', "
            "restart: always", never="command: 'sleep 1', restart: on-failure")).out
    world.destroy()


def test_waiting_for_a_restart_is_no_drift_and_costs_nothing(world):
    source = lab(web="command: 'exit 1', restart: always")
    world.apply(source)
    eventually(lambda: status(world, "web")["starts"] >= 4, "it does not try again")
    assert "no changes" in world.plan(source).out
    init = world.sh("pgrep -x nsbuild-init").out.strip()
    before = int(world.sh(f"cut -d' ' -f1 /proc/{init}/schedstat").out)
    time.sleep(1)
    assert int(world.sh(f"cut -d' ' -f1 /proc/{init}/schedstat").out) - before < 50_000_000
    world.destroy()


def test_stop_signal_and_stop_timeout(world):
    polite = "command: 'trap \"echo quit; exit\" QUIT; trap \"echo term\" TERM; echo up; while :; do sleep 0.02; done'"
    deaf = "command: 'trap \"\" TERM; while :; do sleep 0.02; done'"
    world.apply(lab(web=f"{polite}, stop_signal: SIGQUIT", deaf=f"{deaf}, stop_timeout: 300ms",
                    patient=f"{deaf}, stop_timeout: 3600s"))
    eventually(lambda: "up" in world.nsbuild("logs", "lab/web").out, "not up")
    log, _ = world.background([BINARY, "logs", "-f", "web"])  # until it is removed

    def alive(service):
        return world.sh(f"pgrep -fx 'nsbuild-init lab/{service} *'", check=False).out.strip()

    destroy, _ = world.background([BINARY, "destroy", "lab"])
    eventually(lambda: not alive("web") and not alive("deaf"), "not stopped")
    assert alive("patient") and destroy.poll() is None, "that one has an hour to end"
    world.sh(f"pgrep -P {alive('patient')} | xargs kill -9")
    assert destroy.communicate()[1] and destroy.returncode == 0
    said = log.communicate()[0].split("\n")
    assert "quit" in said and "term" not in said
    assert world.leaks() == []


DAEMONS = ("command: 'setsid sh -c \"setsid sleep 1001 & exec sleep 1002\" & sh -c \"setsid sleep 1003 &\"; "
           "trap \"\" TERM; echo up; exec sleep {last}', stop_timeout: 200ms")


def test_what_a_dead_command_left_ends_before_the_next_start(world):
    world.apply(lab(web=DAEMONS.format(last=1004) + ", restart: always"))
    eventually(lambda: count(world) == 4, "not up")
    daemons = set(world.sh("pgrep -x sleep").out.split())
    kill(world, "web")
    eventually(lambda: status(world, "web")["starts"] == 2 and count(world) == 4, lambda: str(sleeps(world)))
    assert not daemons & set(world.sh("pgrep -x sleep").out.split())
    world.apply(lab(web=DAEMONS.format(last=1005) + ", restart: always"))
    eventually(lambda: count(world) == 4, lambda: str(sleeps(world)))
    world.destroy()
    assert count(world) == 0 and world.leaks() == []


def test_what_an_ended_command_left_ends_with_it(world):
    """Nothing goes on serving for a service that is told to have ended; who joined it lives on."""
    world.apply(lab(web="command: 'sleep 1117 & setsid sleep 1118 & sleep 1119'",
                    beside="join: web, command: [sleep, '1120']"))
    eventually(lambda: count(world) == 4, "the service did not start")
    kill(world, "web")
    eventually(lambda: sleeps(world) == ["", "sleep 1120 "], lambda: sleeps(world))
    assert status(world, "web")["state"] == "exited" and status(world, "beside")["state"] == "running"
    assert "has ended" in world.nsbuild("exec", "web", "--", "true", code=125).err
    world.destroy()


def test_a_visitor_outlives_a_restart_of_the_service(world):
    world.apply(lab(web="command: [sleep, '1001'], restart: always"))
    visitor = world.popen([BINARY, "exec", "web", "--", "sleep", "2002"])
    eventually(lambda: count(world) == 2, "nobody came in")
    kill(world, "web")
    eventually(lambda: status(world, "web")["starts"] == 2 and count(world) == 2, lambda: str(sleeps(world)))
    assert visitor.poll() is None
    world.destroy()
    visitor.wait()


def test_destroy_leaves_nothing_of_who_resists(world):
    world.apply(lab(
        zebra=DAEMONS.format(last=1004),
        ospfd="join: zebra, " + DAEMONS.format(last=1005),
        mounts="command: 'mount -t tmpfs t /mnt; mount -t proc p /mnt; umount -l /proc; trap \"\" TERM INT HUP; "
               "while :; do sleep 0.1; done', stop_timeout: 200ms"))
    eventually(lambda: count(world) >= 8, "not up")
    world.destroy()
    assert count(world) == 0 and count(world, "nsbuild-init") == 0 and count(world, "nsbuild-joined") == 0
    assert world.leaks() == []


JOINED = dict(zebra="command: 'echo hi >/run/zserv; exec sleep 1001', hostname: r1",
              ospfd="join: zebra, command: 'until [ -s /run/zserv ]; do sleep 0.01; done; cat /run/zserv; hostname; exec sleep 1002'",
              bgpd="join: zebra, command: [sleep, '1003'], depends_on: [ospfd]")


@pytest.mark.kernel
def test_joined_services_share_one_machine(world):
    world.apply(lab(**JOINED))
    eventually(lambda: world.nsbuild("logs", "lab/ospfd").out == "hi\nr1\n", "it does not see /run of the other")
    assert world.nsbuild("logs", "lab/zebra").out == ""
    spaces = {world.sh(f"cd /proc/{status(world, name)['pid']}/ns; readlink net mnt pid uts ipc").out for name in JOINED}
    assert len(spaces) == 1
    seen = world.nsbuild("exec", "bgpd", "--", "sh", "-c", "cat /proc/[0-9]*/cmdline | tr '\\0' ' '; hostname").out
    assert all(word in seen for word in ("sleep 1001", "sleep 1002", "sleep 1003", "r1"))
    assert "no changes" in world.plan(lab(**JOINED)).out
    world.destroy()


def test_the_owners_crash_and_change_leave_the_joined_alone(world):
    world.apply(lab(**JOINED))
    pids = [status(world, name)["pid"] for name in ("ospfd", "bgpd")]
    kill(world, "zebra")
    eventually(lambda: status(world, "zebra")["state"] == "exited", "not dead")
    source = lab(**JOINED)
    assert "service zebra: state exited (signal 9 (Killed)) -> running" in world.plan(source).out
    world.apply(source)
    changed = lab(**{**JOINED, "zebra": JOINED["zebra"].replace("1001", "1009")})
    assert "1 to change" in world.apply(changed).err + world.plan(source).out
    assert [status(world, name)["pid"] for name in ("ospfd", "bgpd")] == pids
    assert "sleep 1009 " in sleeps(world)
    world.destroy()


def test_the_owners_hostname_replaces_all_that_joined(world):
    world.apply(lab(**JOINED))
    pids = {status(world, name)["pid"] for name in JOINED}
    changed = lab(**{**JOINED, "zebra": JOINED["zebra"].replace("r1", "r2")})
    plan = world.plan(changed).out
    for name in JOINED:
        assert f"+ service {name}" in plan
    assert "replaced: hostname r1 -> r2" in plan
    world.apply(changed)
    assert not pids & {status(world, name)["pid"] for name in JOINED}
    eventually(lambda: world.nsbuild("logs", "lab/ospfd").out.endswith("hi\nr2\n"), "it sees another machine")
    world.destroy()


def test_a_joined_one_goes_alone(world):
    services = {**JOINED, "bgpd": "join: zebra, " + DAEMONS.format(last=1003)}
    world.apply(lab(**services))
    eventually(lambda: count(world) == 6, lambda: str(sleeps(world)))
    services.pop("bgpd")
    world.apply(lab(**services))
    assert [s for s in sleeps(world) if s] == ["sleep 1001 ", "sleep 1002 "]
    world.destroy()


@pytest.mark.kernel
def test_a_killed_supervisor_is_drift_and_its_processes_end(world):
    services = {**JOINED, "bgpd": "join: zebra, " + DAEMONS.format(last=1004)}
    world.apply(lab(**services))
    eventually(lambda: count(world) == 6, lambda: str(sleeps(world)))
    supervisor = world.sh(f"ps -o ppid= -p {status(world, 'bgpd')['pid']}").out.strip()
    world.sh(f"kill -KILL {supervisor}")
    eventually(lambda: count(world) == 2, lambda: str(sleeps(world)))
    assert "+ service bgpd" in world.plan(lab(**services)).out
    world.apply(lab(**services))
    eventually(lambda: count(world) == 6, lambda: str(sleeps(world)))
    world.destroy()


def test_a_oneshot_is_waited_for_and_stays_finished(world):
    source = lab(setup="command: 'sleep 0.5; date +%s%N >>/tmp/runs', oneshot: true")
    world.sh("rm -f /tmp/runs")
    world.apply(source)
    runs = lambda: len(world.sh("cat /tmp/runs").out.split())
    assert runs() == 1 and status(world, "setup")["state"] == "completed"
    assert "no changes" in world.apply(source).err + world.plan(source).out
    assert runs() == 1
    world.sh("ip -n lab.here link delete eth0")
    assert "service setup: runs again: veth here:eth0 -- there:eth0 is made anew" in world.plan(source).out
    world.apply(source)
    assert runs() == 2
    world.apply(source.replace("0.5", "0.1"))
    assert runs() == 3
    world.apply(source.replace("0.5", "0.1").replace("10.0.0.2/24", "10.0.0.3/24"))
    assert runs() == 3, "an address is not an interface"
    world.destroy()
    world.sh("rm /tmp/runs")


def test_a_change_that_never_came_to_a_oneshots_interface_does_not_run_it_again(world):
    """It would have, had the change gone on: its namespace was to have another link."""
    old = """
namespaces: {a: }
services: {setup: {namespace: a, command: "echo x >>/mnt/runs", oneshot: true}}
"""
    new = old.replace("{a: }", "{a: , b: }") + "links: [{endpoints: [a:eth0, b:eth0]}]\n"
    world.sh("mount -t tmpfs tmpfs /mnt")
    world.apply(old)
    assert "runs again" in world.plan(new).out
    ended = strace.inject(world, "unshare", "error=ENOSPC:when=1", [BINARY, "apply", world.topology(new)])
    assert ended.code == 1 and "anew" not in ended.err, ended
    assert world.sh("cat /mnt/runs").out == "x\n" and world.changes(old) == []
    world.apply(new)
    assert world.sh("cat /mnt/runs").out == "x\nx\n"
    world.destroy()
    world.sh("umount /mnt")


def test_a_oneshot_that_fails_fails_the_apply(world):
    source = lab(setup="command: 'echo why; exit 7', oneshot: true")
    failed = world.apply(source, code=1)
    assert "service setup: exit code 7" in failed.err
    assert world.leaks() == [] or world.namespaces() == []
    world.apply(source, "--keep", code=3)
    assert status(world, "setup")["state"] == "exited"
    assert "service setup: state exited (exit code 7) -> completed" in world.plan(source).out
    world.destroy()


def test_a_killed_apply_leaves_a_oneshot_that_is_waited_for(world):
    world.sh("rm -f /tmp/go /tmp/runs")
    source = lab(setup="command: 'echo x >>/tmp/runs; until [ -e /tmp/go ]; do sleep 0.05; done', oneshot: true")
    apply = world.popen([BINARY, "apply", world.topology(source)])
    eventually(lambda: world.sh("cat /tmp/runs || :").out == "x\n", "not started")
    world.sh("kill -KILL $(pgrep -x nsbuild)")
    apply.communicate()
    assert "service setup: state running -> completed" in world.plan(source).out
    later = world.popen(["sh", "-c", "sleep 0.5; touch /tmp/go"])
    world.apply(source)
    later.communicate()
    assert world.sh("cat /tmp/runs").out == "x\n"
    world.destroy()
    world.sh("rm -f /tmp/go /tmp/runs")


def test_a_signal_to_the_init_is_for_the_command(world):
    heard = f"{world.dir}/heard"
    world.apply(lab(web=f"command: 'trap \"echo heard >{heard}\" USR1; echo up; while :; do sleep 0.1; done'"))
    eventually(lambda: "up" in world.nsbuild("logs", "lab/web").out, "it does not come up")
    before = status(world, "web")
    world.sh("kill -USR1 $(pgrep -f '^nsbuild-init lab/web')")
    eventually(lambda: world.sh(f"cat {heard} || :").out == "heard\n", "the command has not heard it")
    assert status(world, "web")["pid"] == before["pid"]
    world.destroy()


def test_a_new_restart_policy_leaves_the_command_alone(world):
    world.apply(lab(web="command: [sleep, '1111']"))
    before = status(world, "web")
    source = lab(web="command: [sleep, '1111'], restart: on-failure")
    world.apply(source)
    assert (status(world, "web")["pid"], status(world, "web")["starts"]) == (before["pid"], before["starts"])
    kill(world, "web", "SEGV")
    eventually(lambda: status(world, "web")["pid"] not in (None, before["pid"]), "the new policy is not obeyed")
    assert "no changes" in world.plan(source).out
    world.destroy()
