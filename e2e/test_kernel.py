"""What depends on the kernel: the devices that programs bring into a lab themselves, and which not every kernel has. The tests
marked `kernel`, here and in the other files, are what scripts/test-vm runs on the kernels of docs/kernels.md: every kind of
resource, of namespace and of fault at least once."""
import re

import pytest

from lib import facts, inventory, strace
from lib.topologies import PAIR
from lib.verdict import SIGNALS, judge, names_the_step
from lib.world import BINARY, eventually, sanitizer

pytestmark = pytest.mark.kernel

LAB = """
namespaces: {a: , b: }
links: [{endpoints: {a:eth0: 10.0.0.1/24, b:eth0: 10.0.0.2/24}}]
"""
# What the kernel may lack, and how a lab's user brings it in: the namespace, and the command.
DEVICES = {
    "dummy": ("a", "ip link add dummy7 type dummy"),
    "vlan": ("a", "ip link add link eth0 name vlan7 type vlan id 7"),
    "vrf": ("a", "ip link add vrf7 type vrf table 77"),
    "ipvlan": ("a", "ip link add link eth0 name ipvlan7 type ipvlan mode l2"),
    "macvlan": ("b", "ip link add link eth0 name macvlan7 type macvlan mode bridge"),
    "bond": ("a", "ip link add bond7 type bond mode active-backup"),
    "vxlan": ("a", "ip link add vxlan7 type vxlan id 7 dstport 4789 remote 10.0.0.2"),
    "wireguard": ("a", "ip link add wireguard7 type wireguard"),
    "gre": ("a", "ip link add gre7 type gre local 10.0.0.1 remote 10.0.0.2"),
    "ifb": ("a", "ip link add ifb7 type ifb"),
    "netem": ("a", "tc qdisc add dev eth0 root netem delay 30ms"),
    "tbf": ("b", "tc qdisc add dev eth0 root tbf rate 10mbit burst 10k latency 50ms"),
}
UNKNOWN = ("Unknown device type", "qdisc kind is unknown", "Operation not supported")
LOOK = "ip -d -o link | sed 's/mtu.*//'; tc qdisc show dev eth0"  # names, kinds, masters; what counts packets left out


def bring(world, *kinds):
    """Returns which of them this kernel has."""
    found = []
    for kind in kinds:
        place, command = DEVICES[kind]
        ended = world.in_ns(place, "sh", "-c", command, check=False)
        assert ended.code == 0 or any(word in ended.err for word in UNKNOWN), ended
        found += [kind] if ended.code == 0 else []
    return found


def skip_without(*kinds):
    if kinds:
        pytest.skip(f"this kernel has no {', '.join(kinds)}")


def test_what_somebody_brings_in_is_left_alone_and_goes_with_its_namespace(world):
    """A stranger's device in a lab is no drift, outlives a change of the lab, and is no obstacle to its end, also where it holds
    on to one of ours."""
    world.apply(LAB)
    found = bring(world, *DEVICES)
    before = [world.in_ns(place, "sh", "-c", LOOK).out for place in "ab"]
    assert [kind for kind in found if f"{kind}7" not in before[0] + before[1] and kind not in ("netem", "tbf")] == []
    assert world.changes(LAB) == []
    world.apply(LAB.replace("10.0.0.1/24", "[10.0.0.1/24, 10.0.0.3/24]"))
    assert [world.in_ns(place, "sh", "-c", LOOK).out for place in "ab"] == before
    world.in_ns("a", "ping", "-c1", "-W9", "10.0.0.2")
    world.destroy()
    assert world.leaks() == []
    skip_without(*(kind for kind in DEVICES if kind not in found))


def test_devices_that_a_new_namespace_has_already(world):
    """Modules of tunnels put one into every new namespace (net.core.fb_tunnels_only_for_init_net), on an index that we would
    have taken; scripts/test-vm loads two of them."""
    if not any("@NONE" in line for line in world.run(["ip", "-o", "link"]).out.splitlines()):
        skip_without("tunnel device in new namespaces")
    world.apply(PAIR)
    assert world.changes(PAIR) == []
    assert len(world.ip_json("a", "link")) > 2, "there was no such device"
    world.destroy()
    assert world.leaks() == []


