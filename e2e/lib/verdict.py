"""How a command ended that something happened to, judged by readers of the kernel: absorbed, rolled back, or what
remains is named. Anything else is an AssertionError, a defect."""
import re

import yaml

from lib import facts, netstate
from lib.listed import OF_THE_RECORD, UNREADABLE, accounts_for, split
from lib.world import eventually

SIGNALS = ("INT", "TERM", "HUP")
SETTLING = 5  # seconds that the kernel may take for what it does in its own time
# In the directory of a lab that is up may stay, as long as it is: the log of a service that an apply has started and
# taken back, to be read, and directories that had nothing in them before.
KEPT = re.compile(r"^world files: [+] /run/nsbuild/lab/(?:log/|(?:log|hosts|resolv\.conf|overlay) d$)")
# What an error has to say: the resource whose step failed; or what was done to what, and the error by its name.
ERROR = r"error: (?:while rolling back: |not as wished after all steps: )?"
RESOURCE = ERROR + r"(?:%s) \S.*: \S"
ANY = "service|namespace|veth|bridge|address|route|rule|sysctl|hosts|ready"
# Of a struck netlink message it is known which kinds it can be for, by its type (rtnetlink(7)).
KINDS = {**dict.fromkeys((16, 17, 19, 108, 109), "namespace|veth|bridge"), **dict.fromkeys((20, 21), "address"),
         **dict.fromkeys((24, 25), "route"), **dict.fromkeys((32, 33), "rule")}
PIN = re.compile(r"/run/netns/lab\.(\S+)")
STEP = re.compile(r"error: +(?!lab \S+: failed)\S+ \S.*: \S.* \((E[A-Z0-9]+)\)")


def judge(world, ended, what, before, goal, base=None, point=None, touched=None):
    """`what` happened: an error by its name, or a signal; at `point`. `before` is facts.same() from when it began, `goal` is
    facts.alike() of what was wished; what remains is compared with `base`, if that is not `before`. Only the services
    `touched`, if that is known, may be other processes than before."""
    sort = "signal" if what in SIGNALS else "error"
    assert " is not up" not in ended.err, ended
    anew = restarted(ended)
    assert touched is None or anew <= touched, f"started anew without need: {anew - touched}\n{ended}"
    if ended.code == 0:
        settles(lambda: netstate.difference(goal, facts.alike(world)))
        is_left_alone(world, before, touched)
        return f"{sort} absorbed"
    words, service = (point.words, point.service) if point else ("", "")
    assert ended.code in (1, 3) and (sort == "signal" or names_the_step(ended.err, what, words, service)), ended
    if ended.code == 3:
        is_exactly_listed(ended, base or before, facts.same(world))
        return f"{sort}: what remains is named" if UNREADABLE not in ended.err else f"{sort}: that it cannot be read is named"
    assert UNREADABLE not in ended.err, ended
    settles(lambda: changed(before, facts.same(world), anew))
    return f"{sort} rolled back"


def names_the_step(text, error, words, service=""):
    """Not by the error's name alone: of a call of a service's own init that service, of a message to the kernel a resource
    of its kind, of a pin what is in that namespace."""
    if service:
        return re.search(ERROR + rf"(?:service|ready) {re.escape(service)}(?![\w.-]).*: \S", text) is not None
    if words.startswith("netlink "):
        return re.search(RESOURCE % KINDS.get(int(words.split()[1]), ANY), text) is not None
    if pin := PIN.fullmatch(words):
        return re.search(rf"(?<![\w.]){re.escape(pin[1])}(?!\w).*: \S|{re.escape(pin[0])}(?!\w)|{RESOURCE % 'service'}", text) is not None
    said = {match[1] for match in STEP.finditer(text)}
    return re.search(RESOURCE % ANY, text) is not None or bool(said if error == "REFUSE" else said & {error.rstrip("+")})


def touched_by(first, second):
    """The services of a file that a change to another one cannot leave alone: those with another text, or that join one; and
    oneshots, which run again with their interfaces."""
    old, new = ((yaml.safe_load(text or "") or {}).get("services", {}) for text in (first, second))
    names = {name for name, entry in old.items() if new.get(name) != entry or entry.get("oneshot")}
    return names | {name for name, entry in old.items() if entry.get("join") in names}


def is_left_alone(world, before, touched):
    """Services that nothing had to touch are the processes that they were."""
    old, new = facts.pids_of(before), facts.pids(world)
    needless = {name: (lines, new.get(name)) for name, lines in old.items()
                if touched is not None and name not in touched and lines != new.get(name)}
    assert not needless, f"started anew without need: {needless}"


def restarted(ended):
    return set(re.findall(r"warning: service (\S+): was started anew", ended.err))


def is_exactly_listed(ended, before, after):
    """All that remains is listed, and all that is listed remains. Where the machine could not be read, what is listed
    may be less. What is missing of one device and still there of another with its name looks as before."""
    state = split(before, after)
    there = changed(*state, restarted(ended))
    listed = re.findall(r"^nsbuild: error:   (.+)$", ended.err, re.M)
    texts = [text for text in listed if not text.startswith(UNREADABLE)]
    missing = [line for line in there if not OF_THE_RECORD.match(line) and
               not any(accounts_for(text, line, state) for text in texts)] if texts == listed else []
    both = {text.removesuffix(": is missing") for text in texts} & {text.removesuffix(": is still there") for text in texts}
    phantoms = [text for text in texts if text.partition(": is ")[0] not in both and not any(accounts_for(text, line, state) for line in there)]
    assert listed and not missing and not phantoms, \
        f"not listed: {missing}\nlisted and not there: {phantoms}\n{ended}"


def settles(difference):
    """Some of it follows in the kernel's own time."""
    eventually(lambda: not difference(), lambda: "\n".join(difference()[:40]), timeout=SETTLING)


def changed(before, after, restarted=()):
    """What is not as before; a service that was started anew may have other PIDs."""
    names = {f"service lab/{name}" for name in restarted}

    def cleaned(state):
        return {key: [line for line in lines if key not in names or not line.startswith("pid ")]
                for key, lines in state.items()}
    return [line for line in netstate.difference(cleaned(before), cleaned(after)) if not KEPT.search(line)]
