"""One command of nsbuild, struck at one point: what it left, judged by readers of the kernel and not by nsbuild.

Points are found by a run that nothing happens to (lib/strike.py). A blow ends in one of these, or it is a defect:
a kill is followed by an apply that converges and by a destroy that leaves nothing; an error is absorbed (exit 0, all as
wished), or rolled back (exit 1, all as before), or named (exit 3, the list of what remains is exact).
"""
import json
import re
from collections import Counter
from pathlib import Path

from lib import facts, inventory, netstate, sampling
from lib.calls import TAKING
from lib.verdict import SIGNALS, is_left_alone, judge, restarted, settles, touched_by
from lib.world import BINARY

STRIKE = ["/usr/bin/python3", "-I", Path(__file__).with_name("strike.py")]
KILLED = 128 + 9
# Which errors a call may have: two each, as its manual page knows them and as they happen.
ERRORS = {
    "mount": ("ENOMEM", "EPERM"), "umount2": ("EBUSY", "EPERM"), "move_mount": ("EBUSY", "ENOMEM"),
    "unshare": ("ENOSPC", "ENOMEM"), "setns": ("ENOMEM",), "clone3": ("EAGAIN", "ENOMEM"), "clone": ("EAGAIN",),
    "vfork": ("EAGAIN", "ENOMEM"), "fork": ("EAGAIN",), "execve": ("ENOMEM", "EPERM"), "execveat": ("ENOMEM", "EPERM"),
    "sendto": ("ENOBUFS", "EPERM"), "sendmsg": ("ENOMEM", "EPERM"), "socket": ("EMFILE", "ENOMEM"),
    "openat": ("ENOSPC", "EMFILE"), "openat2": ("ENOSPC", "EMFILE"), "write": ("ENOSPC", "EPERM"),
    "pwrite64": ("ENOSPC", "EPERM"),
    "mkdir": ("ENOSPC", "EEXIST"), "mkdirat": ("ENOSPC", "EPERM"), "unlink": ("EBUSY", "EPERM"),
    "unlinkat": ("EBUSY", "EPERM"), "rmdir": ("EBUSY", "EPERM"), "rename": ("ENOSPC", "EBUSY"),
    "flock": (),  # who cannot lock the lab's directory leaves it: another may hold what he would remove
    "symlinkat": ("ENOSPC", "EEXIST"), "symlink": ("ENOSPC", "EEXIST"),
    "mknodat": ("ENOSPC", "ENOMEM"),  # EPERM is no failure: the machine's node is bound (test_files.py)
    "memfd_create": ("ENOMEM", "EMFILE"), "pipe2": ("EMFILE", "ENOMEM"),
    "socketpair": ("EMFILE", "ENOMEM"), "fsopen": ("ENOMEM", "EPERM"), "fsmount": ("ENOMEM", "EPERM"),
    "fsconfig": ("ENOMEM", "EBUSY"), "open_tree": ("ENOMEM", "EPERM"), "mount_setattr": ("EBUSY", "EPERM"),
    "pidfd_open": ("EMFILE", "ENOMEM"), "pidfd_getfd": ("EMFILE", "EPERM"), "pidfd_send_signal": ("EPERM",),
    "prlimit64": ("EPERM",), "dup3": ("EMFILE", "EBUSY"), "signalfd4": ("EMFILE", "ENOMEM"),
    "eventfd2": ("EMFILE", "ENOMEM"), "epoll_create1": ("EMFILE", "ENOMEM"), "epoll_ctl": ("ENOMEM", "ENOSPC"),
    "inotify_init1": ("EMFILE", "ENOMEM"), "inotify_add_watch": ("ENOMEM", "ENOSPC"), "fcntl": ("EMFILE", "EPERM"),
    "dup2": ("EMFILE", "EBUSY"), "mmap": ("ENOMEM",), "setsockopt": ("ENOMEM", "ENOPROTOOPT"),
}
ANY = ("ENOMEM", "EPERM")
# What is opened for reading: of what nsbuild keeps only ENOENT says that it is not there, of a process other errors, too.
READING = {"read": ("EMFILE", "ENOMEM", "EIO"), "look": ("EMFILE", "ENOMEM")}
# What is opened again and again is struck the first times only; all processes count as one.
READ_MOST = {"read": 2, "look": 12}
ATTEMPTS = 3
MAY_STAY = re.compile(r"/run/nsbuild/(?:lab/log/|\.nsbuild-removes\.lab)")


