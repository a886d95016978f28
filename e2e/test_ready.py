"""Readiness: every kind of probe, who waits for whom, and what happens when it does not come."""
import json
import re
import time

import pytest

from lib.world import BINARY, PATIENCE, eventually

SLEEP = "exec sleep infinity"

# Commands that make a probe hold once the file `go` is there.
LISTEN = """
import os, socket, time
print("last words", flush=True)
while not os.path.exists("{go}"):
    time.sleep(0.02)
{bind}
while True:
    time.sleep(1000)
"""


def listener(bind):
    return lambda world, go: f"[python3, {world.file('listen.py', LISTEN.format(go=go, bind=bind))}]"


def shell(then):
    return lambda world, go: f"'echo last words; while [ ! -e {go} ]; do sleep 0.02; done; {then}; {SLEEP}'"


PROBES = {
    "tcp": ("{tcp: 8080}", listener(
        "s = socket.socket(); s.bind(('', 8080)); s.listen()"), "nothing listens on tcp 8080"),
    "tcp on an address": ("{tcp: \"127.0.0.1:8080\"}", listener(
        "s = socket.socket(); s.bind(('127.0.0.1', 8080)); s.listen()"), "nothing listens on tcp 127.0.0.1:8080"),
    "tcp of a dual-stack socket": ("{tcp: \"127.0.0.1:8080\"}", listener(
        "s = socket.socket(socket.AF_INET6); s.bind(('::', 8080)); s.listen()"),
        "nothing listens on tcp 127.0.0.1:8080"),
    "udp": ("{udp: \"[::1]:53\"}", listener(
        "s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM); s.bind(('::1', 53))"),
        "nothing is bound to udp [::1]:53"),
    "unix": ("{unix: /run/app.sock}", listener(
        "s = socket.socket(socket.AF_UNIX); s.bind('/run/tmp'); s.listen(); os.rename('/run/tmp', '/run/app.sock')"),
        "there is no socket /run/app.sock"),
    "unix datagram": ("{unix: /run/app.sock}", listener(
        "s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); s.bind('/run/app.sock')"),
        "there is no socket /run/app.sock"),
    "file": ("{file: /run/up/to/date}", shell("mkdir -p /run/up/to; touch /run/up/to/date"),
             "there is no file /run/up/to/date"),
    "command": ("{command: 'cat /run/up'}", shell("touch /run/up"),
                "the command /bin/sh -c 'cat /run/up' ended with exit code 1: cat: /run/up: No such file or directory"),
    "log": ("{log: '^up and [a-z]+$'}", shell("echo not up and running; echo up and running"),
            "no line of its log matches ^up and [a-z]+$"),
}


def lab(*services, more=""):
    return "namespaces: {here: }\nservices:\n" + "".join(
        f"  {name}: {{namespace: here, {body}}}\n" for name, body in services) + more


def states(world):
    services = json.loads(world.nsbuild("status", "--json", "lab").out)["labs"][0]["services"]
    return {service["name"]: service for service in services}


@pytest.mark.parametrize("kind", PROBES)
def test_ready_comes_late(world, kind):
    """apply returns when it holds and not before, and who depends on it is started then; a second apply does nothing."""
    ready, command, _ = PROBES[kind]
    go = world.dir / "go"
    text = lab(("web", f"ready: {ready}, command: {command(world, go)}"),
               ("after", f"depends_on: [web], command: 'echo started; {SLEEP}'"))
    path = world.topology(text)
    apply, _ = world.background([BINARY, "apply", path])
    eventually(lambda: "running" in world.nsbuild("status", check=False).out, "web does not start")
    time.sleep(0.3)
    assert apply.poll() is None, apply.communicate()
    assert "after" not in states(world)
    go.touch()
    out, err = apply.communicate(timeout=20)
    assert apply.returncode == 0, err
    assert states(world)["after"]["state"] == "running" and states(world)["web"]["ready"] is True
    assert world.changes(path) == []
    assert "no changes" in world.apply(path).err
    world.destroy()


@pytest.mark.parametrize("kind", PROBES)
def test_ready_never_comes(world, kind):
    ready, command, words = PROBES[kind]
    ready = ready.replace("}", ", timeout: 400ms}")
    body = command(world, world.dir / "never")
    ended = world.apply(lab(("web", f"ready: {ready}, command: {body}")), code=1)
    assert f"service web: not ready after 400 ms: {words} (" in ended.err, ended
    assert re.search(r"lab\.yaml:3\)", ended.err) and "\n    last words\n" in ended.err
    assert "everything was put back" in ended.err
    assert world.leaks() == []


