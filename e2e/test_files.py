"""Mounts, files, roots and devices of services, and whom they run as."""
import json
import re

import pytest

from lib import ptrace, tree
from lib.sweep import STRIKE
from lib.world import BINARY, eventually, sanitizer

SERVICE = """
namespaces: {here: }
services:
  probe:
    namespace: here
    command: [sleep, infinity]
"""


def service(body):
    return SERVICE + "".join(f"    {line}\n" for line in body.strip("\n").splitlines())


def inside(world, script, **options):
    return world.nsbuild("exec", "probe", "--", "sh", "-c", script, **options).out


@pytest.fixture
def root(world):
    return tree.make(world.dir / "tree")


def test_a_tree_is_a_machine_of_its_own(world, root):
    before = tree.listing(root)
    world.apply(service("""
rootfs: ./tree
files: {/etc/app/conf: {content: "mine\\n", owner: "web:inside"}}
mounts: [{type: tmpfs, target: /var/cache}]
user: web
groups: [other]
"""))
    assert inside(world, "cat /etc/who /etc/app/conf; ls -A /run; cat /proc/1/comm; ls /sys/class/net") == \
        "the tree\nmine\nnsbuild-init\nlo\n"
    assert "here" in inside(world, "cat /etc/hosts")
    assert inside(world, "ls -d /home /boot /srv 2>/dev/null || :") == ""  # what only the machine has
    assert "/init" not in inside(world, "readlink /proc/1/root /proc/self/root")
    # Nothing of the machine's is mounted in there but its /dev and what belongs on a /sys.
    mounts = inside(world, "cat /proc/self/mountinfo").splitlines()
    points = {line.split()[4] for line in mounts}
    assert {"/", "/proc", "/sys", "/dev", "/run", "/etc/hosts", "/var/cache"} <= points
    assert {p for p in points if not re.match(r"/(dev|sys)(/|$)", p)} == \
        {"/", "/proc", "/run", "/etc/hosts", "/var/cache"} | {p for p in points if p.startswith("/etc/")}
    groups = world.sh("grep -h Groups: $(grep -lz '^sleep' /proc/[0-9]*/cmdline | sed 's/cmdline/status/')").out
    assert groups.split() == ["Groups:", "701", "705", "706"]
    init = world.nsbuild("status", "--json").json["labs"][0]["services"][0]["pid"]
    assert world.sh(f"cat /proc/{init}/root/etc/who").out == "the tree\n"
    # The machine's mounts do not come in afterwards, and none goes out.
    world.sh(f"mkdir -p /run/later && mount -t tmpfs later {root}/usr/sbin")
    assert "later" not in inside(world, "cat /proc/mounts")
    world.sh(f"umount {root}/usr/sbin; rmdir /run/later")
    world.destroy()
    assert world.leaks() == []
    assert tree.listing(root) == before


def test_root_modes(world, root):
    for name in ("proc", "sys", "dev", "run", "data"):
        (root / name).mkdir()
    (root / "etc/hosts").touch()
    shared = service("rootfs: ./tree\nroot_mode: shared")
    world.apply(shared)
    inside(world, "echo x > /data/shared")
    assert (root / "data/shared").read_text() == "x\n"
    world.apply(shared.replace("mode: shared", "mode: private"))  # a changed root replaces the service's init
    inside(world, "rm /data/shared; echo x > /data/private; echo y > /etc/who; mkdir -p /a/b; cat /data/private")
    assert inside(world, "cat /etc/who; ls /data /a") == "y\n/a:\nb\n\n/data:\nprivate\n"
    world.apply(shared.replace("mode: shared", "mode: read_only"))
    assert inside(world, "cat /etc/who; ls /data") == "the tree\nshared\n"
    assert inside(world, "for d in / /etc /data /run /dev/shm; do touch $d/nsbuild 2>/dev/null && echo $d; done"
                  ) == "/run\n/dev/shm\n"
    world.destroy()
    assert not (root / "a").exists() and (root / "etc/who").read_text() == "the tree\n"


@pytest.mark.parametrize("mode", ["private", "read_only"])
def test_the_machines_root_in_other_modes(world, mode):
    world.sh("mkdir /run/keep")
    world.apply(service(f"root_mode: {mode}\nfiles: {{/nowhere/file: {{content: mine}}}}"))
    tried = inside(world, "cat /nowhere/file; for d in / /etc /srv /tmp; do touch $d/nsbuild-e2e 2>/dev/null && "
                          "echo $d; done; touch /run/x && echo run; echo x > /dev/null && echo dev")
    assert tried == "mine" + ("/\n/etc\n/srv\n/tmp\n" if mode == "private" else "") + "run\ndev\n"
    outside = world.sh("ls -d /nsbuild-e2e /etc/nsbuild-e2e /srv/nsbuild-e2e /tmp/nsbuild-e2e /nowhere", check=False)
    assert outside.out == ""
    world.sh("touch /tmp/nsbuild-e2e-out && rm /tmp/nsbuild-e2e-out")
    world.destroy()
    world.sh("rmdir /run/keep")


