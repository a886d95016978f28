"""Whatever the file is: a message and exit code 2, quickly, in bounded memory, and without touching the kernel."""
import os
import re

import pytest

from lib import strace
from lib.world import BINARY, ROOT

BAD = sorted((ROOT / "tests/bad").glob("*.yaml"))
MEMORY = 1 << 30  # bytes of address space; sanitizers need their own

SERVICE = "namespaces: {a: }\nservices: {s: {namespace: a, %s}}\n"

# What an ordinary parser takes an age, a stack or all memory for.
HOSTILE = {
    "deep flow": lambda: "[" * 200_000,
    "deep flow, closed": lambda: "{a: " * 50_000 + "1" + "}" * 50_000,
    "deep block": lambda: "".join(" " * i + "a:\n" for i in range(4000)),
    "alias bomb": lambda: "a0: &a0 [x, x]\n" + "".join(
        f"a{i}: &a{i} [*a{i - 1}, *a{i - 1}, *a{i - 1}]\n" for i in range(1, 60)),
    "recursive alias": lambda: "namespaces: &n\n  a: *n\n",
    "recursive merge": lambda: "namespaces: &n\n  <<: *n\n",
    "recursive profile": lambda: "profiles: {p: {profile: q}, q: {profile: p}}\nnamespaces: {a: {profile: p}}\n",
    "100 MB of one scalar": lambda: "name: " + "x" * 100_000_000,
    "100 MB of keys": lambda: "namespaces:\n" + "".join(f"  namespace-{i}: {{}}\n" for i in range(4_500_000)),
    "100 MB of zeros": lambda: bytes(100_000_000),
    "one long line": lambda: "namespaces: {" + ", ".join(f"a{i}: bad" for i in range(100_000)) + "}",
    "binary junk": lambda: bytes((i * 7919 + i // 251) & 255 for i in range(100_000)),
    "not UTF-8": lambda: b"namespaces: {\xff\xfe: }\n",
    "UTF-16": lambda: "namespaces: {a: }\n".encode("utf-16"),
    "a tab": lambda: "namespaces:\n\ta:\n",
    "empty": lambda: "",
    "a scalar": lambda: "hello",
    "a list": lambda: "- a\n- b\n",
    "two documents": lambda: "namespaces: {a: }\n---\nnamespaces: {b: }\n",
    "an unclosed quote": lambda: "namespaces: {a: {routes: ['default via 10.0.0.1}}\n",
    "a tag": lambda: "namespaces: !!python/object:os.system {a: }\n",
    "a control character": lambda: "namespaces: {\"a\\u0007\": }\n",
    "a NUL": lambda: b"namespaces: {a\0b: }\n",
    "a million colons": lambda: ":" * 1_000_000,
    "a million dashes": lambda: "- " * 500_000,
    "a million anchors": lambda: "".join(f"k{i}: &a{i} 1\n" for i in range(200_000)),
    "a variable that grows": lambda: "name: " + "${A:-" * 20_000 + "}" * 20_000,
    "an escaped NUL": lambda: SERVICE % 'command: [sh, -c, "echo a\\0b"]',
    "an interface that drives terminals": lambda: 'links: [{endpoints: {"a:e\\e[31m": , b: }}]\nnamespaces: {a: , b: }\n',
    "a source without end": lambda: SERVICE % "command: a, files: {/x: {source: /dev/zero}}",
    "a source that never comes": lambda: SERVICE % "command: a, files: {/x: {source: fifo}}",
    "a huge range": lambda: "namespaces: {'h[1-4000000000]': }\n",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_input_is_refused(world, name):
    text = HOSTILE[name]()
    path = world.dir / "lab.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    os.mkfifo(world.dir / "fifo")
    limit = f"ulimit -v {MEMORY // 1024}; " if "asan" not in str(BINARY) and "tsan" not in str(BINARY) else ""
    ended = world.sh(f'{limit}exec "$@"', BINARY, "validate", path, code=2)
    assert "lab.yaml" in ended.err and len(ended.err) < 1_000_000, ended.err[:2000]
    assert "error" in ended.err and ended.out == ""


def test_merging_is_not_exponential(world):
    """Legal, and the same few keys in the end, however often they are merged."""
    text = "profiles:\n  p0: &p0 {forwarding: true}\n" + "".join(
        f"  p{i}: &p{i} {{<<: [*p{i - 1}, *p{i - 1}, *p{i - 1}]}}\n" for i in range(1, 60))
    world.nsbuild("validate", world.topology(text + "namespaces: {a: {profile: p59}}\n"))


@pytest.mark.parametrize("argument", ["/", "/dev/null", "/proc/self/mem", "/no/such/file", ""])
def test_what_is_no_file(world, argument):
    ended = world.nsbuild("validate", argument, code=2, timeout=20)
    assert ended.err and ended.out == ""


def test_an_endless_file_is_refused(world):
    ended = world.nsbuild("validate", "/dev/zero", code=2)
    assert "/dev/zero" in ended.err


@pytest.mark.parametrize("path, words", [("/dev/zero", "larger than"), ("/etc", "directory"), ("/no/such", "No such")])
def test_env_files_are_read_within_bounds(world, path, words):
    ended = world.nsbuild("validate", "--env-file", path, world.topology("namespaces: {a: }\n"), code=2)
    assert path in ended.err and words in ended.err


def test_there_are_enough_broken_topologies():
    assert len(BAD) >= 60


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.stem)
def test_broken_topologies_are_explained(world, path):
    """As `apply` reads them, because that could do harm: golden text, and not one call that changes anything."""
    golden = path.with_suffix(".txt").read_text()
    strict = [] if ": error: " in golden else ["--strict"]
    if strict:
        golden = golden.replace(": warning: ", ": error: ")
    ended, lines = strace.trace(world, [BINARY, "apply", *strict, path.name], cwd=path.parent, code=2)
    assert ended.err.strip() == golden.strip()
    assert strace.mutations(lines) == []
    assert not any(re.search(r"\b(sendto|sendmsg)\(", line) for line in lines), "nothing is asked of the kernel either"
    assert world.leaks() == []