def test_netem_delays(world):
    world.apply(LAB)
    if not bring(world, "netem"):
        world.destroy()
        skip_without("netem")
    answer = world.in_ns("a", "ping", "-c2", "-i0.2", "-W9", "10.0.0.2").out
    fastest = float(answer.rsplit("= ", 1)[1].split("/")[0])
    assert fastest >= 30, answer
    world.destroy()


def test_wireguard_in_the_kernel(world):
    """Two oneshots make a tunnel of the kernel's own; packets pass encrypted, and a second apply leaves it alone."""
    world.apply(LAB)
    if not bring(world, "wireguard"):
        world.destroy()
        skip_without("wireguard")
    world.in_ns("a", "ip", "link", "del", "wireguard7")
    source = LAB + "services:\n"
    for place, own, other, port in (("a", 1, 2, 5101), ("b", 2, 1, 5102)):
        source += f"""  tunnel-{place}:
    namespace: {place}
    oneshot: true
    command: |
      set -e
      ip link add wg0 type wireguard
      wg set wg0 listen-port {port} private-key /keys/{own} \\
        peer "$(wg pubkey </keys/{other})" allowed-ips 192.168.9.{other}/32 endpoint 10.0.0.{other}:{5100 + other}
      ip address add 192.168.9.{own}/24 dev wg0
      ip link set wg0 up
    files:
      /keys/1: {{content: "{'A' * 42}E=\\n"}}
      /keys/2: {{content: "{'B' * 42}E=\\n"}}
"""
    world.apply(source)
    world.in_ns("a", "ping", "-c1", "-W9", "192.168.9.2")
    assert "latest handshake" in world.in_ns("b", "wg", "show").out
    assert world.changes(source) == []
    world.destroy()
    assert world.leaks() == []


def test_doctor_finds_nothing_missing_that_is_needed(world):
    """What it says of optional things must agree with what ip(8) can do here."""
    ended = world.nsbuild("doctor", check=False)
    assert ended.code == 0, ended
    claims = {name: said for said, name in re.findall(r"^  (yes|no) +([^:]+?)(?::.*)?$", ended.out, re.MULTILINE)}
    world.apply(LAB)
    for name, kind in (("WireGuard", "wireguard"), ("VRFs", "vrf"), ("VLANs", "vlan"), ("dummy devices", "dummy"),
                       ("macvlan", "macvlan"), ("VXLAN", "vxlan"), ("netem", "netem")):
        assert claims[name] == ("yes" if bring(world, kind) else "no"), ended
    world.destroy()


def test_a_host_end_survives_next_to_strangers_devices(world):
    """In the caller's own namespace: a stranger's bridge, VLAN or bond on which our host end is a port stays when the lab goes."""
    world.sh("ip link add mine type bridge && ip link set mine up")
    source = "namespaces: {a: }\nlinks: [{endpoints: {host:up0: 10.0.0.1/24, a:eth0: 10.0.0.2/24}}]\n"
    world.apply(source)
    world.sh("ip link set up0 master mine")
    eventually(lambda: world.changes(source) == [], "a port of a stranger's bridge is taken for drift")
    world.destroy()
    assert [line for line in inventory.difference(world.start, inventory.take(world)) if "mine" not in line
            and line != "files: left behind: /run/nsbuild d"] == []
    world.sh("ip link del mine")


SERVED = PAIR + """
services:
  web: {namespace: a, command: [sleep, infinity], files: {/etc/motd: {content: hello}}, ready: {command: [test, -e, /etc/motd]}}
"""


@pytest.mark.parametrize("calls, step, fault", [
    ("unshare", 1, "error=ENOSPC"), ("mount", 1, "error=ENOMEM"), ("mount", 1, "error=EPERM"), ("mkdirat", 1, "error=EEXIST"),
    ("move_mount", 1, "error=EBUSY"), ("sendto,sendmsg", 6, "error=ENOBUFS"), ("vfork", 1, "error=EAGAIN"),
    ("sendto,sendmsg", 6, "signal=KILL"), *(("sendto,sendmsg", 6, f"signal={name}") for name in SIGNALS)])