def test_a_mount_that_no_overlay_can_go_over(world):
    """The kernel stacks two overlays: such a mount cannot be written any more, and what is mounted beside it can."""
    world.sh("""mkdir /run/a && mount -t tmpfs tmpfs /run/a && cd /run/a && mkdir 1 2 3 u v w x && mount -t tmpfs tmpfs /srv
        mount -t overlay overlay -o lowerdir=1:2,upperdir=u,workdir=w 3 &&
        mount -t overlay overlay -o lowerdir=3,upperdir=v,workdir=x /mnt && touch /mnt/deep""")
    world.apply(service("root_mode: private"))
    tried = inside(world, "for d in / /srv /mnt; do touch $d/nsbuild-e2e 2>/dev/null && echo $d; done; ls /mnt; touch /mnt/deep 2>&1 || :")
    assert tried == "/\n/srv\ndeep\ntouch: cannot touch '/mnt/deep': Read-only file system\n"
    world.destroy()
    assert world.sh("ls /srv /mnt").out == "/mnt:\ndeep\n\n/srv:\n"
    world.sh("umount /mnt /run/a/3 /srv /run/a && rmdir /run/a")


def test_a_tree_that_is_none(world):
    for command in ("validate", "plan", "apply"):
        ended = world.nsbuild(command, world.topology(service("rootfs: ./none")), code=2)
        assert re.search(r'lab.yaml:7:13: error: cannot use "\S+/none" as a root: No such file', ended.err), ended
    world.file("file", "x")
    assert "file" in world.apply(service("rootfs: ./file"), code=2).err
    assert world.leaks() == []


@pytest.mark.kernel
def test_a_minimal_dev(world):
    world.apply(service("dev: minimal"))
    assert inside(world, "ls /dev").split() == sorted(
        ["fd", "full", "mqueue", "net", "null", "ptmx", "pts", "random", "shm", "stderr", "stdin", "stdout", "tty",
         "urandom", "zero", *(["fuse"] if world.sh("ls /dev/fuse", check=False).code == 0 else [])])
    assert inside(world, "head -c 4 /dev/zero | wc -c; echo x > /dev/null; head -c 1 /dev/urandom | wc -c; "
                         "cat /dev/stdin < /dev/null; stat -c '%a %t:%T' /dev/null") == "4\n1\n666 1:3\n"
    world.nsbuild("exec", "probe", "--", "sh", "-c", "echo x > /dev/full", code=1)
    assert inside(world, "stat -c %G /dev/pts/ptmx; ls /dev/pts") == "root\nptmx\n"
    # A terminal is one of its own instance of devpts.
    shown = world.run(["script", "-qec", f"{BINARY} exec probe -- tty", "/dev/null"]).out
    assert re.search(r"/dev/pts/0\s", shown), shown  # the outer terminal may echo script(1)'s own end of input
    if world.sh("ls /dev/net/tun", check=False).code == 0:
        assert inside(world, "ip tuntap add t0 mode tun && ip -br link show t0").startswith("t0")
    inside(world, "echo x > /dev/shm/mine")
    assert world.sh("ls /dev/shm/mine", check=False).out == ""
    world.destroy()


def test_a_minimal_dev_where_no_device_can_be_made(world):
    """As in a user namespace: mknod(2) is refused, and what the machine has is bound."""
    if ptrace.missing() or sanitizer():
        pytest.skip(ptrace.missing() or sanitizer())
    path = world.topology(service("dev: minimal"))
    world.run([*STRIKE, world.dir / "log", "0.1.probe", "mknodat", "1", "EPERM+", "--", BINARY, "apply", path])
    assert json.loads((world.dir / "log").read_text())["met"]
    assert inside(world, "echo x > /dev/null; head -c 4 /dev/urandom | wc -c; head -c 4 /dev/zero | wc -c; "
                         "stat -c '%a %t:%T' /dev/null; grep -c ' /dev/null ' /proc/self/mountinfo") == "4\n4\n666 1:3\n1\n"
    world.nsbuild("plan", path, "--detailed-exitcode")
    world.destroy()


