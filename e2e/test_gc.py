"""`nsbuild gc`: what crashed labs left goes, and only that."""
import re
import time

import pytest

from lib import netstate, strace
from lib.topologies import HOST, PAIR, RICH, SERVICES
from lib.world import BINARY, eventually

KILLED = 128 + 9
# Calls of nsbuild's own: strace(1) counts them by process, and kills the one that makes the call. It starts its spawner
# with vfork(2); clone3(2) is what the spawner makes inits with.
KILLABLE = ["mount", "sendto", "vfork,clone,clone3", "openat2", "renameat2,rename", "umount2", "unlink,unlinkat"]


def gc(world, *argv, **options):
    return world.nsbuild("gc", *argv, **options)


def kill_at(world, calls, step, *argv):
    return strace.inject(world, calls, f"signal=KILL:when={step}", [BINARY, *argv])


def test_nothing_to_do(world):
    ended = gc(world)
    assert ended.out == "" and ended.err == "nsbuild: there is nothing to remove\n"
    assert gc(world, "--json").json == {"version": 1, "garbage": [], "left": [], "errors": [], "remaining": []}


@pytest.mark.parametrize("calls", KILLABLE)
@pytest.mark.parametrize("topology", [RICH, HOST], ids=["rich", "host"])
def test_a_killed_first_apply(world, topology, calls):
    path = world.topology(topology)
    codes = []
    for step in (1, 2, 4, 9, 17):
        codes.append(kill_at(world, calls, step, "apply", path).code)
        if codes[-1] == 0:  # it makes fewer of them
            world.destroy()
            break
        before = world.residue()
        dry = gc(world, "--dry-run")
        assert world.residue() == before, "a dry run changes nothing"
        assert ("would remove lab lab: its first apply was killed" in dry.out or "has no record" in dry.out
                or not before or "nothing is left" in dry.out), dry
        gc(world)
        assert world.residue() == [] and world.leaks() == [], step
    assert KILLED in codes, codes


@pytest.mark.parametrize("calls", ["umount2", "unlink,unlinkat", "sendto", "pidfd_send_signal,sendmsg", "rename,rmdir"])
def test_a_killed_destroy(world, calls):
    path = world.topology(HOST)
    codes = []
    for step in (1, 2, 5):
        world.apply(path)
        codes.append(kill_at(world, calls, step, "destroy", "lab").code)
        if gc(world).out == "" and world.residue():  # it was killed before it began
            assert world.changes(path) == []
            world.destroy()
        assert world.residue() == [] and world.leaks() == [], step
    assert KILLED in codes, codes


@pytest.mark.parametrize("calls, step", [("sendto", 3), ("mount", 1), ("vfork,clone,clone3", 1), ("openat2", 3)])
def test_a_lab_that_is_up_stays_though_its_change_was_killed(world, calls, step):
    world.apply(HOST)
    path = world.topology(HOST.replace("172.16.0.2/30", "172.16.0.2/29")
                          .replace("\n  a:\n", "\n  a:\n  new:\n")
                          .replace("side: {", "more: {namespace: new, command: [sleep, '9']}, side: {"))
    assert kill_at(world, calls, step, "apply", path).code == KILLED
    before = world.residue()
    ended = gc(world)
    assert world.residue() == before and "would" not in ended.out
    world.apply(path)
    assert world.changes(path) == []
    assert gc(world).out == ""
    world.destroy()


def test_healthy_labs_are_not_touched(world):
    world.apply(RICH)
    world.apply(world.file("other.yaml", HOST))
    world.apply(world.file("elsewhere.yaml", SERVICES), env={"NSBUILD_RUN_DIR": "/run/elsewhere"})
    before, things = netstate.comparable(world), world.residue()
    files = world.sh("find /run/nsbuild /run/elsewhere -printf '%p %i %T@ %s\\n'").out
    for argv in (["--dry-run"], []):
        assert gc(world, *argv).out == ""
    assert netstate.difference(before, netstate.comparable(world)) == [] and world.residue() == things
    assert world.sh("find /run/nsbuild /run/elsewhere -printf '%p %i %T@ %s\\n'").out == files
    world.nsbuild("destroy", "--all")
    world.nsbuild("destroy", "--all", env={"NSBUILD_RUN_DIR": "/run/elsewhere"})
    world.sh("rmdir /run/elsewhere 2>/dev/null || :")


