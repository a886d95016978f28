"""Every route message of a namespace from one moment to another: what a daemon that listens would have seen."""
from lib.world import eventually

# Routes whose messages say that the monitor listens already, and that it has seen everything up to now.
FIRST, LAST = "192.0.2.201", "192.0.2.202"


class RouteMonitor:
    def __init__(self, world, place):
        self._world, self._place, self._log = world, place, world.dir / "monitor"
        self._process, self._pid = world.background(
            ["sh", "-c", 'exec ip -n "$1" monitor route >"$2"', "sh", f"lab.{place}", self._log])
        eventually(lambda: self._sees(FIRST), "ip monitor does not listen")

    def _sees(self, address):
        # Anew each time: replacing a route by its like is told to nobody (fib_table_insert in net/ipv4/fib_trie.c).
        self._world.sh('ip -n "$1" route del blackhole "$2" 2>/dev/null; ip -n "$1" route add blackhole "$2"',
                       f"lab.{self._place}", address)
        return self._log.exists() and address in self._log.read_text()

    def deleted(self):
        """Ends the monitor. Returns the routes that were deleted meanwhile, a line each."""
        eventually(lambda: self._sees(LAST), "ip monitor has gone deaf")
        self._world.kill_in(self._pid)
        self._process.communicate()
        return [line for line in self._log.read_text().splitlines()
                if line.startswith("Deleted") and FIRST not in line and LAST not in line]
