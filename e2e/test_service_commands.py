"""start, stop, restart and status of one service."""
import json
import time

from lib.world import BINARY, eventually

SLEEP = "exec sleep infinity"


def lab(*services):
    return "namespaces: {here: }\nservices:\n" + "".join(
        f"  {name}: {{namespace: here, {body}}}\n" for name, body in services)


def state(world, name="web"):
    services = json.loads(world.nsbuild("status", "--json", "lab").out)["labs"][0]["services"]
    return next(service for service in services if service["name"] == name)


def test_stop_start_restart(world):
    path = world.topology(lab(("web", f"command: '{SLEEP}'"), ("other", f"command: '{SLEEP}'")))
    world.apply(path)
    first = state(world)
    assert (first["state"], first["starts"], first["ready"]) == ("running", 1, False)
    assert "is so already: running" in world.nsbuild("start", "web").err

    assert world.nsbuild("stop", "lab/web").err == "nsbuild: service web: stopped\n"
    stopped = state(world)
    assert (stopped["state"], stopped["pid"], stopped["signal"]) == ("stopped", None, 15)
    assert "is so already: stopped" in world.nsbuild("stop", "web").err
    assert state(world, "other")["state"] == "running"
    plan = world.changes(path)
    assert len(plan) == 1 and plan[0].startswith("~ service web") and "stopped" in plan[0]

    assert f"service web: running, PID {state(world)['pid']}" not in world.nsbuild("start", "web").err
    assert state(world)["state"] == "running" and state(world)["starts"] == 2
    pid = state(world)["pid"]
    world.nsbuild("restart", "web")
    assert state(world)["starts"] == 3 and state(world)["pid"] != pid
    assert world.changes(path) == []
    world.destroy()


def test_apply_starts_what_was_stopped(world):
    path = world.topology(lab(("web", f"ready: {{file: /run/up}}, command: 'touch /run/up; {SLEEP}'")))
    world.apply(path)
    world.nsbuild("stop", "web")
    world.apply(path)
    assert (state(world)["state"], state(world)["starts"], state(world)["ready"]) == ("running", 2, True)
    assert "ready " in world.nsbuild("status").out
    world.destroy()


def test_names_are_checked_and_completed(world):
    world.apply(lab(("web", f"command: '{SLEEP}'")))
    for command in ("start", "stop", "restart"):
        ended = world.nsbuild(command, "wbe", code=2)
        assert 'there is no service wbe; did you mean "web"?' in ended.err
        assert world.nsbuild(command, "nolab/web", check=False).code == 2
        assert "web" in world.nsbuild("__complete", "--", command, "").out
        assert "Examples:" in world.nsbuild(command, "--help").out
    world.destroy()
    assert world.nsbuild("start", "web", check=False).code == 2


def test_a_start_that_fails_says_why(world):
    path = world.topology(lab(("web", f"command: 'if [ -e {world.dir}/broken ]; then echo I am broken; exit 4; fi; {SLEEP}'")))
    world.apply(path)
    world.nsbuild("stop", "web")
    (world.dir / "broken").touch()
    world.nsbuild("start", "web", check=False)  # it may be looked at before it dies
    ended = eventually(lambda: state(world)["state"] == "exited" and state(world), "it still runs")
    assert (ended["exit_code"], ended["pid"]) == (4, None)
    assert "exited, exit code 4" in world.nsbuild("status").out
    world.destroy()


def test_one_writer_at_a_time(world):
    """A command waits for an apply that is under way."""
    text = lab(("slow", f"ready: {{file: {world.dir}/go}}, command: '{SLEEP}'"))
    apply, _ = world.background([BINARY, "apply", world.topology(text)])
    eventually(lambda: "running" in world.nsbuild("status", check=False).out, "slow does not start")
    stop, _ = world.background([BINARY, "stop", "lab/slow"])
    time.sleep(0.3)
    assert stop.poll() is None and state(world, "slow")["state"] == "running"
    (world.dir / "go").touch()
    assert apply.wait(20) == 0 and stop.wait(20) == 0
    assert state(world, "slow")["state"] == "stopped"
    apply.communicate()
    stop.communicate()
    world.destroy()


def test_status_of_every_state(world):
    text = lab(("runs", f"command: '{SLEEP}'"), ("once", "oneshot: true, command: 'true'"),
               ("ready", f"ready: {{file: /proc/1/stat}}, command: '{SLEEP}'"),
               ("again", f"restart: on-failure, command: 'while [ ! -e {world.dir}/go ]; do sleep 0.02; done; exit 5'"),
               ("ends", f"command: 'while [ ! -e {world.dir}/go ]; do sleep 0.02; done; exit 3'"))
    world.apply(text)
    world.nsbuild("stop", "runs")
    (world.dir / "go").touch()
    eventually(lambda: state(world, "ends")["state"] == "exited", "it runs on")
    eventually(lambda: state(world, "again")["state"] == "restarting", "it is not started again")
    assert state(world, "once")["state"] == "completed" and state(world, "once")["exit_code"] == 0
    table = {line.split()[0]: line for line in world.nsbuild("status").out.splitlines() if line.startswith("  ")}
    assert "stopped" in table["runs"] and "completed" in table["once"] and " ready " in table["ready"][5:]
    assert "restarting, exit code 5" in table["again"] and "exited, exit code 3" in table["ends"]
    world.destroy()
