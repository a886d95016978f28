"""A lab by python3-pyroute2, in the way that costs it least: one process, one socket a namespace, veths made in place."""
import os
import sys

from pyroute2 import IPRoute, netns

with open(sys.argv[1], encoding="ascii") as lines:
    plan = [line.split() for line in lines]


def of(kind):
    return [words[1:] for words in plan if words[0] == kind]


def index(place, dev):
    return sockets[place].link_lookup(ifname=dev)[0]


sockets, descriptors = {}, {}
for place, in of("netns"):
    netns.create(f"peer.{place}")
    netns.pushns(f"peer.{place}")
    sockets[place] = IPRoute()
    netns.popns()
    descriptors[place] = os.open(f"/run/netns/peer.{place}", os.O_RDONLY)
    sockets[place].link("set", index=1, state="up")
for place, dev, mac in of("bridge"):
    sockets[place].link("add", ifname=dev, kind="bridge", address=mac, state="up")
ups = []
for a, dev_a, mac_a, master, b, dev_b, mac_b, _ in of("veth"):
    sockets[a].link("add", ifname=dev_a, kind="veth", address=mac_a,
                    peer={"ifname": dev_b, "address": mac_b, "net_ns_fd": descriptors[b]})
    ups += [(a, dev_a, master), (b, dev_b, "-")]
for place, dev, prefix in of("address"):
    address, _, length = prefix.partition("/")
    sockets[place].addr("add", index=index(place, dev), address=address, prefixlen=int(length))
for place, dev, master in ups:
    more = {} if master == "-" else {"master": index(place, master)}
    sockets[place].link("set", index=index(place, dev), state="up", **more)
for place, prefix, *hops in of("route"):
    ways = [{"gateway": via, "oif": index(place, dev)} for via, dev in zip(hops[::2], hops[1::2])]
    how = ways[0] if len(ways) == 1 else {"multipath": ways}
    sockets[place].route("add", dst="default" if prefix == "0.0.0.0/0" else prefix, **how)
os._exit(0)  # closing thousands of sockets in Python is no part of building a lab