def test_what_cannot_be_looked_at_is_not_nothing(world):
    world.apply(PAIR)
    world.sh("mv /run/nsbuild/lab/lock /run/nsbuild/lab/aside && ln -s aside /run/nsbuild/lab/lock")
    ended = world.nsbuild("gc", code=1)
    assert "error: lab lab: " in ended.err and "nothing to remove" not in ended.err, ended
    world.sh("mv /run/nsbuild/lab/aside /run/nsbuild/lab/lock")
    assert "nothing to remove" in world.nsbuild("gc").err
    world.destroy()


def settled_residue(world):
    """What somebody has removed goes in the kernel's own time."""
    seen = []

    def has_settled():
        time.sleep(0.1)
        seen.append(world.residue())
        return len(seen) > 5 and all(one == seen[-1] for one in seen[-6:])
    eventually(has_settled, "the lab never settles")
    return seen[-1]


def test_a_damaged_lab_is_not_touched(world):
    """By hand, not by a crash: it is for its owner to apply it again."""
    path = world.topology(RICH)
    world.apply(path)
    world.sh("ip netns del lab.client; ip -n lab.router link del eth1; pkill -x sleep || :")
    before = settled_residue(world)
    assert gc(world).out == "" and world.residue() == before
    world.apply(path)
    world.destroy()


def test_what_was_kept_for_study_stays(world):
    world.apply(PAIR + "services: {broken: {namespace: a, command: [/no/such/command]}}\n", "--keep", code=3)
    before = world.residue()
    assert "left alone: lab lab: its apply has failed, and what it left was kept" in gc(world).out
    assert world.residue() == before
    world.destroy()


UNFINISHED = PAIR + """services:
  good: {namespace: a, command: [sleep, "1008"]}
  broken: {namespace: a, command: [/no/such/command], depends_on: [good]}
"""


@pytest.mark.parametrize("command", ["restart", "stop"])
def test_what_was_kept_for_study_stays_though_a_command_in_it_was_killed(world, command):
    world.apply(UNFINISHED, "--keep", code=3)
    assert kill_at(world, "pidfd_open", 1, command, "lab/good").code == KILLED
    before = world.residue()
    assert any("(sleep 1008)" in thing["name"] for thing in before), before
    assert "left alone: lab lab: its apply has failed, and what it left was kept" in gc(world).out
    assert world.residue() == before
    world.destroy()


@pytest.mark.parametrize("command", ["restart", "stop"])
def test_what_a_killed_apply_left_is_garbage_though_a_command_in_it_was_killed(world, command):
    path = world.topology(PAIR + "services: {good: {namespace: a, command: [sleep, '1008'], ready: {tcp: 1}}}\n")
    apply, pid = world.background([BINARY, "apply", path])
    eventually(lambda: world.sh("pgrep -fx 'sleep 1008' || :").out, "no service")
    world.kill_in(pid)
    apply.communicate()
    assert kill_at(world, "pidfd_open", 1, command, "lab/good").code == KILLED
    assert "lab lab: its first apply was killed" in gc(world).out
    assert world.leaks() == []


def test_what_a_killed_apply_left_is_not_kept_by_one_that_fails(world):
    """Which puts it back as it was, half made: as in CI, where a job is killed, tried again and fails."""
    assert kill_at(world, "sendto,sendmsg", 9, "apply", world.topology(PAIR)).code == KILLED
    broken = world.topology(PAIR + "services: {broken: {namespace: a, command: [/no/such/command]}}\n")
    world.nsbuild("apply", broken, code=1)
    world.nsbuild("restart", "lab/broken", check=False)
    assert "lab lab: its first apply was killed\n" in gc(world).out
    assert world.residue() == [] and world.leaks() == []


