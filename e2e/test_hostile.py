"""Links, paths and records that somebody laid out beforehand: root writes and removes nothing outside."""
import json
import os

import pytest

from lib.topologies import HOST, PAIR, SERVICES
from lib.world import BINARY


ONE = "namespaces: {a: }\nservices: {web: {namespace: a, command: [sleep, '1000']}}\n"


@pytest.fixture
def victim(world):
    """A directory that may not change: what is in it is what root would overwrite or remove elsewhere."""
    path = world.dir / "victim"
    path.mkdir()
    for name in ("a", "web", "passwd", "journal.json", "lock", "names"):
        (path / name).write_text("theirs\n")
    (path / "d").mkdir()
    (path / "d/x").write_text("theirs\n")

    def listing():
        return world.sh('find "$1" -printf "%P %y %m %s %T@ %l\\n" | sort', path).out

    before = listing()
    yield path
    assert listing() == before


def run_dir(world, mode="700"):
    world.sh(f"mkdir -p -m {mode} /run/nsbuild")


COMMANDS = [["apply", "LAB"], ["destroy", "lab"], ["gc"], ["status"], ["status", "--residue"], ["exec", "a", "--", "true"],
            ["logs", "web"], ["restart", "web"], ["plan", "LAB"], ["run", "LAB", "--", "true"]]


@pytest.mark.parametrize("kind, make", [
    ("world-writable", "mkdir -m 777 $D"), ("group-writable", "mkdir -m 770 $D"), ("another's", "mkdir $D; chown nobody $D"),
    ("a link", "mkdir $D.real; ln -s $D.real $D"), ("a file", "touch $D"),
    ("below another's", "mkdir -p $D; chown nobody $D; D=$D/run"),
    ("below a world-writable one", "mkdir $D; chmod 777 $D; D=$D/run; mkdir $D"),
    ("behind another's link", "mkdir -p $D.real; ln -s $D.real $D; chown -h nobody $D; D=$D/run"),
])
def test_a_state_directory_that_is_not_roots_alone_is_refused(world, kind, make):
    base = world.dir / "state"
    env = {"NSBUILD_RUN_DIR": world.sh(f'D="$1"; {make}; echo "$D"', base).out.strip()}
    before = world.sh('find "$1" -printf "%P %y %m\\n" | sort', world.dir).out
    path = world.topology(ONE)
    before += "lab.yaml f 644\n"
    for command in COMMANDS:
        ended = world.nsbuild(*[path if word == "LAB" else word for word in command], env=env, check=False)
        assert ended.code in (1, 125) and str(base) in ended.err, ended
        after = world.sh('find "$1" -printf "%P %y %m\\n" | sort', world.dir).out
        assert sorted(after.splitlines()) == sorted(before.splitlines()), command


def test_the_state_directory_is_roots_alone(world):
    """Whatever the umask is. What services read is readable, below directories that only they are shown."""
    path = world.topology(HOST)
    world.has_run_nsbuild = True
    world.sh('umask 000; exec "$1" apply "$2"', BINARY, path)
    modes = dict(line.split(" ", 1)[::-1] for line in world.sh(
        "find /run/nsbuild -printf '%m:%u:%g %P\\n'").out.splitlines())
    assert modes[""] == modes["lab"] == "700:root:root"
    assert {modes[f"lab/{name}"] for name in ("journal.json", "lock", "names")} == {"600:root:root"}
    assert all(not int(mode.split(":")[0], 8) & 0o022 for mode in modes.values()), modes
    world.destroy()


def test_a_state_directory_behind_roots_own_link_is_fine(world):
    world.sh('mkdir "$1/real"; ln -s real "$1/link"', world.dir)
    env = {"NSBUILD_RUN_DIR": str(world.dir / "link/run")}
    world.apply(SERVICES, env=env)
    assert world.nsbuild("plan", world.dir / "lab.yaml", "--detailed-exitcode", env=env).code == 0
    assert world.nsbuild("gc", env=env).out == ""
    world.destroy(env=env)
    assert world.sh('ls "$1/real"', world.dir).out == ""


