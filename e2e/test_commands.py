"""The command line: what each command prints, where, and with which exit code."""
import json
import re
import xml.etree.ElementTree as ElementTree

import pytest

from lib import netstate, strace
from lib.topologies import PAIR, RICH, SERVICES
from lib.world import BINARY, EXAMPLES, eventually

COMMANDS = ["validate", "plan", "apply", "destroy", "status", "exec", "logs", "start", "stop", "restart", "run", "graph",
            "generate", "schema", "doctor", "completion"]
NOBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]


@pytest.fixture
def lab(world):
    """A small lab that runs."""
    world.apply(SERVICES)
    yield world
    world.destroy("--all")


def test_help_for_everything(world):
    overview = world.nsbuild("--help").out
    for command in COMMANDS:
        assert re.search(rf"^ +{command}\b", overview, re.MULTILINE), command
        text = world.nsbuild(command, "--help").out
        assert f"nsbuild {command}" in text and "Example" in text, text


@pytest.mark.parametrize("argv", [[], ["aply"], ["apply"], ["apply", "--no-such"], ["plan", "a", "b"],
                                  ["status", "a/b"], ["graph", "--format", "png", "x"], ["completion", "tcsh"]],
                         ids=" ".join)
def test_bad_usage(world, argv):
    ended = world.nsbuild(*argv, code=2)
    assert ended.out == "" and ended.err and "--help" in ended.err, ended


def test_bad_usage_of_exec_and_run(world):
    for argv in (["exec"], ["exec", "--no-such", "a"], ["run"], ["run", "/no/such.yaml", "--", "true"],
                 ["exec", "nobody-there", "--", "true"]):
        ended = world.nsbuild(*argv, code=125)
        assert ended.err, ended


def test_validate(world):
    good = world.nsbuild("validate", world.topology(RICH))
    assert "valid" in good.err and good.out == ""
    bad = world.nsbuild("validate", world.topology("namespaces: {a: {adresses: 1}}"), code=2)
    assert re.search(r"lab\.yaml:1:18: error: .*adresses", bad.err) and "^" in bad.err, bad
    missing = world.nsbuild("validate", world.dir / "missing.yaml", code=2)
    assert "missing.yaml" in missing.err and "No such file" in missing.err


def test_warnings_and_strict(world):
    path = world.topology("""
        namespaces: {a: , b: }
        links: [{endpoints: {a: 10.0.0.1/24, b: 10.0.0.2/24}}, {endpoints: {a: 10.0.0.3/24, b: 10.0.0.4/24}}]
        """)
    assert "warning" in world.nsbuild("validate", path).err
    assert "error" in world.nsbuild("validate", "--strict", path, code=2).err


def test_standard_input_needs_a_name(world):
    refused = world.nsbuild("validate", "-", input=PAIR, code=2)
    assert "--name" in refused.err
    world.nsbuild("validate", "-", "--name", "lab", input=PAIR)
    world.nsbuild("apply", "-", input="name: fromstdin\n" + PAIR)
    assert world.namespaces() == ["fromstdin.a", "fromstdin.b"]
    world.nsbuild("destroy", "-", input="name: fromstdin\n" + PAIR)
    assert world.namespaces() == []


def test_variables(world):
    text = "namespaces: {a: , b: }\nlinks: [{endpoints: {'a:${DEV:-eth0}': '10.0.0.1/${LENGTH}', b: 10.0.0.2/24}}]\n"
    refused = world.plan(text, code=2)
    assert "LENGTH" in refused.err and "lab.yaml:2:" in refused.err
    assert "10.0.0.1/24" in world.plan(text, "--fresh", "--set", "LENGTH=24").out
    assert "10.0.0.1/25" in world.plan(text, "--fresh", env={"LENGTH": "25"}, check=False).out
    env = world.file("env", "# a comment\nLENGTH=23\nDEV=up0\n")
    out = world.plan(text, "--fresh", "--env-file", env, env={"LENGTH": "25"}).out
    assert "10.0.0.1/23" in out and "up0" in out
    assert "10.0.0.1/24" in world.plan(text, "--fresh", "--env-file", env, "--set", "LENGTH=24").out