@pytest.mark.parametrize("kind", PROBES)
def test_who_dies_is_not_waited_for(world, kind):
    ready = PROBES[kind][0].replace("}", ", timeout: 3600s}")
    ended = world.apply(lab(("web", f"ready: {ready}, command: 'seq 30; sleep 0.2; exit 3'")), code=1)
    assert "service web: has died: exit code 3 (" in ended.err and re.search(r"lab\.yaml:3\)", ended.err), ended
    last = "; its log ends with\n" + "".join(f"    {i}\n" for i in range(11, 31))
    assert last in ended.err, ended
    assert world.leaks() == []


def test_another_service_dies_while_one_is_waited_for(world):
    ended = world.apply(lab(("slow", f"ready: {{tcp: 1, timeout: 3600s}}, command: '{SLEEP}'"),
                            ("weak", "command: 'echo farewell; sleep 0.3; exit 7'")), code=1)
    assert "service weak: has died: exit code 7" in ended.err and "\n    farewell\n" in ended.err, ended
    assert "service slow" not in ended.err
    assert world.leaks() == []


def test_a_service_that_is_started_again_is_waited_for(world):
    """With a restart policy an end is no death, and a line of an earlier run is none of this one."""
    script = ("echo up; if [ -e {0} ]; then sleep 0.3; touch {1}; exec sleep infinity; fi; touch {0}; exit 1"
              .format(world.dir / "second", world.dir / "settled"))
    world.apply(lab(("web", f"restart: on-failure, ready: {{file: {world.dir}/settled}}, command: '{script}'")))
    assert states(world)["web"]["starts"] == 2
    world.destroy()


def test_the_order_and_what_runs_side_by_side(world):
    """Three chains that do not depend on each other are all under way before any of them goes on."""
    hold = "while [ ! -e {0}/all ]; do sleep 0.02; done; touch /run/up; exec sleep infinity".format(world.dir)
    services = [(f"first{i}", f"ready: {{file: /run/up}}, command: 'touch {world.dir}/f{i}; {hold}'") for i in range(3)]
    services += [(f"second{i}", f"depends_on: [first{i}], command: 'touch {world.dir}/s{i}; {SLEEP}'") for i in range(3)]
    services += [("last", f"depends_on: [second0, second1, second2], command: 'touch {world.dir}/last; {SLEEP}'")]
    apply, _ = world.background([BINARY, "apply", world.topology(lab(*services))])
    made = lambda *names: all((world.dir / name).exists() for name in names)
    eventually(lambda: made("f0", "f1", "f2"), "they do not start side by side")
    time.sleep(0.2)
    assert not any(made(name) for name in ("s0", "s1", "s2", "last"))
    (world.dir / "all").touch()
    _, err = apply.communicate(timeout=20)
    assert apply.returncode == 0, err
    eventually(lambda: made("s0", "s1", "s2", "last"), "not all were started")
    world.destroy()


def test_conditions_as_compose_writes_them(world):
    text = lab(("app", "depends_on: {db: {condition: service_healthy}, once: {condition: service_completed_successfully}}, "
                       f"command: 'cat {world.dir}/order; {SLEEP}'"),
               ("db", f"ready: {{file: /run/up}}, command: 'sleep 0.3; echo db >>{world.dir}/order; touch /run/up; {SLEEP}'"),
               ("once", f"oneshot: true, depends_on: {{db: {{condition: service_started}}}}, command: 'echo once >>"
                        f"{world.dir}/order'"))
    world.apply(text)
    # The oneshot did not wait until the other was ready.
    eventually(lambda: world.nsbuild("logs", "app").out == "once\ndb\n", lambda: world.nsbuild("logs", "app").out)
    world.destroy()


def test_dependants_end_first(world):
    trap = "trap 'echo {0} >> {1}/ends; exit 0' TERM; touch /run/up; while :; do sleep 0.05; done"
    services = [("db", None), ("app", "db"), ("web", "app")]
    path = world.topology(lab(*[
        (name, f"ready: {{file: /run/up}}, {f'depends_on: [{other}], ' if other else ''}"
               f"command: \"{trap.format(name, world.dir)}\"") for name, other in services]))
    world.apply(path)
    world.destroy()
    assert (world.dir / "ends").read_text().split() == ["web", "app", "db"]
    # And in the rollback of an apply that fails at the end of the chain.
    (world.dir / "ends").unlink()
    ended = world.apply(path.read_text() + "  bad: {namespace: here, depends_on: [web], command: [/no/such]}\n", code=1)
    assert "/no/such" in ended.err
    assert (world.dir / "ends").read_text().split() == ["web", "app", "db"]