def test_a_lab_that_is_being_changed_is_named(world):
    path = world.topology("namespaces: {x: }\nservices: {s: {namespace: x, command: 'sleep 1; touch /tmp/ok; exec sleep 9',"
                          " ready: {command: 'test -e /tmp/ok'}}}\n")
    apply, pid = world.background([BINARY, "apply", path])
    eventually(lambda: world.sh("grep -q . /run/nsbuild/lab/lock", check=False).code == 0, "no lock")
    ended = gc(world)
    assert re.search(rf"^left alone: lab lab is held by pid {pid} \(\S+ apply ", ended.out, re.M), ended
    assert "lab lab:" not in ended.out
    _, err = apply.communicate()
    assert apply.returncode == 0, err
    world.destroy()
    world.sh("rm -f /tmp/ok")


def test_a_killed_run(world):
    path = world.topology(SERVICES)
    run, pid = world.background([BINARY, "run", path, "--", "sh", "-c", "echo inside; exec sleep 1005"])
    assert run.stdout.readline() == "inside\n"
    assert gc(world).out == "", "its nsbuild lives"
    world.kill_in(pid)
    world.sh("pkill -fx 'sleep 1005'")
    run.communicate()
    assert "lab lab: its nsbuild run was killed" in gc(world).out
    assert world.leaks() == []


def test_a_run_that_somebody_applied_again_is_his(world):
    path = world.topology(SERVICES)
    run, pid = world.background([BINARY, "run", path, "--", "sh", "-c", "echo inside; exec sleep 1005"])
    assert run.stdout.readline() == "inside\n"
    world.apply(path)
    world.kill_in(pid)
    world.sh("pkill -fx 'sleep 1005'")
    run.communicate()
    assert gc(world).out == ""
    world.destroy()


@pytest.mark.parametrize("topology", [PAIR, SERVICES], ids=["pair", "services"])
@pytest.mark.parametrize("loss", ["rm -r /run/nsbuild", "echo '{ \"topo' > /run/nsbuild/lab/journal.json",
                                  "sed -i 's/true/\"yes\"/' /run/nsbuild/lab/journal.json"], ids=["lost", "cut", "odd"])
def test_a_lab_that_has_lost_its_record_is_named(world, topology, loss):
    world.apply(topology)
    world.sh(loss)
    before = world.residue()
    assert "left alone: lab lab: is up, but its record is lost" in gc(world).out
    assert world.residue() == before
    world.destroy()


STRANGERS = """
mkdir -m 755 -p project .ssh lab.d 'My pictures' empty/deep && mkdir -m 700 private
touch project/lock project/main.c .ssh/id lab.d/journal.json 'My pictures/1' private/x
chmod 644 project/lock
"""


@pytest.mark.parametrize("run_dir", ["/run/nsbuild", "/run/mine"])
@pytest.mark.parametrize("command", [["gc"], ["destroy", "--all"], ["destroy", "project"], ["status"]],
                         ids=lambda command: " ".join(command))
def test_directories_that_are_no_labs_stay(world, command, run_dir):
    env = {"NSBUILD_RUN_DIR": run_dir}
    world.sh(f"mkdir -m 755 {run_dir} && cd {run_dir} && " + STRANGERS)
    listing = world.sh(f"find {run_dir} | sort").out
    ended = world.nsbuild(*command, env=env, check=False)
    assert world.sh(f"find {run_dir} | sort").out == listing
    if command == ["gc"]:
        assert [line.rpartition("/")[2] for line in ended.out.splitlines()] == [
            f"{name}: is no lab's directory" for name in sorted(
                [".ssh", "My pictures", "empty", "lab.d", "private", "project"])]
    world.apply(PAIR, env=env)
    world.destroy(env=env)
    assert world.sh(f"find {run_dir} | sort").out == listing
    refused = world.nsbuild("apply", "--name", "project", world.topology(PAIR), env=env, code=1)
    assert f"{run_dir}/project is there, and is no lab's" in refused.err
    assert world.sh(f"find {run_dir} | sort").out == listing
    world.sh(f"rm -r {run_dir}")


