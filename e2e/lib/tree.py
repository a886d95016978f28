"""A small machine in a directory: a few of this machine's programs with the libraries that they need."""
import re
import shutil
import subprocess
from pathlib import Path

PROGRAMS = ("sh", "cat", "ls", "stat", "id", "sleep", "touch", "rm", "mkdir", "readlink", "test")


def make(path, programs=PROGRAMS):
    """No /proc, /sys, /dev or /run, and no /etc/hosts: whatever is missing is the service's own business."""
    for name in ("bin", "sbin", "lib", "lib64"):
        (path / "usr" / name).mkdir(parents=True)
        (path / name).symlink_to(f"usr/{name}")
    (path / "etc").mkdir()
    (path / "etc/passwd").write_text("root:x:0:0::/root:/bin/sh\nweb:x:700:701::/:/bin/sh\n")
    (path / "etc/group").write_text("root:x:0:\ntty:x:5:\nweb:x:701:\ninside:x:705:web\nother:x:706:\n")
    (path / "etc/who").write_text("the tree\n")
    for program in programs:
        found = Path(shutil.which(program, path="/usr/bin:/bin:/usr/sbin:/sbin"))
        libraries = subprocess.run(["ldd", found], capture_output=True, text=True).stdout
        for file in [found, *map(Path, re.findall(r"(/\S+)", libraries))]:
            copy = path / file.relative_to("/")
            copy.parent.mkdir(parents=True, exist_ok=True)
            if not copy.exists():
                shutil.copy2(file.resolve(), copy)
    return path


def listing(path):
    """All that is in it, with what could change."""
    return subprocess.run(["find", path, "-printf", "%p %m %u %g %s %T@ %y %l\n"], capture_output=True, text=True,
                          check=True).stdout
