"""Samples as Markdown: medians, and ratios to the floor of the same session."""
from statistics import median

from harness import large

# Title, what of nsbuild, divided by what of the floor.
ROWS = [("apply", "apply", "build"), ("second apply", "again", "build"), ("plan", "plan", "build"),
        ("plan of a change", "plan changed", "build"), ("apply of a change", "apply changed", "build"),
        ("validate", "validate", "build"), ("destroy returns", "destroy", "build"),
        ("destroy is quiescent", "quiescent", "quiescent")]
PEERS = ["ip -batch", "ip script", "pyroute2", "Mininet"]


def table(head, rows):
    """A Markdown table; nothing when it has no rows."""
    if not rows:
        return ""
    lines = [head, ["---"] + ["---:"] * (len(head) - 1), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


def section(title, text):
    return f"\n### {title}\n\n{text}" if text else ""


def ms(seconds):
    return f"{seconds * 1000:.1f} ms" if seconds < 1 else f"{seconds:.2f} s"


class Report:
    def __init__(self, session, machine):
        self.session, self.machine = session, machine

    def median(self, case, who, what):
        values = self.session.samples.get(case, {}).get(who, {}).get(what, [])
        return median(values) if values else None

    def cases(self, *names):
        return [case for case in self.session.samples if case[0] in names or not names]

    def text(self):
        labs = [case for case in self.session.namespaces if "nsbuild" in self.session.samples[case]]
        runs = {len(self.session.samples[case]["nsbuild"]["apply"]) for case in labs}
        parts = [f"{self.machine}. Medians of {min(runs, default=0)} to {max(runs, default=0)} runs.\n",
                 section("nsbuild against the floor (× the floor's own time)", self.floor_table(labs)),
                 section("Other tools, building the same (× nsbuild's apply)", self.peer_table(labs)),
                 section("One service in every namespace, each", self.service_table()),
                 section("Large in one namespace", self.large_table()),
                 section("One isolated process, from start to end", self.isolation_table()),
                 section("Commands", self.command_table()), section("Not measured", self.gaps())]
        return "".join(parts)

    def floor_table(self, labs):
        head = ["topology", "namespaces", "floor", *(title for title, _, _ in ROWS), "peak memory"]
        return table(head, [self.floor_row(case) for case in labs])

    def floor_row(self, case):
        name, _ = case
        row = [name, str(self.session.namespaces[case]), ms(self.median(case, "floor", "build") or 0)]
        for _, what, base in ROWS:
            ours, theirs = self.median(case, "nsbuild", what), self.median(case, "floor", base)
            row.append(f"{ours / theirs:.2f}" if ours and theirs else "-")
        memory = self.median(case, "nsbuild", "memory")
        return [*row, f"{memory:.0f} MB" if memory else "-"]

    def peer_table(self, labs):
        rows = []
        for case in labs:
            ours = self.median(case, "nsbuild", "apply")
            times = [self.median(case, who, "build") for who in PEERS]
            if ours and any(times):
                rows.append([case[0], str(self.session.namespaces[case]), ms(ours),
                             *(f"{ms(each)} ({each / ours:.1f})" if each else "-" for each in times)])
        return table(["topology", "namespaces", "nsbuild apply", *PEERS], rows)

    def service_table(self):
        rows = []
        for case in self.cases("ring, a service each"):
            bare = ("ring", case[1])
            count = self.session.namespaces[case]
            floors = [self.median(case, f"floor {mode}", what) for mode in ("bare", "isolated") for what in ("start", "kill")]
            pairs = [(self.median(case, "nsbuild", what), self.median(bare, "nsbuild", what)) for what in ("apply", "destroy")]
            if any(value is None for pair in pairs for value in pair) or None in floors:
                continue
            start, kill = ((more - less) / count for more, less in pairs)
            rows.append([str(count), *(ms(value / count) for value in floors), ms(start), ms(kill),
                         f"{start * count / floors[0]:.2f}", f"{start * count / floors[2]:.2f}"])
        return table(["services", "vfork+exec", "its kill", "the same, isolated", "its kill", "nsbuild", "its kill",
                      "× vfork+exec", "× isolated"], rows)

    def large_table(self):
        rows = []
        for case in self.cases("large"):
            times = [self.median(case, "nsbuild", what) for what in ("apply", "again", "destroy")]
            batch = self.median(case, "ip -batch", "build")
            if any(value is None for value in times):
                continue
            count = {"routes": large.ROUTES, "interfaces": large.INTERFACES}[case[1]]
            rows.append([f"{count} {case[1]}", *(ms(value) for value in times),
                         f"{self.median(case, 'nsbuild', 'memory'):.0f} MB",
                         f"{ms(batch)} ({times[0] / batch:.2f})" if batch else "-"])
        return table(["lab", "apply", "second apply", "destroy", "peak memory", "ip -batch alone (apply against it)"], rows)

    def isolation_table(self):
        rows = [[who, str(case[1]), ms(median(found["start"]))] for case in self.cases("one service")
                for who, found in self.session.samples[case].items()]
        return table(["tool", "namespaces pinned", "time"], rows)

    def command_table(self):
        rows = []
        for case in self.cases("start-up"):
            version, true = (self.median(case, "start-up", what) for what in ("version", "true"))
            rows.append(["nsbuild --version", ms(version), "/bin/true", ms(true), f"{version / true:.2f}"])
        for case in self.cases("exec"):
            ours, theirs = (self.median(case, "exec", what) for what in ("nsbuild", "ip"))
            rows.append([f"nsbuild exec, {case[1]} namespaces", ms(ours), "ip netns exec", ms(theirs), f"{ours / theirs:.2f}"])
        rows += self.growth_row()
        return table(["what", "time", "against", "time", "ratio"], rows)

    def growth_row(self):
        sizes = sorted((case[1], case) for case in self.cases("ring, forwarding and a sysctl"))
        if len(sizes) < 2:
            return []
        per_node = [self.median(case, "nsbuild", "apply") / self.session.namespaces[case] for _, case in (sizes[0], sizes[-1])]
        return [[f"apply per namespace at {sizes[-1][0]}", ms(per_node[1]), f"at {sizes[0][0]}", ms(per_node[0]),
                 f"{per_node[1] / per_node[0]:.2f}"]]

    def gaps(self):
        lines = [f"- {name}: {why}" for name, why in sorted(self.session.missing.items())]
        return "\n".join(lines + [f"- {text}" for text in self.session.failed]) + "\n" if lines or self.session.failed else ""