def test_plan_exit_codes(world):
    path = world.topology(PAIR)
    world.plan(path, code=0)
    world.plan(path, "--detailed-exitcode", code=4)
    world.apply(path)
    assert "no changes" in world.plan(path, "--detailed-exitcode", code=0).out
    world.plan(path, "--detailed-exitcode", "--destroy", code=4)
    world.plan(path, "--detailed-exitcode", "--fresh", code=4)
    world.plan("namespaces: {a: 1}", "--detailed-exitcode", code=2)
    world.apply(PAIR)
    world.destroy()


def test_plan_json(world):
    path = world.topology(RICH)
    out = world.plan(path, "--json").out
    assert len(json.dumps(json.loads(out))) > 1000
    assert out == world.plan(path, "--json", "--fresh").out, "on an empty machine both are the same"
    text = world.plan(path).out
    assert all(line[0] == "+" for line in world.changes(path))
    for word in ("client", "router", "server", "eth0", "10.0.1.2/24", "198.51.100.0/24", "lan", "web", "rp_filter"):
        assert word in text and word in out
    world.apply(path)
    nothing = world.plan(path, "--json").json
    assert not nothing.get("steps", nothing), nothing
    world.destroy()


def test_plan_destroy(world):
    world.apply(PAIR)
    before = netstate.exact(world)
    text = world.plan(world.dir / "lab.yaml", "--destroy").out
    assert all(line.startswith("-") for line in world.changes(world.dir / "lab.yaml"))
    assert re.search(r"^- .*\ba\b", text, re.MULTILINE) and re.search(r"^- .*\bb\b", text, re.MULTILINE), text
    assert netstate.difference(before, netstate.exact(world)) == []
    world.destroy()


def test_plan_fresh_needs_no_privilege(world):
    path = world.topology(RICH)
    as_root = world.plan(path, "--fresh").out
    unprivileged = world.run([*NOBODY, BINARY, "plan", "--fresh", path])
    assert unprivileged.out == as_root and as_root
    for command in (["validate", path], ["graph", path], ["schema"], ["plan", "--fresh", "--shell", path],
                    ["plan", "--fresh", "--json", path], ["doctor"], ["completion", "bash"]):
        assert world.run([*NOBODY, BINARY, *command], check=False).code in (0, 1 if command == ["doctor"] else 0)
    for command in (["apply", path], ["destroy", "lab"], ["logs", "lab/web"], ["stop", "lab/web"]):
        refused = world.run([*NOBODY, BINARY, *command], check=False)
        assert refused.code in (1, 2) and "root" in refused.err, refused


def test_colour_is_for_terminals(world):
    path = world.topology(PAIR)
    assert "\x1b" not in world.plan(path).out
    for environment, coloured in (({}, True), ({"NO_COLOR": "1"}, False)):
        out = world.sh(f'script -qec "{BINARY} plan {path}" /dev/null', env={**environment, "TERM": "xterm"}).out
        assert ("\x1b[" in out) == coloured, out


def test_status(lab):
    text = lab.nsbuild("status").out
    for word in ("lab", "a", "b", "eth0", "10.0.0.1/24", "one", "two", "running"):
        assert word in text
    status = lab.nsbuild("status", "lab", "--json").json
    flat = json.dumps(status)
    pid = lab.sh("pgrep -fx 'sleep 1001'").out.strip()
    for word in ('"one"', '"two"', '"eth0"', "10.0.0.1/24", '"running"', pid):
        assert word in flat, flat
    assert lab.nsbuild("status", "nosuchlab", check=False).code != 0


def test_status_of_nothing(world):
    assert json.loads(world.nsbuild("status", "--json").out) is not None
    assert world.nsbuild("status").code == 0


def test_the_lab_that_is_meant(world):
    world.apply(PAIR, "--name", "one")
    assert "eth0" in world.nsbuild("exec", "a", "--", "ip", "link").out  # the only one there is
    world.apply(PAIR, "--name", "two")
    unclear = world.nsbuild("destroy", check=False)
    assert unclear.code == 2 and "one" in unclear.err and "two" in unclear.err, unclear
    world.nsbuild("destroy", env={"NSBUILD_LAB": "two"})
    assert world.namespaces() == ["one.a", "one.b"]
    world.nsbuild("destroy", world.dir / "lab.yaml", "--name", "one")
    assert world.namespaces() == []