def test_a_killed_daemon_is_started_and_ready_again(world):
    path = world.topology(lab(("web", "ready: {tcp: 8080}, command: [python3, -m, http.server, '8080']")))
    world.apply(path)
    world.kill_in(states(world)["web"]["pid"])
    plan = eventually(lambda: world.changes(path), "the plan does not show that it was killed")
    assert len(plan) == 2 and plan[0].startswith("~ service web") and plan[1].startswith("+ ready web: tcp 8080")
    world.apply(path)
    assert "tcp" in world.sh("ip netns exec lab.here ss -Hltn | grep :8080 && echo tcp").out
    assert world.changes(path) == []
    world.destroy()


def test_a_changed_definition_is_looked_at_again(world):
    text = lab(("web", f"ready: {{file: /run/one}}, command: 'touch /run/one; sleep 0.3; touch /run/two; {SLEEP}'"))
    world.apply(text)
    pid = states(world)["web"]["pid"]
    assert "no changes" in world.apply(text.replace("{file: /run/one}", "{file: /run/one, timeout: 9s}")).err
    changed = text.replace("{file: /run/one}", "{command: [test, -e, /run/two]}")
    assert world.changes(world.topology(changed)) == ["+ ready web: command test -e /run/two"]
    world.apply(changed)
    assert states(world)["web"]["pid"] == pid  # nobody was restarted
    assert "no changes" in world.apply(changed).err
    world.destroy()


def test_a_plan_runs_no_command(world):
    text = lab(("web", f"command: '{SLEEP}'"))
    world.apply(text)
    changed = text.replace("command:", f"ready: {{command: 'touch {world.dir}/ran'}}, command:", 1)
    assert len(world.changes(world.topology(changed))) == 1
    assert not (world.dir / "ran").exists()
    world.apply(changed)
    assert (world.dir / "ran").exists()
    world.destroy()


def test_the_command_runs_as_the_service_does(world):
    """In its namespaces, as its user, with its environment; one at a time, and nothing of it is left."""
    probe = f"id -un; hostname; echo $COLOUR; tty; sleep 1000 & test -e {world.dir}/go"
    text = lab(("web", f"user: nobody, hostname: inner, environment: {{COLOUR: red}}, command: '{SLEEP}', "
                       f"ready: {{command: '({probe}) > /tmp/said-$$; test -e {world.dir}/go', interval: 50ms}}"))
    said = lambda: world.sh("cat /tmp/said-* 2>/dev/null; rm -f /tmp/said-*", check=False).out
    apply, _ = world.background([BINARY, "apply", world.topology(text)])
    eventually(lambda: "red" in said() and True, "the command does not run")
    (world.dir / "go").touch()
    _, err = apply.communicate(timeout=20)
    assert apply.returncode == 0, err
    assert "sleep 1000" not in world.nsbuild("exec", "web", "--", "ps", "ax").out
    world.sh("rm -f /tmp/said-*")
    world.destroy()


@pytest.mark.parametrize("descriptors", [1024, 72], ids=["by pidfd", "by its state"])
def test_who_ran_before_and_dies_fails_the_apply_at_once(world, descriptors):
    """Unlike one that is started again, and one that the apply stops itself."""
    old = ("zold", f"command: 'echo farewell; until test -e {world.dir}/go; do sleep 0.1; done; exit 7'")
    back = ("back", f"restart: always, command: 'until test -e {world.dir}/go; do sleep 0.1; done; {SLEEP}'")
    others = [(f"s{i}", f"command: '{SLEEP}'") for i in range(20)]
    world.apply(lab(old, back, *others, ("leaves", f"command: '{SLEEP}'")))
    path = world.topology(lab(old, back, *others, ("web", f"ready: {{tcp: 1, timeout: 40s}}, command: '{SLEEP}'")))
    apply, _ = world.background(["sh", "-c", f"ulimit -n {descriptors}; exec {BINARY} apply {path}"])
    eventually(lambda: "web" in world.nsbuild("status", check=False).out or apply.poll() is not None, "web does not start")
    started = time.monotonic()
    (world.dir / "go").touch()
    _, err = apply.communicate(timeout=35)
    assert apply.returncode != 0 and time.monotonic() - started < 20, err
    assert "service zold: has died: exit code 7 (" in err and "farewell" in err, err
    assert "service back" not in err and "service leaves" not in err, err
    world.destroy()