def test_a_file_in_a_lab_s_directory_stays(world):
    world.apply(PAIR)
    world.sh("cd /run/nsbuild/lab && mkdir notes && touch notes/mine names.txt")
    assert sorted(line for line in gc(world).out.splitlines()) == [
        f"left alone: file /run/nsbuild/lab/{name}: is in a lab's directory, and not nsbuild's"
        for name in ("names.txt", "notes")]
    world.destroy()
    assert world.sh("cd /run/nsbuild && find . | sort").out.split() == [
        ".", "./lab", "./lab/names.txt", "./lab/notes", "./lab/notes/mine"]
    world.sh("rm -r /run/nsbuild")


def test_inits_whose_lab_is_gone(world):
    world.apply(SERVICES)
    world.sh("rm -rf /run/nsbuild; for n in a b; do ip netns del lab.$n; done")
    assert "lab lab: has no record" in gc(world).out
    assert world.leaks() == []


def test_a_host_end_whose_namespace_is_gone(world):
    world.apply(HOST)
    world.sh("ip -n lab.a link set eth0 netns 1; rm -rf /run/nsbuild")
    world.sh("pkill -9 -x nsbuild-init; ip netns del lab.a")
    assert "lab lab: has no record" in gc(world).out
    assert [link["ifname"] for link in world.ip_json(None, "link")] == ["lo", "sentinel"]
    world.sh("ip route del blackhole 10.99.0.0/16")  # only the record that was removed told whose it is


@pytest.mark.parametrize("boot", ["another", "this"])
def test_a_record_without_anything(world, boot):
    world.apply(RICH)
    if boot == "another":
        world.sh("sed -i 's/\"boot_id\": \".*\"/\"boot_id\": \"another\"/' /run/nsbuild/lab/journal.json")
    world.sh("cp -a /run/nsbuild /run/saved")
    world.destroy()
    world.sh("mv /run/saved /run/nsbuild; touch /run/netns/lab.client")
    words = "its record is of another boot" if boot == "another" else "nothing is left of it but its record"
    assert f"lab lab: {words}" in gc(world).out
    assert world.leaks() == []


def test_names_that_were_only_for_a_moment(world):
    world.apply(PAIR)
    world.sh("cd /run/nsbuild/lab && touch journal.json.new names.new visitor-999999-abcdef visitor-1-abcdef; "
             "mkdir -p ../.nsbuild-removes.lab/log; touch ../.nsbuild-removes.lab/log/x; mkdir ../.nsbuild-removes.gone")
    ended = gc(world)
    assert sorted(re.findall(r"^  file +(\S+)$", ended.out, re.M)) == [
        "/run/nsbuild/.nsbuild-removes.gone", "/run/nsbuild/.nsbuild-removes.lab", "/run/nsbuild/lab/journal.json.new", "/run/nsbuild/lab/names.new",
        "/run/nsbuild/lab/visitor-999999-abcdef"], ended
    assert world.sh("cd /run/nsbuild && ls -A . lab").out.split() == [
        ".:", "lab", "lab:", "journal.json", "lock", "names", "visitor-1-abcdef"], "the PID of that visitor lives"
    world.destroy()


def test_a_spawner_that_outlived_its_nsbuild(world):
    path = world.topology("namespaces: {x: }\nservices: {s: {namespace: x, oneshot: true, command: [sleep, '1006']}}\n")
    apply, pid = world.background([BINARY, "apply", path])
    spawner = eventually(lambda: world.sh("pgrep -x nsbuild-spawner || :").out.split(), "no spawner")[0]
    eventually(lambda: world.sh("pgrep -x sleep || :").out.split(), "no service")
    world.sh(f"kill -STOP {spawner}; kill -9 {pid}")
    apply.communicate()
    ended = gc(world)
    assert f"pid {spawner} (nsbuild-init" in ended.out and "has outlived its nsbuild" in ended.out, ended
    eventually(lambda: not world.leaks(), lambda: str(world.leaks()))