def test_destroy_file(world):
    path = world.topology(PAIR)
    world.apply(path)
    world.nsbuild("destroy", path)
    assert world.namespaces() == []
    world.apply(path)
    path.unlink()
    world.nsbuild("destroy", "lab")
    assert world.leaks() == []


def test_destroy_all_goes_on_past_a_lab_that_cannot_be_destroyed(world):
    for name in ("aaa", "lab", "zzz"):
        world.apply(PAIR, "--name", name)
    world.sh("mv /run/nsbuild/lab/lock /run/nsbuild/lab/aside && ln -s aside /run/nsbuild/lab/lock")
    ended = world.nsbuild("destroy", "--all", code=3)
    assert world.namespaces() == ["lab.a", "lab.b"]
    assert re.search(r"error: lab lab: .*symbolic link", ended.err) and ended.err.endswith("remains:\nnsbuild: error:   lab lab\n"), ended
    world.sh("mv /run/nsbuild/lab/aside /run/nsbuild/lab/lock")
    world.nsbuild("destroy", "--all")


def test_destroy_says_what_may_be_meant(world):
    """What is not up is destroyed already; but it may be a slip."""
    world.apply(PAIR)
    elsewhere = {"NSBUILD_RUN_DIR": "/run/elsewhere"}
    slip = world.nsbuild("destroy", "lba")
    assert 'is not up, there is nothing to remove; did you mean "lab"?' in slip.err, slip
    other = world.nsbuild("destroy", "lab", env=elsewhere)
    assert "of the run directory /run/nsbuild (NSBUILD_RUN_DIR)" in other.err, other
    world.destroy()
    assert world.nsbuild("destroy", "lab").err.endswith("there is nothing to remove\n")
    world.apply(PAIR, env=elsewhere)
    assert "of the run directory /run/elsewhere " in world.nsbuild("destroy", "lab").err
    world.nsbuild("destroy", "lab", env=elsewhere)
    assert world.leaks() == []


def test_progress_and_messages_go_to_stderr(world):
    ended = world.apply(PAIR)
    assert ended.out == "" or "+" in ended.out
    assert ended.err
    assert world.nsbuild("apply", "-q", world.dir / "lab.yaml").err == ""
    world.destroy()


def test_progress_is_for_terminals(world):
    """Only a long apply shows it, so the lab is a large one."""
    path = world.topology("namespaces:\n" + "".join(f"  n{i}:\n" for i in range(1000)))
    shown = world.sh(f'script -qec "{BINARY} apply {path}" /dev/null').out
    assert re.search(r"\[\d+/\d{4}\] made namespace n\d+", shown), shown
    assert re.search(r"[\r\n]\x1b\[K.*1000 added", shown), "the line is wiped before the last word"
    assert not re.search(r"\[\d+/\d+\]", world.destroy().err)


def test_logs_follow(world):
    text = "namespaces: {a: }\nservices: {ticker: {namespace: a, command: 'i=0; while :; do echo $i; i=$((i+1)); " \
           "sleep 0.1; done'}}\n"
    world.apply(text)
    follower, pid = world.background([BINARY, "logs", "-f", "lab/ticker"])
    assert [follower.stdout.readline() for _ in range(5)] == [f"{i}\n" for i in range(5)]
    world.kill_in(pid, "INT")
    follower.communicate()
    assert world.nsbuild("logs", "ticker").out.startswith("0\n1\n2\n3\n4\n")
    unknown = world.nsbuild("logs", "tick", check=False)
    assert unknown.code != 0 and "ticker" in unknown.err, "a suggestion is due"
    world.destroy()


@pytest.mark.parametrize("command, code", [("exit 0", 0), ("exit 7", 7), ("kill -TERM $$", 143)])
def test_run_passes_the_exit_code_on_and_cleans_up(world, command, code):
    ended = world.nsbuild("run", world.topology(SERVICES), "--in", "one", "--", "sh", "-c",
                          "echo here; hostname; " + command, code=code)
    assert ended.out == "here\none\n"
    assert world.leaks() == []