def test_a_file_that_the_process_before_has_left_does_not_count(world):
    """After a change of the command, after which /run is the same, and where the daemon is slow to write it again."""
    text = lab(("web", f"ready: {{file: /run/up}}, command: 'sleep 0; echo > /run/up; {SLEEP}'"),
               ("fixed", f"ready: {{file: /run/conf}}, files: {{/run/conf: {{content: x}}}}, command: '{SLEEP}'"))
    world.apply(text)
    time.sleep(0.1)  # more than a tick of the clock that stamps files
    started = time.monotonic()
    world.apply(text.replace("sleep 0", "sleep 1").replace("x}}", "x}}, environment: {A: b}"))
    assert time.monotonic() - started >= 1
    never = text.replace("sleep 0; echo > /run/up", "true").replace("/run/up}", "/run/up, timeout: 3s}")
    assert "/run/up is one that an earlier process has left" in world.apply(never, code=1).err
    world.nsbuild("restart", "lab/fixed")
    assert world.apply(text).code == 0
    world.destroy()


def test_the_command_has_the_settings_of_the_services_process(world):
    say = "(id -un; id -gn; id -Gn; umask; nice; ulimit -n; pwd)"
    world.sh(f"mkdir {world.dir}/out; chmod 777 {world.dir}/out")
    text = lab(("web", "user: daemon, group: adm, groups: [audio], umask: '027', nice: 3, rlimits: {nofile: 100}, "
                       f"working_dir: /usr/lib, command: '{say} > {world.dir}/out/part; mv {world.dir}/out/part {world.dir}/out/own; {SLEEP}', "
                       f"ready: {{command: '{say} > {world.dir}/out/probe; test -s {world.dir}/out/own'}}"))
    world.apply(text)
    own = (world.dir / "out/own").read_text()
    assert own.split("\n")[0] == "daemon" and "audio" in own and "0027" in own
    assert (world.dir / "out/probe").read_text() == own
    world.destroy()


@pytest.mark.parametrize("name", ["INT", "TERM"])
def test_a_signal_ends_the_waiting(world, name):
    apply, pid = world.background([BINARY, "apply", world.topology(lab(("web", f"ready: {{tcp: 1}}, command: '{SLEEP}'")))])
    eventually(lambda: "running" in world.nsbuild("status", check=False).out, "web does not start")
    world.kill_in(pid, name)
    _, err = apply.communicate(timeout=PATIENCE)
    assert apply.returncode == 1 and f"interrupted by SIG{name}" in err, err
    assert world.leaks() == []


def test_symlinks_do_not_lead_out_of_the_service(world):
    """/run is the service's own: what only the machine has there is not there for the probe."""
    world.sh("echo outside > /run/outside")
    script = f"ln -s /run/outside /run/link; {SLEEP}"
    ended = world.apply(lab(("web", f"ready: {{file: /run/link, timeout: 300ms}}, command: '{script}'")), code=1)
    assert "there is no file /run/link" in ended.err
    world.sh("rm /run/outside")


def test_a_command_ends_at_the_timeout(world):
    ended = world.apply(lab(("web", f"ready: {{command: [sleep, '1000'], timeout: 300ms}}, command: '{SLEEP}'")), code=1)
    assert "not ready after 300 ms: the command sleep 1000 has not ended" in ended.err
    assert world.leaks() == []


def test_the_terminal_says_what_is_waited_for(world):
    path = world.topology(lab(("web", f"ready: {{tcp: 1, timeout: 1500ms}}, command: '{SLEEP}'")))
    out = world.run(["script", "-qec", f"{BINARY} apply {path}", "/dev/null"], check=False).out
    assert "waiting for web: tcp 1" in out, out


@pytest.mark.parametrize("expression, line", [("(a+)+$", "a" * 35 + "b"), ("((a|b)|(c|d))*ready", "a" * 8000)])
def test_no_expression_hangs_or_crashes_it(world, expression, line):
    """A backtracking matcher takes years for the first, and the whole stack for the second."""
    path = world.topology(f"""
        namespaces: {{x: }}
        services: {{s: {{namespace: x, command: "echo {line}; exec sleep 1000", ready: {{log: "{expression}", timeout: 1s}}}}}}
    """)
    ended = world.apply(path, "--keep", code=3)
    assert "no line of its log matches" in ended.err, ended
    assert world.plan(path).code == 0
    world.destroy()
    assert world.leaks() == []
