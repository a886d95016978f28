"""Generated topologies on the real kernel: whoever is far apart hears each other, and every namespace has its service."""
import re

import pytest

from lib.world import BINARY

# Shape and size, then who calls whom; the two are as far apart as the shape allows.
SHAPES = [("ring", 5, "n1", "n5"), ("line", 7, "n1", "n7"), ("star", 4, "h1", "h4"), ("tree", 21, "n20", "n21"),
          ("mesh", 4, "n1", "n4"), ("clos", 3, "h1", "h3")]


def write(world, *argv):
    """Without the name in it, so that the lab is called after the file, as other tests' labs are."""
    text = world.nsbuild("generate", *argv).out
    assert text.count("\nname: ") == 1
    return world.file("lab.yaml", re.sub("^name: .*\n", "", text, flags=re.MULTILINE))


def addresses(world, place):
    links = [link for link in world.ip_json(place, "address") if link["ifname"] != "lo"]
    return [each["local"] for link in links for each in link["addr_info"] if not each["local"].startswith("fe80:")]


@pytest.mark.parametrize("shape, n, caller, called", SHAPES, ids=[row[0] for row in SHAPES])
def test_far_nodes_hear_each_other(world, shape, n, caller, called):
    path = write(world, shape, n, "--ipv6", "--services")
    world.nsbuild("validate", "--strict", path)
    world.apply(path, "--strict")
    assert "no changes" in world.plan(path).out
    wanted = addresses(world, called)
    if shape == "mesh":  # called by the address on the link to the caller
        wanted = [address for address in wanted if address.split(".")[:3] == ["10", "1", "4"] or
                  address.startswith("fd00:1:4:")]
    assert {":" in address for address in wanted} == {True, False}
    for address in wanted:
        world.in_ns(caller, "ping", "-c1", "-W5", address)
    for option in ("-4", "-6"):
        world.nsbuild("exec", f"ns:{caller}", "--", "ping", option, "-c1", "-W5", called)
    lab, = world.nsbuild("status", "--json").json["labs"]
    places = [namespace["name"] for namespace in lab["namespaces"] if namespace["name"] != "@switch"]
    assert sorted(service["namespace"] for service in lab["services"]) == sorted(places)
    assert {service["state"] for service in lab["services"]} == {"running"}
    world.destroy()


def test_routes_of_a_line_lead_both_ways(world):
    """Everyone to everyone, over prefixes that sum up one, two and four nets."""
    world.apply(write(world, "line", 9))
    for i in range(1, 10):
        for j in range(1, 10):
            for address in addresses(world, f"n{j}"):
                world.in_ns(f"n{i}", "ping", "-c1", "-W5", "-q", address)
    world.destroy()


def test_it_can_be_piped(world):
    script = "nsbuild generate ring 3 | nsbuild apply - && nsbuild exec n1 -- ping -c1 n3 && nsbuild destroy ring3"
    world.sh(f"PATH={BINARY.parent}:$PATH; {script}")


def test_a_thousand_hosts_on_one_network(world):
    """As many ports as a bridge of Linux can have."""
    world.apply(write(world, "star", 1023))
    world.in_ns("h1", "ping", "-c1", "-W5", "10.0.3.255")
    world.destroy()


def test_too_large_and_too_small(world):
    for argv in (["ring", 2], ["star", 1024], ["mesh", 256], ["line", 10001], ["tree", "many"], ["bus", 5]):
        refused = world.nsbuild("generate", *argv, code=2)
        assert refused.out == "" and "nsbuild generate --help" in refused.err