def test_run_without_in_is_in_the_callers_own_namespace(world):
    assert "sentinel" in world.nsbuild("run", world.topology(PAIR), "--", "ip", "link").out
    assert world.leaks() == []


def test_run_of_what_is_not_there(world):
    world.nsbuild("run", world.topology(PAIR), "--in", "a", "--", "/no/such/command", code=127)
    world.nsbuild("run", world.topology(PAIR), "--in", "a", "--", "/etc/passwd", code=126)
    world.nsbuild("run", world.topology(PAIR), "--in", "nowhere", "--", "true", code=125)
    assert world.leaks() == []


def test_run_refuses_a_lab_that_is_up(lab):
    before = netstate.exact(lab)
    refused = lab.nsbuild("run", lab.dir / "lab.yaml", "--", "true", code=125)
    assert "lab" in refused.err
    assert netstate.difference(before, netstate.exact(lab)) == []


def test_run_is_interrupted(world):
    process, pid = world.background([BINARY, "run", world.topology(PAIR), "--in", "a", "--", "sh", "-c",
                                     "echo up; exec sleep 1005"])
    assert process.stdout.readline() == "up\n"
    world.kill_in(pid, "TERM")
    process.communicate()
    assert process.returncode != 0
    eventually(lambda: not world.leaks(), lambda: str(world.leaks()))


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.yaml")), ids=lambda path: path.stem)
def test_graph(world, path):
    some = {"env": {"ROOTFS": "/usr"}}  # a tree that is there
    svg = ElementTree.fromstring(world.nsbuild("graph", path, "--format", "svg", **some).out)
    assert svg.tag.endswith("svg")
    texts = " ".join(svg.itertext())
    dot = world.nsbuild("graph", path, **some).out
    mermaid = world.nsbuild("graph", path, "--format", "mermaid", **some).out
    assert re.match(r"(di|)graph ", dot) and dot.count("{") == dot.count("}") and dot.rstrip().endswith("}")
    assert re.match(r"(graph|flowchart) ", mermaid)
    names = {step["after"]["name"] for step in world.plan(path, "--fresh", "--json", **some).json["steps"]
             if step["kind"] in ("namespace", "bridge", "service")} - {"@switch"}
    for name in names:
        assert name in texts and name in dot and name in mermaid, name
    world.nsbuild("graph", path, "-o", world.dir / "drawing.svg", **some)
    assert ElementTree.parse(world.dir / "drawing.svg").getroot().tag.endswith("svg")


def test_completion(world):
    for shell in ("bash", "zsh", "fish"):
        assert "nsbuild" in world.nsbuild("completion", shell).out
    script = world.file("completion.bash", world.nsbuild("completion", "bash").out)
    world.run(["bash", "-n", script])
    complete = f"""
        source {script}
        PATH={BINARY.parent}:$PATH
        words() {{ COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMP_LINE="$*"; COMP_POINT=${{#COMP_LINE}}
          spec=$(complete -p nsbuild); function=$(sed 's/.*-F \\([^ ]*\\).*/\\1/' <<< "$spec")
          COMPREPLY=(); "$function" nsbuild "${{@: -1}}" "${{@: -2:1}}"; printf '%s\\n' "${{COMPREPLY[@]}}"; }}
        """
    assert world.run(["bash", "-c", complete + "words nsbuild ap"]).out.split() == ["apply"]
    assert "--detailed-exitcode" in world.run(["bash", "-c", complete + "words nsbuild plan --d"]).out
    world.apply(SERVICES)
    assert {"one", "two"} <= set(world.run(["bash", "-c", complete + "words nsbuild logs ''"]).out.split())
    world.destroy()


def test_doctor(world):
    text = world.nsbuild("doctor").out
    for word in ("veth", "bridge", "overlay", "network namespace"):
        assert word in text.lower(), text
    assert isinstance(world.nsbuild("doctor", "--json").json, (dict, list))
    assert world.leaks() == []


def test_doctor_changes_nothing_of_the_callers(world):
    _, lines = strace.trace(world, [BINARY, "doctor"])
    assert world.leaks() == [], lines