class Point:
    """The nth changing call of a name of one process; `words` say what it is about, and it is the `alike`th of these."""

    def __init__(self, path, call, number, words, alike=1):
        self.path, self.call, self.number, self.words, self.alike = path, call, number, words, alike

    @property
    def is_main(self):
        return self.path == "0"

    @property
    def service(self):
        """Whose init it is a call of, or its command's before that runs; empty when it is nsbuild's own or the spawner's, or
        may be about one that joins."""
        if self.call == "clone3":
            return ""  # the supervisor of that
        return next((part for part in reversed(self.path.split(".")) if not part.isdigit()), "")

    @property
    def reads(self):
        """What it opens for reading, if it does not change anything; a word of READING."""
        return self.call.partition("-")[2]

    @property
    def name(self):
        """The same in every list, whatever came before it there."""
        return " ".join([self.path, self.call, str(self.alike), self.words])

    def __str__(self):
        return " ".join(filter(None, [self.path, self.call, str(self.number), self.words]))


def blows(point):
    """What is done at a point, and to what end: the same for the same name."""
    if (point.path, point.call, point.number) == ("0", "execve", 1):
        return []  # it is not nsbuild yet
    if point.reads:  # nothing is different there from the change before it, so there is nothing to be killed
        errors = READING[point.reads]
        return [(error, "") for error in errors] + ([(errors[0] + "+", "")] if point.is_main and point.alike < 3 else [])
    if point.call in TAKING:  # nor there
        return [(error, "") for error in ERRORS.get(point.call, ANY)]
    kills = [("KILL", "apply"), ("KILL", "destroy")]
    if not point.is_main:
        kills.append(("KILL-IT", ""))
    errors = [(error, "") for error in ERRORS.get(point.call, ANY)]
    if point.words.startswith("netlink"):
        errors.append(("REFUSE", ""))
    if errors and point.is_main and point.call != "setns" and (point.alike < 3 or point.alike % 7 == 0):
        errors.append((errors[0][0] + "+", ""))  # so that the way back meets it, too
    return [*kills, *errors, (SIGNALS[sampling.number(point.name) % 3], "")]