def test_faults(world, calls, step, fault):
    """One of every class: the full sweep over all calls does not depend on the kernel that much."""
    path = world.topology(SERVED)
    ended = strace.inject(world, calls, f"{fault}:when={step}", [BINARY, "apply", path])
    what = fault.partition("=")[2]
    if what == "KILL":
        assert ended.code == 128 + 9, ended
    else:
        is_put_back(world, ended, what)
    comes_and_goes(world, path)


def is_put_back(world, ended, error):
    assert ended.code == 1 and (error in SIGNALS or names_the_step(ended.err, error, "")), ended
    assert world.leaks() == [], ended


def comes_and_goes(world, path):
    world.apply(path)
    assert world.changes(path) == []
    world.destroy()
    assert world.leaks() == []


def test_what_a_fault_leaves_is_named(world):
    """A pin that cannot be unlinked (EBUSY), for good: exit code 3, and the list is exact."""
    nothing = facts.same(world)
    path = world.topology("namespaces: {a: }")  # where every process costs, one pin is enough
    world.apply(path)
    ended = strace.inject(world, "unlink", "error=EBUSY:when=1+", [BINARY, "destroy", "lab"])
    assert ended.code == 3 and judge(world, ended, "EBUSY", nothing, {}) == "error: what remains is named", ended
    comes_and_goes(world, path)


# Of what a command is given too little: how that is made ready, how the command is started, what it says, and what is cleared
# away. Processes are counted by cgroup v2's pids.max, or where that has no such controller, by cgroup v1's.
DISK = ("mkdir /run/small && mount -t tmpfs -o nr_blocks=3,mode=755 tmpfs /run/small",
        "export NSBUILD_RUN_DIR=/run/small/state", "ENOSPC", "rmdir /run/small/state; umount /run/small && rmdir /run/small")
DESCRIPTORS = (":", "ulimit -n 14", "EMFILE", ":")
PROCESSES = ("""set -e
mkdir "/sys/fs/cgroup/$1" && ln -s "/sys/fs/cgroup/$1" /run/few
[ ! -e /run/few/pids.max ] || exit 0
rmdir "/sys/fs/cgroup/$1" && rm /run/few
mkdir /run/pids && mount -t cgroup -o pids pids /run/pids && mkdir "/run/pids/$1" && ln -s "/run/pids/$1" /run/few""",
             "echo 3 > /run/few/pids.max && echo $$ > /run/few/cgroup.procs", "EAGAIN",
             "rmdir $(readlink /run/few) && rm /run/few && { [ ! -e /run/pids ] || { umount /run/pids && rmdir /run/pids; }; }")


@pytest.mark.parametrize("before, limit, error, after", [DISK, DESCRIPTORS, PROCESSES], ids=["disk", "descriptors", "processes"])
def test_scarcity(world, before, limit, error, after):
    if error == "EMFILE" and sanitizer():
        pytest.skip(sanitizer())
    world.sh(before, world.dir.name)
    path = world.topology(SERVED)
    ended = world.sh(f'{limit} && exec "$@"', BINARY, "apply", path, check=False)
    world.sh(after)
    is_put_back(world, ended, error)
    comes_and_goes(world, path)


def test_sockets_are_found(world):
    """sock_diag(7) of every family that `ready` asks for."""
    listen = "import socket, time; {}; time.sleep(1000)"
    ways = {
        "tcp": ("{tcp: 8080}", "s = socket.socket(); s.bind(('', 8080)); s.listen()"),
        "udp": ('{udp: "[::1]:53"}', "s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM); s.bind(('::1', 53))"),
        "unix": ("{unix: /run/app.sock}", "s = socket.socket(socket.AF_UNIX); s.bind('/run/app.sock'); s.listen()"),
    }
    source = "namespaces: {here: }\nservices:\n"
    for name, (ready, code) in ways.items():
        script = world.file(f"{name}.py", listen.format(code))
        source += f"  {name}: {{namespace: here, ready: {ready}, command: [/usr/bin/python3, {script}]}}\n"
    world.apply(source)
    assert world.changes(source) == []
    world.destroy()