@pytest.mark.kernel
def test_overlays(world):
    for name in ("above/both", "above/one", "below/both", "below/two"):
        world.file(name, name)
    (world.dir / "kept").mkdir()
    text = service("""
mounts:
  - {type: overlay, target: /srv, lower: [./above, ./below]}
  - {type: overlay, target: /opt/kept, lower: ./below, upper: ./kept}
  - {type: overlay, target: /mnt, lower: ./below, read_only: true}
""")
    world.apply(text)
    assert inside(world, "cd /srv; ls; cat both; rm one; echo new > two; ls; "
                         "cd /opt/kept; rm two; echo new > both") == "both\none\ntwo\nabove/bothboth\ntwo\n"
    assert "Read-only" in world.nsbuild("exec", "probe", "--", "touch", "/mnt/x", code=1).err
    world.apply(text + "    environment: {A: b}\n")  # the process is replaced, what is mounted stays
    assert inside(world, "cat /opt/kept/both; ls /opt/kept") == "new\nboth\n"
    world.destroy()
    assert sorted(p.name for p in world.dir.iterdir()) == ["above", "below", "kept", "lab.yaml"]
    assert (world.dir / "kept/both").read_text() == "new\n" and (world.dir / "above/one").exists()
    world.apply(text)
    assert inside(world, "cat /opt/kept/both; ls /opt/kept") == "new\nboth\n"
    # An init that is killed cannot tidy up; the destroy does.
    init = world.nsbuild("status", "--json").json["labs"][0]["services"][0]["pid"]
    world.kill_in(world.sh(f"awk '/^PPid/ {{print $2}}' /proc/{init}/status").out.strip())
    eventually(lambda: "sleep infinity" not in world.sh("ps ax").out, "the service lives on")
    assert (world.dir / ".kept.nsbuild-work").exists()
    world.destroy()
    assert not (world.dir / ".kept.nsbuild-work").exists()


def test_an_overlay_that_cannot_be(world):
    (world.dir / "low").mkdir()
    (world.dir / "own").mkdir()
    text = service("mounts: [{type: overlay, target: /srv, lower: ./low, upper: ./own}]")
    ended = world.nsbuild("validate", world.topology(text.replace("own", "none")), code=2)
    assert re.search(r'error: cannot mount "\S+/none": No such file', ended.err), ended
    world.sh(f"mount -t tmpfs own {world.dir}/own")  # its work directory would be on another mount
    ended = world.apply(text, code=1)
    assert "mount overlay on /srv" in ended.err and "(EINVAL)" in ended.err, ended
    world.sh(f"umount {world.dir}/own")
    assert not (world.dir / ".own.nsbuild-work").exists()
    assert world.leaks() == []


def upper_of(name, *services):
    lines = [f"  {each}: {{namespace: here, command: [sleep, infinity], mounts: [{{type: overlay, target: /srv, "
             f"lower: ./low, upper: ./{name}}}]}}\n" for each in services]
    return "namespaces: {here: }\nservices:\n" + "".join(lines)


def keep(world, lab, name, text):
    return world.nsbuild("exec", f"{lab}/{name}", "--", "sh", "-c", f"echo {text} >/srv/{text} && ls /srv").out.split()


@pytest.fixture
def uppers(world):
    for name in ("low", "up", "other"):
        (world.dir / name).mkdir()
    (world.dir / "link").symlink_to("up")
    return world


def test_an_upper_of_two_labs(uppers):
    uppers.apply(upper_of("up", "one"))
    other = uppers.file("other.yaml", upper_of("link", "two"))
    refused = uppers.nsbuild("apply", other, code=1)
    assert "service two: upper " in refused.err and "of service one of lab lab" in refused.err, refused
    again = uppers.nsbuild("apply", uppers.dir / "lab.yaml", "--name", "copy", code=1)
    assert "of service one of lab lab" in again.err, again
    elsewhere = {"env": {"NSBUILD_RUN_DIR": "/run/elsewhere"}}
    third = uppers.nsbuild("apply", other, "--name", "third", code=1, **elsewhere)
    assert "of lab lab (in /run/nsbuild)" in third.err, third
    assert keep(uppers, "lab", "one", "a") == ["a"]  # it was not disturbed
    uppers.destroy()
    assert not (uppers.dir / ".up.nsbuild-work").exists()
    uppers.nsbuild("apply", other)
    assert keep(uppers, "other", "two", "b") == ["a", "b"]
    uppers.destroy("other")
    uppers.sh("rmdir /run/elsewhere", check=False)
    assert not (uppers.dir / ".up.nsbuild-work").exists()
    assert uppers.leaks() == []


