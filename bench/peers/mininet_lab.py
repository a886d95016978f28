"""A lab by Mininet's Python API: hosts, links made between them, addresses and routes."""
import os
import sys

from mininet.link import Link
from mininet.net import Mininet

with open(sys.argv[1], encoding="ascii") as lines:
    plan = [line.split() for line in lines]


def of(kind):
    return [words[1:] for words in plan if words[0] == kind]


net = Mininet(controller=None, autoSetMacs=False, build=False)
hosts = {place: net.addHost(place.strip("@"), ip=None) for place, in of("netns")}
for place, dev, mac in of("bridge"):
    hosts[place].cmd(f"ip link add {dev} address {mac} type bridge; ip link set {dev} up")
for a, dev_a, mac_a, master, b, dev_b, mac_b, _ in of("veth"):
    net.addLink(hosts[a], hosts[b], cls=Link, intfName1=dev_a, intfName2=dev_b, addr1=mac_a, addr2=mac_b)
    if master != "-":
        hosts[a].cmd(f"ip link set {dev_a} master {master}")
for place, dev, prefix in of("address"):
    hosts[place].intf(dev).setIP(prefix)
for place, prefix, *hops in of("route"):
    ways = [f"nexthop via {via} dev {dev}" for via, dev in zip(hops[::2], hops[1::2])]
    hosts[place].cmd(f"ip route add {prefix} {ways[0].removeprefix('nexthop') if len(ways) == 1 else ' '.join(ways)}")
os._exit(0)  # without net.stop(): what is timed is building
