"""Tells when the kernel has really freed a world: a veth pair whose other end lies in the world goes with it.

The near ends lie in a network namespace that one sleeping process of the test run holds, never in the machine's own.
"""
import json
import subprocess


class Watch:
    def __init__(self):
        # `cat` ends with the pipe, and so with the test run, however that ends.
        self._holder = subprocess.Popen(["unshare", "--net", "--kill-child", "--fork", "sh", "-c", "echo; exec cat"],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self._holder.stdout.readline()
        self._count = 0

    def _ip(self, *argv):
        pid = _child(self._holder.pid)
        return subprocess.run(["nsenter", "--target", str(pid), "--net", "ip", *argv], check=True, capture_output=True,
                              text=True).stdout

    def tie(self, pid):
        """Puts a sentinel into the network namespace of a process; returns the near end's name."""
        self._count += 1
        near = f"world{self._count}"
        self._ip("link", "add", near, "type", "veth", "peer", "name", "sentinel", "netns", str(pid))
        return near

    def holds(self, near):
        return any(link["ifname"] == near for link in json.loads(self._ip("-j", "link")))

    def close(self):
        self._holder.stdin.close()
        self._holder.wait()
        self._holder.stdout.close()


def _child(pid):
    from lib.world import only_child
    return only_child(pid)