def test_an_upper_of_a_service_that_was_killed(uppers):
    uppers.apply(upper_of("up", "one"))
    pid = uppers.nsbuild("status", "--json").json["labs"][0]["services"][0]["pid"]
    uppers.kill_in(uppers.sh(f"awk '/^PPid/ {{print $2}}' /proc/{pid}/status").out.strip())
    eventually(lambda: "sleep infinity" not in uppers.sh("ps ax").out, "the service lives on")
    other = uppers.file("other.yaml", upper_of("up", "two"))
    uppers.nsbuild("apply", other)
    uppers.destroy()  # what the first one left noted is another's now
    assert keep(uppers, "other", "two", "b") == ["b"]
    assert (uppers.dir / ".up.nsbuild-work").exists()
    uppers.destroy("other")
    assert not (uppers.dir / ".up.nsbuild-work").exists()
    assert uppers.leaks() == []


def test_an_upper_moves(uppers):
    two = upper_of("up", "one") + upper_of("other", "two").splitlines(True)[-1]
    uppers.apply(two)
    assert keep(uppers, "lab", "one", "a") == ["a"]
    swapped = two.replace("upper: ./up", "upper: ./x").replace("upper: ./other", "upper: ./up").replace("./x", "./other")
    uppers.apply(swapped)
    assert keep(uppers, "lab", "two", "b") == ["a", "b"]
    uppers.apply(upper_of("up", "three"))  # of one that goes to one that comes
    assert keep(uppers, "lab", "three", "c") == ["a", "b", "c"]
    uppers.apply(upper_of("other", "three") + upper_of("up", "four").splitlines(True)[-1])
    assert keep(uppers, "lab", "four", "d") == ["a", "b", "c", "d"]
    uppers.apply(upper_of("up", "three"))  # of one that goes to one that was there
    assert keep(uppers, "lab", "three", "e") == ["a", "b", "c", "d", "e"]
    uppers.destroy()
    assert uppers.leaks() == []


@pytest.mark.kernel
def test_shallow_binds_proc_and_terminals(world):
    world.file("data/sub/hidden", "hidden")
    world.sh(f"mount -t tmpfs tmpfs {world.dir}/data/sub && touch {world.dir}/data/sub/mounted")
    world.apply(service("""
mounts:
  - {source: ./data, target: /srv, recursive: false}
  - ./data:/opt
  - {type: proc, target: /mnt/proc, read_only: true}
  - {type: devpts, target: /mnt/pts}
"""))
    assert inside(world, "ls /srv/sub /opt/sub; cat /mnt/proc/1/comm; stat -c %a /mnt/pts/ptmx") == \
        "/opt/sub:\nmounted\n\n/srv/sub:\nhidden\nnsbuild-init\n666\n"
    world.destroy()
    world.sh(f"umount {world.dir}/data/sub")


def test_whom_it_runs_as(world):
    world.apply(SERVICE.replace("[sleep, infinity]", """|
      id -u; id -g; id -G; umask; nice; ulimit -Sn; ulimit -Hn; pwd
      exec sleep infinity""") + """
    user: nobody
    group: daemon
    groups: [mail, "4242"]
    umask: 027
    nice: 7
    rlimits: {nofile: {soft: 100, hard: 200}}
    working_dir: /usr
""")
    log = eventually(lambda: len(world.nsbuild("logs", "probe").out.splitlines()) == 8 and
                     world.nsbuild("logs", "probe").out, lambda: repr(world.nsbuild("logs", "probe")))
    assert log.splitlines() == ["65534", "1", "1 8 4242", "0027", "7", "100", "200", "/usr"]
    world.destroy()


def test_a_limit_that_cannot_be(world):
    ended = world.apply(service("rlimits: {nofile: 2000000000}"), code=1)
    assert re.search(r"rlimit nofile: hard limit 2000000000 cannot be raised above \d+: "
                     r"Operation not permitted \(EPERM\) \(\S*lab\.yaml:\d+\)", ended.err), ended
    assert "no such group" in world.apply(service("groups: [nobody-at-all]"), code=1).err
    assert world.leaks() == []


def test_files_of_any_bytes_and_places(world):
    world.file("bytes", bytes(range(256)) * 1000)
    world.apply(service("""
files:
  /opt/a/b/bytes: {source: bytes}
  /etc/resolv.conf: {content: "nameserver 10.0.0.1\\n"}
  /run/deep/file: {content: x, mode: 4755, owner: daemon}
"""))
    assert inside(world, f"cmp /opt/a/b/bytes {world.dir}/bytes && echo same; cat /etc/resolv.conf; "
                         "stat -c '%a %U:%G' /opt/a/b/bytes /run/deep/file") == \
        "same\nnameserver 10.0.0.1\n644 root:root\n4755 daemon:daemon\n"
    assert world.sh("ls -d /opt/a", check=False).out == ""
    world.destroy()
    ended = world.apply(service("files: {/srv: {content: x}}"), code=1)
    assert "file /srv: Is a directory (EISDIR)" in ended.err
    assert world.leaks() == []
