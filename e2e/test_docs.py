"""The documents say what is: docs/cli.md against --help, and the examples of --help against the kernel."""
import re

import pytest

from lib.world import BINARY, ROOT

CLI = (ROOT / "docs/cli.md").read_text()
# What the sections "Options of every command..." say once for all.
EVERYWHERE = {"--help", "--verbose", "--quiet", "--timings"}
WITH_FILE = {"--name", "--set", "--env-file", "--strict"}


def section(title):
    match = re.search(rf"^##+ {re.escape(title)}$(.*?)(?=^##|\Z)", CLI, re.MULTILINE | re.DOTALL)
    assert match, f"docs/cli.md has no section {title!r}"
    return match.group(1)


def documented_commands():
    """Name to usage: the headings `### `nsbuild NAME ARGUMENTS``."""
    usages = re.findall(r"^### `nsbuild (.*)`$", CLI, re.MULTILINE)
    return {usage.split()[0]: usage for usage in usages}


def documented_options(text):
    """The long options in the first column of the tables."""
    return {option for row in re.findall(r"^\| (`-.*?) \|(?!-)", text, re.MULTILINE) for option in re.findall(r"--[a-z-]+", row)}


def options_of(help_text):
    return set(re.findall(r"^  (?:-\w,)?(--[a-z-]+)", help_text, re.MULTILINE))


def examples_of(help_text):
    return re.findall(r"^  (\S.*)$", help_text.partition("Examples:")[2], re.MULTILINE)


def test_every_command_is_documented(world):
    overview = world.nsbuild("--help").out
    commands = re.findall(r"^  ([a-z]+)  ", overview.partition("Commands:")[2], re.MULTILINE)
    assert sorted(commands) == sorted(documented_commands())


def test_general_options_are_documented():
    assert documented_options(section("Options of every command")) == EVERYWHERE
    assert documented_options(section("Options of every command that reads a FILE")) == WITH_FILE


@pytest.mark.parametrize("command", sorted(documented_commands()))
def test_options_and_usage_are_documented(world, command):
    help_text = world.nsbuild(command, "--help").out
    options = options_of(help_text)
    assert EVERYWHERE <= options
    usage = documented_commands()[command]
    reads_file = bool(WITH_FILE & options)
    assert not reads_file or WITH_FILE <= options
    assert documented_options(section(f"`nsbuild {usage}`")) == options - EVERYWHERE - (WITH_FILE if reads_file else set())
    shown = re.search(r"^Usage: nsbuild (.*)$", help_text, re.MULTILINE).group(1)
    words = [word for word in shown.split() if word != "[OPTIONS]"]
    assert " ".join(words).replace("[[LAB/]NAME]", "[LAB/]NAME") == usage


def test_json_keys_are_documented(world):
    def keys(value):
        if isinstance(value, dict):
            return set(value) | {key for each in value.values() for key in keys(each)}
        return {key for each in value for key in keys(each)} if isinstance(value, list) else set()

    world.apply(ROOT / "examples/quickstart.yaml")
    for command, depth in ((["status", "--json"], keys), (["status", "--residue", "--json"], keys),
                           (["gc", "--json"], keys), (["doctor", "--json"], keys), (["plan", "--destroy", "--json",
                           ROOT / "examples/quickstart.yaml"], lambda plan: set(plan) | set(plan["steps"][0]))):
        text = section(f"JSON of `{' '.join(command[:command.index('--json')] if command[0] != 'plan' else ['plan'])}`")
        for key in depth(world.nsbuild(*command).json):
            assert f'"{key}"' in text, f"{command[0]}: {key}"
    world.nsbuild("destroy", "--all")


# In this order the examples of --help make one session; what follows a command's own is undone before the next.
SESSION = [("validate", ""), ("schema", ""), ("doctor", ""), ("completion", ""), ("graph", ""), ("generate", ""), ("run", ""), ("plan", ""),
           ("apply", "nsbuild destroy second"), ("status", ""), ("gc", ""), ("exec", ""), ("logs", ""), ("stop", ""),
           ("start", ""), ("restart", ""), ("destroy", "")]


def test_examples_of_help_are_true(world):
    assert sorted(command for command, _ in SESSION) == sorted(documented_commands())
    (world.dir / "examples").symlink_to(ROOT / "examples")
    for command, undo in SESSION:
        examples = examples_of(world.nsbuild(command, "--help").out)
        assert examples, command
        for example in filter(None, [*examples, undo]):
            follows = " -f " in example  # for ever, unless somebody ends it
            world.run(["bash", "-c", f"PATH={BINARY.parent}:$PATH; {'timeout 0.5 ' if follows else ''}{example}"],
                      code=124 if follows else 0)
    assert world.nsbuild("status").out == ""


def test_the_readme_shows_the_quickstart(world):
    readme = (ROOT / "README.md").read_text()
    topology = (ROOT / "examples/quickstart.yaml").read_text()
    assert re.search(r"```yaml\n(.*?)```", readme, re.DOTALL).group(1) == topology[topology.index("namespaces:"):]
    path = ROOT / "examples/quickstart.yaml"
    transcript = re.search(r"```\n(\$ nsbuild apply.*?)```", readme, re.DOTALL).group(1)
    world.apply(path)
    for command, printed in re.findall(r"^\$ nsbuild (.*)\n((?:(?!\$ ).*\n)*)", transcript, re.MULTILINE):
        if command.startswith("apply"):
            continue
        ended = world.run(["sh", "-c", f"cd {ROOT} && exec {BINARY} {command}"])
        assert shape(ended.out + ended.err) == shape(printed)


def shape(text):
    """Words without what differs from run to run: times, PIDs and where the checkout lies."""
    return [re.sub(r"/\S*/examples|\b\d+(\.\d+)? s\b|(?<=running) +\d+", "", line).split()
            for line in text.splitlines() if line.strip()]