def test_a_state_directory_with_a_path_too_long_for_a_mark(world):
    """`nsbuild:lab PATH` has to fit into an alias of 254 bytes; one byte more is refused in words."""
    parent = f"{world.dir}/{'d' * 100}/"

    def path_of(size):
        return parent.ljust(size, "e")

    world.has_run_nsbuild = True
    for size in (243, 300):
        ended = world.apply(ONE, code=1, env={"NSBUILD_RUN_DIR": path_of(size)})
        assert f"a path of {size} bytes" in ended.err and "may have 242" in ended.err, ended
        assert world.namespaces() == [] and world.sh('ls "$1"', world.dir).out == "lab.yaml\n"
    env = {"NSBUILD_RUN_DIR": path_of(242)}
    world.apply(ONE, env=env)
    assert world.nsbuild("plan", world.dir / "lab.yaml", "--detailed-exitcode", env=env).code == 0
    world.destroy(env=env)


def test_a_sticky_directory_above_is_fine(world):
    world.sh('mkdir -m 1777 "$1/sticky"', world.dir)
    env = {"NSBUILD_RUN_DIR": str(world.dir / "sticky/run")}
    world.apply(PAIR, env=env)
    world.destroy(env=env)


@pytest.mark.parametrize("name", ["", "hosts", "resolv.conf", "log", "overlay", "hosts/a", "resolv.conf/a", "log/web",
                                  "journal.json", "journal.json.new", "lock", "names", "names.new", "sysctls"])
def test_a_link_in_the_state_directory(world, victim, name):
    """While a lab is up, and before it is made. Where it leads stays as it is; the lab is put right by taking it away."""
    text = ONE.replace("{a: }", "{a: {dns: {servers: [10.0.0.1]}, sysctls: {net.ipv4.ip_forward: 1}}}")
    path = world.topology(text)
    file = victim / name.removesuffix(".new").rpartition("/")[2]
    target = file if file.is_file() else victim
    link = "/run/nsbuild/lab" + (f"/{name}" if name else "")
    for command in (["restart", "lab/web"], ["apply", path], ["gc"], ["destroy", "lab"]):
        world.apply(path)
        world.sh('umask 077; [ ! -e "$1" ] || mv "$1" /run/aside; mkdir -p "$(dirname "$1")"; ln -s "$2" "$1"', link, target)
        refused_well(world.nsbuild(*command, check=False))
        world.sh('[ ! -L "$1" ] || rm "$1"; if [ -e /run/aside ]; then rm -rf "$1"; mkdir -p "$(dirname "$1")"; '
                 'mv /run/aside "$1"; fi', link)
        world.destroy()
    world.sh('umask 077; mkdir -p "$(dirname "$1")"; ln -s "$2" "$1"', link, target)
    refused_well(world.apply(path, check=False))
    world.sh('[ ! -L "$1" ] || rm "$1"', link)
    world.destroy()
    world.sh("rm -rf /run/nsbuild")


def refused_well(ended):
    words = ("symbolic link", "ELOOP", "not a directory", "no service", "no lab")
    assert ended.code == 0 or any(word in ended.err for word in words), ended


@pytest.mark.parametrize("name", ["../x", "..", ".", "a/b", "/etc", "", "a b", "x\n", "é"])
def test_a_labs_name_is_no_path(world, name):
    path = world.topology(PAIR)
    for argv in (["apply", path, "--name", name], ["status", name, "--residue"], ["exec", f"{name}/a", "--", "true"],
                 ["logs", f"{name}/a"], ["restart", f"{name}/a"], ["plan", path, "--name", name]):
        if name == "" and argv[0] == "status":
            continue
        ended = world.nsbuild(*argv, check=False)
        assert ended.code in (2, 125), ended
    text = world.file("named.yaml", f"name: {json.dumps(name)}\n" + PAIR)
    if name:
        assert world.apply(text, check=False).code == 2
    for argv in (["status"], ["gc"]):
        if name and name != "":
            world.nsbuild(*argv, env={"NSBUILD_LAB": name}, check=False)
    assert world.leaks() == []


