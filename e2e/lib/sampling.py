"""How much of an exhaustive test is done: all of it, or a sample: always the same one, but for another seed."""
import json
import os
import random

COMPLETE = os.environ.get("NSBUILD_E2E_COMPLETE", "") not in ("", "0")
SHARDS = 8 if COMPLETE else 1


def seed():
    return int(os.environ["NSBUILD_E2E_SEED"])  # conftest.py sees to it


def sample(items, size, what, shard=0):
    """All of a shard's items, or a few of all."""
    if COMPLETE:
        return items[shard::SHARDS]
    return random.Random(f"{seed()} {what}").sample(items, min(size, len(items)))


def record(what, tally, defects=()):
    """Appends what was tried and how it ended to the file that scripts/nightly sums up, the defects in full."""
    if path := os.environ.get("NSBUILD_E2E_TALLY"):
        with open(path, "a") as file:
            file.write("".join(f"# {line}\n" for defect in defects for line in defect.splitlines()))
            file.write(json.dumps({"what": what, **tally}) + "\n")
