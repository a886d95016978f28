"""Commands besides apply and destroy, killed at each of their points: restart, stop and start of a service, and gc."""
from lib import facts, netstate
from lib.sweep import STRIKE, Sweep
from lib.verdict import settles
from lib.world import BINARY


class CommandCase:
    """A command on a lab from a file. `first` are commands that make the lab what it is then; with `killed` a destroy of
    it was killed before that."""

    def __init__(self, name, before, argv, first=(), killed=False):
        self.name, self.before, self.after, self.argv, self.first, self.killed = name, before, before, argv, first, killed

    def blows(self, point):
        if (point.path, point.call, point.number) == ("0", "execve", 1):
            return []  # it is not nsbuild yet
        return [("KILL", then) for then in ("apply", "destroy", *(["gc"] if self.killed else []))]


class CommandSweep(Sweep):
    def command(self):
        return self.case.argv

    def prepare(self):
        """What an apply has to lead to afterwards is what this one has led to."""
        super().prepare()
        self.world.nsbuild("apply", self.file)
        self.lab = facts.alike(self.world)
        for argv in self.case.first:
            self.world.nsbuild(*argv)
        if self.case.killed:
            ended = self.world.run([*STRIKE, self.world.dir / "kill.json", "0", "umount2", "1", "KILL", "--", BINARY,
                                    "destroy", "lab"], check=False)
            assert ended.code == 128 + 9, ended

    def put_right(self, then):
        if then == "gc":
            self.world.nsbuild("gc")
            self.is_bare()
        elif then == "destroy":
            self.world.nsbuild("destroy", "lab", check=self.case.name != "gc")  # of which nothing may be left by then
            self.is_bare()
        else:
            self.world.nsbuild("apply", self.file)
            self.world.nsbuild("plan", self.file, "--detailed-exitcode")
            settles(lambda: netstate.difference(self.lab, facts.alike(self.world)))

    def clear(self):
        self.world.nsbuild("destroy", "lab", check=not self.case.killed)
        self.is_bare()
        self.is_ready = False
