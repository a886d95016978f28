"""A Debian in a directory for `rootfs:`, made once with debootstrap(8) and kept between runs."""
import fcntl
import os
import shutil
import subprocess
from pathlib import Path

TREE = Path(os.environ.get("NSBUILD_E2E_ROOTFS", "/var/cache/nsbuild-e2e/bookworm"))


def tree():
    """Whoever comes first makes it, in a mount namespace of its own since debootstrap mounts /proc in it."""
    TREE.parent.mkdir(parents=True, exist_ok=True)
    with open(TREE.parent / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not TREE.exists():
            draft = TREE.with_name(TREE.name + ".new")
            shutil.rmtree(draft, ignore_errors=True)
            made = subprocess.run(["unshare", "--mount", "--pid", "--fork", "--kill-child", "--propagation", "private",
                                   "debootstrap", "--variant=minbase", "--include=nginx", "bookworm", draft],
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
            assert made.returncode == 0, f"debootstrap failed:\n{made.stdout}"
            draft.rename(TREE)
    return TREE


def options(example):
    """What `apply` of an example needs on this machine, beside its path."""
    return ["--set", f"ROOTFS={tree()}"] if example.stem == "machine" else []
