"""How a command ended that something happened to, judged by readers of the kernel: absorbed, rolled back, or what
remains is named. Anything else is an AssertionError, a defect."""
import re

from lib import facts, netstate
from lib.world import eventually

SIGNALS = ("INT", "TERM", "HUP")
# In the directory of a lab that is up may stay, as long as it is: the log of a service that an apply has started and
# taken back, to be read, and directories that had nothing in them before.
KEPT = re.compile(r"^world files: [+] /run/nsbuild/lab/(?:log/|(?:log|hosts|resolv\.conf|overlay) d$)")
UNREADABLE = "unknown: the machine could not be read"
# An error that names its step: a resource, and what of it failed.
STEP = re.compile(r"error: (?:.*: )?(service|namespace|veth|bridge|address|route|rule|sysctl|hosts|ready) .*\S: \S|error: .* \(E[A-Z]+\)")


def judge(world, ended, what, before, goal, base=None):
    """`what` happened: an error by its name, or a signal. `before` is facts.same() from when it began, `goal` is
    facts.alike() of what was wished; what remains is compared with `base`, if that is not `before`."""
    sort = "signal" if what in SIGNALS else "error"
    if ended.code == 0:
        settles(lambda: netstate.difference(goal, facts.alike(world)))
        return f"{sort} absorbed"
    assert ended.code in (1, 3) and "error: " in ended.err, ended
    assert sort == "signal" or what.rstrip("+") in ended.err or STEP.search(ended.err), ended
    if UNREADABLE in ended.err:
        return f"{sort}: that the machine cannot be read is named"
    if ended.code == 3:
        is_exactly_listed(ended, base or before, facts.same(world))
        return f"{sort}: what remains is named"
    settles(lambda: changed(before, facts.same(world), restarted(ended)))
    return f"{sort} rolled back"


def restarted(ended):
    return set(re.findall(r"warning: service (\S+): was started anew", ended.err))


def is_exactly_listed(ended, before, after):
    there = changed(before, after, restarted(ended))
    listed = re.findall(r"^nsbuild: error:   (.+)$", ended.err, re.M)
    missing = [line for line in there if not any(is_about(text, line, after) for text in listed)]
    phantoms = [text for text in listed if not any(is_about(text, line, after) for line in there)]
    assert listed and not missing and not phantoms, \
        f"not listed: {missing}\nlisted and not there: {phantoms}\n{ended}"


def settles(difference):
    """Some of it follows in the kernel's own time."""
    eventually(lambda: not difference(), lambda: "\n".join(difference()[:40]), timeout=5)


def changed(before, after, restarted=()):
    """What is not as before; a service that was started anew may have other PIDs."""
    names = {f"service lab/{name}" for name in restarted}

    def cleaned(state):
        return {key: [line for line in lines if key not in names or not line.startswith("pid ")]
                for key, lines in state.items()}
    return [line for line in netstate.difference(cleaned(before), cleaned(after)) if not KEPT.search(line)]


def is_about(text, line, state):
    """Whether a difference is one in what a line of the report names: a service, or a place and what is in it."""
    words = set(re.findall(r"[\w@.-]+", text))
    key, _, entry = line.partition(": ")
    if key.startswith("service "):
        return key.removeprefix("service lab/") in words or (is_of_hosts(entry) and text.startswith("hosts ") and
                                                             is_place(place_of(state.get(key, [])), words))
    if key.startswith("world "):  # pins and their files; the lab's own directory stays as long as anything of it
        pin = re.search(r"(?:/run/netns/|^[+-] )lab\.([\w@-]+)", entry)
        return not pin or is_place(pin.group(1), words)
    place = key.split()[0].removeprefix("lab.")
    return is_place(place if place != "-" else "host", words)


def is_of_hosts(entry):
    """The names that a service sees are those of its place."""
    return re.match(r"[+-] (hosts|resolver) ", entry) is not None


def place_of(lines):
    return next((line.removeprefix("in lab.") for line in lines if line.startswith("in lab.")), None)


def is_place(place, words):
    """By its name in the file or by that of its pin."""
    return place in words or f"lab.{place}" in words