LOOKALIKES = [
    ("namespace", "ip netns add lab.client", "ip netns del lab.client", "namespace /run/netns/lab.client: is not"),
    ("link to a pin", "ip netns add mine; ln -s mine /run/netns/lab.client",
     "rm /run/netns/lab.client; ip netns del mine", "namespace /run/netns/lab.client"),
    ("device", "ip link add up0 type veth peer name up1", "ip link del up0", "device up0: has the name of an end of lab"),
    ("alias", "ip link add up5 type veth peer name up6; ip link set up5 alias nsbuild:lab", "ip link del up5",
     "device up5: has the alias of lab lab"),
    ("group", "ip link add up5 group 1853055605 type veth peer name up6", "ip link del up5", "device up5: is in nsbuild's"),
    ("route", "ip route add blackhole 10.98.0.0/16 proto 110", "ip route del blackhole 10.98.0.0/16",
     "route host 10.98.0.0/16: has nsbuild's protocol"),
    ("rule", "ip rule add from 10.9.9.9 table 9 protocol 110", "ip rule del from 10.9.9.9 table 9", "has nsbuild's protocol"),
    ("process", "cp /bin/sleep /run/nsbuild-init; /run/nsbuild-init 1007 >/dev/null 2>&1 &",
     "pkill -x nsbuild-init; rm /run/nsbuild-init", "is called nsbuild-init, and is not nsbuild's"),
    ("file", "mkdir -m 700 -p /run/nsbuild; ln -s /etc /run/nsbuild/other", "rm /run/nsbuild/other",
     "file /run/nsbuild/other: is no lab's directory"),
]


@pytest.mark.parametrize("kind, make, undo, words", LOOKALIKES, ids=[row[0] for row in LOOKALIKES])
@pytest.mark.parametrize("crashed", [True, False], ids=["crashed", "healthy"])
def test_what_only_looks_like_ours_stays(world, crashed, kind, make, undo, words):
    """Beside a lab that crashed before it came to make what the stranger made, or that is up."""
    text = HOST.replace("  a:\n", "  a:\n  client:\n") if crashed else PAIR
    if crashed:
        kill_at(world, "mkdir", 3, "apply", world.topology(text))  # /run/netns: its record is written, nothing is made
    else:
        world.apply(PAIR)
        if kind == "device":
            words = None  # no record tells of such a device
    world.sh(make)
    state = netstate.comparable(world)
    stranger = world.sh("ls -l /run/netns; pgrep -x nsbuild-init || :").out if kind != "process" else ""
    ended = gc(world)
    lines = [line for line in ended.out.splitlines() if line.startswith("left alone: ")]
    assert len(lines) == (1 if words else 0) and all(words in line for line in lines), ended
    assert netstate.difference(state, netstate.comparable(world)) == []
    assert not stranger or stranger == world.sh("ls -l /run/netns; pgrep -x nsbuild-init || :").out
    if not crashed:
        world.destroy()
        assert world.leaks() != [], "it stays when the lab is destroyed, too"
    world.sh(undo + "; rmdir /run/nsbuild 2>/dev/null || :")
    eventually(lambda: not world.leaks(), lambda: str(world.leaks()))


def test_what_somebody_holds_remains(world):
    kill_at(world, "rename,renameat,renameat2", 2, "apply", world.topology(PAIR))
    holder, pid = world.background(["ip", "netns", "exec", "lab.a", "sh", "-c", "echo inside; exec sleep 1004"])
    assert holder.stdout.readline() == "inside\n"
    for _ in range(2):
        ended = gc(world, code=3)
        assert "this remains: lab lab: " in ended.err and f"held by pid {pid} (sleep 1004)" in ended.err, ended
    world.kill_in(pid)
    holder.communicate()
    gc(world)
    assert world.leaks() == []


def test_json(world):
    kill_at(world, "rename,renameat,renameat2", 2, "apply", world.topology(HOST))
    document = gc(world, "--dry-run", "--json").json
    assert document["version"] == 1 and document["left"] == document["errors"] == document["remaining"] == []
    lab, = document["garbage"]
    assert lab["lab"] == "lab" and lab["why"] == "its first apply was killed"
    assert lab["things"] == world.residue("lab")
    gc(world)
    assert world.leaks() == []