@pytest.mark.parametrize("text", [
    "namespaces: {'../a': }", "namespaces: {a/b: }", "namespaces: {'..': }", "namespaces: {a: }\nnetworks: {'../n': }",
    "namespaces: {a: }\nservices: {'../s': {namespace: a, command: [sleep, '1']}}",
    "namespaces: {a: }\nservices: {s/t: {namespace: a, command: [sleep, '1']}}",
])
def test_no_name_of_a_file_is_a_path(world, text):
    assert world.apply(text + "\n", check=False).code == 2
    assert world.leaks() == []


TREE_LINKS = [("etc/motd", "/outside/motd"), ("etc/motd", "../../../../../../../../../../outside/motd"), ("srv", "/outside"),
              ("srv", "../../../../../../../../../../../outside")]


@pytest.mark.parametrize("link, target", TREE_LINKS, ids=lambda value: value.replace("../", "^"))
@pytest.mark.parametrize("mode", ["shared", "private"])
def test_a_link_in_a_rootfs(world, victim, link, target, mode):
    """It leads to somewhere in the tree, and nowhere else; and nothing is written in the tree."""
    from lib import tree
    root = tree.make(world.dir / "tree")
    place = root / link
    if place.exists():
        place.rmdir() if place.is_dir() else place.unlink()
    place.parent.mkdir(exist_ok=True)
    place.symlink_to(target.replace("outside", str(victim).lstrip("/")))
    before = tree.listing(root)
    inside = "/etc/motd" if link == "etc/motd" else "/srv/file"
    world.apply(f"""
        namespaces: {{a: }}
        services:
          s:
            namespace: a
            rootfs: {root}
            root_mode: {mode}
            command: [sleep, '1000']
            files: {{{inside}: {{content: ours}}, /srv/deep/er/file: {{content: ours}}}}
            mounts: [{{type: tmpfs, target: /srv/mounted}}]
        """)
    for path in (inside, "/srv/deep/er/file"):
        assert world.nsbuild("exec", "lab/s", "--", "cat", path).out == "ours"
    world.destroy()
    assert tree.listing(root) == before


@pytest.mark.parametrize("target", ["/tmp/x/file", "/tmp/x/passwd", "/tmp/x/new/file"])
@pytest.mark.parametrize("kind", ["file", "bind", "tmpfs"])
def test_a_link_in_a_target_on_the_machine(world, victim, target, kind):
    """The service sees its file where the link leads; the machine does not."""
    world.sh('mount -t tmpfs t /tmp -o mode=1777; mkdir -p "$1"; mount --bind "$1" "$1" 2>/dev/null || :; umount "$1" 2>/dev/null'
             ' || :; umount /tmp', world.dir)
    link = world.dir / "x"
    link.symlink_to(victim)
    inside = target.replace("/tmp/x", str(link))
    source = world.file("source", "ours\n")
    what = {"file": f"files: {{{inside}: {{content: ours}}}}", "bind": f"mounts: ['{source}:{inside}']",
            "tmpfs": f"mounts: [{{type: tmpfs, target: {inside}-dir}}]"}[kind]
    world.apply(f"namespaces: {{a: }}\nservices: {{s: {{namespace: a, command: [sleep, '1000'], {what}}}}}\n")
    if kind != "tmpfs":
        assert world.nsbuild("exec", "s", "--", "cat", inside).out.strip() == "ours"
    world.destroy()


