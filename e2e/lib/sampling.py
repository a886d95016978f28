"""How much of an exhaustive test is done: all of it, or a sample: always the same one, but for another seed.

What happens side by side is not in the same order in every list of it. So an item's own name decides whose it is, and not
its place, and of a complete test all shards have one list.
"""
import hashlib
import json
import os

COMPLETE = os.environ.get("NSBUILD_E2E_COMPLETE", "") not in ("", "0")
SHARDS = 8 if COMPLETE else 1


def seed():
    return int(os.environ["NSBUILD_E2E_SEED"])  # conftest.py sees to it


def sample(items, size, what, shard=0, name=str):
    """All of a shard's items, or a few of all."""
    if COMPLETE:
        return of_shard(items, shard, name)
    return sorted(items, key=lambda item: number(f"{seed()} {what} {name(item)}"))[:size]


def of_shard(items, shard, name=str, shards=SHARDS):
    return [item for item in items if number(name(item)) % shards == shard]


def one_list(what, make):
    """The same list in every shard, so that no item is left out or done twice: that of the shard that first has one. The
    items have to be what JSON has. Where nobody says where it is kept, each shard makes its own."""
    directory = os.environ.get("NSBUILD_E2E_LISTS")
    if not directory:
        return make()
    path = os.path.join(directory, f"{what}.json")
    if not os.path.exists(path):
        draft = f"{path}.{os.getpid()}"
        with open(draft, "w") as file:
            json.dump(make(), file)
        try:
            os.link(draft, path)  # not over another's
        except FileExistsError:
            pass
        os.unlink(draft)
    with open(path) as file:
        return json.load(file)


def number(text):
    """The same one in every process, for the same text."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")


def record(what, tally, defects=()):
    """Appends what was tried and how it ended to the file that scripts/nightly sums up, the defects in full."""
    if path := os.environ.get("NSBUILD_E2E_TALLY"):
        with open(path, "a") as file:
            file.write("".join(f"# {line}\n" for defect in defects for line in defect.splitlines()))
            file.write(json.dumps({"what": what, **tally}) + "\n")