class Sweep:
    """All blows at one case, one after the other in one world; one that a defect has spoilt is replaced."""

    def __init__(self, make_world, case):
        self.make_world, self.case = make_world, case
        self.is_destroy = case.after is None
        self.touched = touched_by(case.before, case.after)
        self.tally, self.defects, self.unmet = Counter(), [], []
        self.renew()

    def renew(self):
        self.world = self.make_world()
        self.world.sh("mkdir /run/lab && mount -t tmpfs tmpfs /run/lab && mkdir /run/lab/lower /run/lab/upper")
        self.world.sh("mount -t tmpfs tmpfs /mnt")  # for a private root to cover, beside the root itself
        self.file = "/run/lab/lab.yaml"
        self.write("")
        self.nothing, self.bare = facts.same(self.world), facts.everything(self.world)
        self.is_ready = False
        self.prepare()
        self.begin = self.seen()
        self.world.nsbuild(*self.command())
        self.goal = self.seen()
        self.clear()

    def seen(self):
        return facts.alike(self.world), self.files()

    def files(self):
        """All but what may stay while the lab is up: logs, and what a killed removal of the lab has not finished."""
        return [line for line in inventory.take(self.world)["files"] if not MAY_STAY.match(line)]

    def close(self):
        self.clear()
        self.world.sh("umount /mnt /run/lab && rmdir /run/lab")

    # -- what is there between blows -------------------------------------------------------------------------------

    def write(self, text):
        self.world.run(["tee", self.file], input=text)

    def command(self):
        return ["apply", self.file] if not self.is_destroy else ["destroy", "lab"]

    def prepare(self):
        """Where the command starts from; not done again when the blow before left just that."""
        if not self.is_ready and self.case.before is not None:
            self.write(self.case.before)
            self.world.nsbuild("apply", self.file)
            self.before = facts.same(self.world)
        elif not self.is_ready:
            self.before = self.nothing
        if self.case.after is not None:
            self.write(self.case.after)

    def clear(self):
        self.world.nsbuild("destroy", "lab")
        self.is_bare()
        self.is_ready = False

    def is_bare(self):
        """Nothing of the lab is left, nor anything that worked at it."""
        settles(lambda: netstate.difference(self.bare, facts.everything(self.world)))

    def points(self, reads=""):
        """Of what changes something, or of what is opened for reading, as a word of READING says."""
        points, seen, alike = [], Counter(), Counter()
        for path, call, number, words in sampling.one_list(f"{self.case.name} {reads}".strip(), self.calls):
            alike[path, call, words] += 1
            point = Point(path, call, number, words, alike[path, call, words])
            seen[point.path, point.words] += 1
            if point.reads == reads and (not reads or seen[point.path, point.words] <= READ_MOST[reads]):
                points.append(point)
        return points

    def calls(self):
        self.prepare()
        calls = self.strike([])["calls"]
        assert self.ended.code == 0, self.ended
        self.clear()
        return calls

    def strike(self, point):
        log = self.world.dir / "strike.json"
        self.ended = self.world.run([*STRIKE, log, *point, "--", BINARY, *self.command()], check=False)
        return json.loads(log.read_text())

    def hit(self, point, what):
        """Whether the call that was struck is the one that was counted. A command that failed before may have left more or
        less to do than there was in a new lab (what it wrote into the record), and then it is done again in such a one."""
        for _ in range(ATTEMPTS):
            self.prepare()
            found = self.strike([point.path, point.call, point.alike, what, point.words])
            if found["met"] and found["words"] == point.words:
                return True
            self.clear()
        return False

    # -- one blow --------------------------------------------------------------------------------------------------

    def blow(self, point, what, then):
        try:
            verdict = self.judge(point, what, then) if self.hit(point, what) else "point not met"
            self.tally[verdict] += 1
            if verdict == "point not met":
                self.unmet.append(f"{self.case.name}: not met: {point}")
            self.is_ready = verdict.endswith("rolled back") and not restarted(self.ended)
            if not self.is_ready:
                self.clear()
        except AssertionError as error:
            self.tally["defects"] += 1
            self.defects.append(f"{self.case.name}: {what} at {point}{then and ', then ' + then}: {error}")
            self.renew()

    def judge(self, point, what, then):
        if then:
            assert self.ended.code == KILLED, self.ended
            self.put_right(then)
            return f"killed, then {then}"
        base = self.nothing if self.is_destroy else None
        verdict = judge(self.world, self.ended, what, self.before, self.goal[0], base, point, self.touched)
        if self.ended.code == 0:
            self.is_bare() if self.is_destroy else self.has_files(self.goal[1])
        return verdict

    def put_right(self, then):
        """By one command, and what that leaves is looked at before another one can remove it."""
        if then == "destroy":
            self.world.nsbuild("destroy", "lab")
            return self.is_bare()
        self.write(self.case.before if self.is_destroy else self.case.after)
        self.world.nsbuild("apply", self.file)
        self.world.nsbuild("plan", self.file, "--detailed-exitcode")
        is_left_alone(self.world, self.before, self.touched)
        wanted, files = self.begin if self.is_destroy else self.goal
        settles(lambda: netstate.difference(wanted, facts.alike(self.world)))
        self.has_files(files)

    def has_files(self, wanted):
        assert sorted(wanted) == sorted(self.files())