def test_a_work_directory_that_somebody_made_beforehand(world, victim):
    shared = world.dir / "shared"
    (shared / "upper").mkdir(parents=True)
    shared.chmod(0o777)
    lower = world.dir / "lower"
    lower.mkdir()
    work = shared / ".upper.nsbuild-work"
    work.symlink_to(victim)
    text = (f"namespaces: {{a: }}\nservices: {{s: {{namespace: a, command: [sleep, '1000'], mounts: [{{type: overlay, "
            f"lower: [{lower}], upper: {shared}/upper, target: /srv}}]}}}}\n")
    assert "is not nsbuild's" in world.apply(text, code=1).err
    work.unlink()
    work.mkdir()
    world.sh('chown nobody "$1"', work)
    assert "is not nsbuild's" in world.apply(text, code=1).err
    assert work.is_dir()
    world.sh('rmdir "$1"', work)


def test_notes_of_work_directories_that_lead_elsewhere(world, victim):
    """One of a lab is called like it, is a directory of root's and says no other holder; all else stays."""
    world.apply(ONE)
    place = world.dir / "place"
    for name in (".held.nsbuild-work", ".users.nsbuild-work", ".ours.nsbuild-work"):
        (place / name / "work").mkdir(parents=True)
    (place / ".held.nsbuild-work/holder").symlink_to("/run/other/lab/web")
    os.chown(place / ".users.nsbuild-work", 1000, 1000)
    (place / ".link.nsbuild-work").symlink_to(victim / "d")
    (place / ".file.nsbuild-work").write_text("theirs\n")
    world.sh('cd /run/nsbuild/lab && mkdir -p overlay/web && ln -s "$1" overlay/web/a && ln -s "$1/d" overlay/web/b && '
             'ln -s "$1" overlay/other; for work in "$2"/.*.nsbuild-work; do ln -s "$work" overlay/web/; done', victim, place)
    before = {path for path in place.rglob("*")}
    world.destroy()
    ours = place / ".ours.nsbuild-work"
    assert {path for path in place.rglob("*")} == before - {ours, ours / "work"}
    assert world.leaks() == []


def test_links_of_etc_netns(world, victim):
    """They are the machine's: what is behind them is seen inside, as ip-netns(8) would show it, and stays as it is."""
    (victim.parent / "netns").mkdir()
    (victim.parent / "netns/resolv.conf").symlink_to(victim / "passwd")
    world.sh('mount -t tmpfs t /mnt; mkdir /mnt/u /mnt/w; mount -t overlay o -o lowerdir=/etc,upperdir=/mnt/u,workdir=/mnt/w '
             '/etc; mkdir -p /etc/netns; ln -s "$1" /etc/netns/lab.a', victim.parent / "netns")
    world.apply(ONE)
    assert world.nsbuild("exec", "web", "--", "cat", "/etc/resolv.conf").out == "theirs\n"
    world.nsbuild("exec", "web", "--", "sh", "-c", "echo mine >/etc/resolv.conf || :")
    assert world.nsbuild("exec", "ns:a", "--", "cat", "/etc/resolv.conf").out == "theirs\n"
    world.destroy()
    world.sh("umount /etc; umount /mnt")


def test_pins_that_are_links(world, victim):
    world.sh('ip netns add mine; ln -s mine /run/netns/lab.a; ln -s "$1/passwd" /run/netns/lab.b', victim)
    refused = world.apply(PAIR, code=1)
    assert "lab.a" in refused.err and "lab.b" in refused.err, refused
    world.destroy()
    assert world.sh("ls /run/netns").out.split() == ["lab.a", "lab.b", "mine"]
    world.sh("ip netns exec mine true; rm /run/netns/lab.a /run/netns/lab.b; ip netns del mine")


def test_a_second_name_for_a_pin_costs_nobody_his_namespace(world):
    world.apply(HOST)
    world.sh("ln -s lab.a /run/netns/lab.nick")
    assert world.changes(HOST) == []
    world.apply(HOST)
    assert world.link("a", "eth0")["ifname"] == "eth0"
    world.sh("rm /run/netns/lab.nick")
    world.destroy()
