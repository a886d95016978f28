"""An address changes under a running FRR, on the device that its learned routes go out of: not one of them is lost."""
import json

import pytest

from lib.monitor import RouteMonitor
from lib.world import EXAMPLES, eventually
from test_examples import needs_program, routes

# Without nexthop objects FRR installs plain routes. The kernel flushes those with a device's last address and sends no
# RTM_DELROUTE, so FRR would never put them back (fib_sync_down_dev(), net/ipv4/fib_semantics.c). The sessions run
# between the loopbacks, which reach each other by the file's own routes: if something is lost here, the kernel lost it.
TOPOLOGY = f"""
include: ["{EXAMPLES}/profiles/frr.yaml"]
profiles:
  router: {{profile: [frr, frr-bgp], vars: {{zebra: no zebra nexthop kernel enable}}}}
namespaces:
  r1:
    profile: router
    interfaces: {{lo: {{addresses: [10.255.0.1/32]}}}}
    routes: [10.255.0.2/32 via 10.0.0.2]
    vars: {{bgpd: %s}}
  r2:
    profile: router
    interfaces: {{lo: {{addresses: [10.255.0.2/32]}}}}
    routes: [10.255.0.1/32 dev eth0]
    vars: {{bgpd: %s}}
links:
  - endpoints: {{r1:eth0: [10.0.0.1/24, "fd00::1/64"], r2:eth0: [10.0.0.2/24, "fd00::2/64"]}}
"""


def config(own, other, networks):
    return f"""
router bgp 6500{own}
 bgp router-id 10.255.0.{own}
 no bgp ebgp-requires-policy
 no bgp network import-check
 neighbor 10.255.0.{other} remote-as 6500{other}
 neighbor 10.255.0.{other} update-source lo
 neighbor 10.255.0.{other} disable-connected-check
 neighbor 10.255.0.{other} timers connect 1
 address-family ipv4 unicast
""" + "".join(f"  network {network}\n" for network in networks)


@pytest.mark.parametrize("old, new", [
    ("[10.0.0.1/24, ", "[10.0.0.9/24, "),
    ("[10.0.0.1/24, ", "[10.0.0.1/24, 10.0.0.9/24, 192.0.2.1/24, "),
    ("[10.0.0.1/24, ", "[10.0.0.1/25, "),
], ids=["changed", "added", "shorter"])
def test_no_learned_route_is_lost(world, old, new):
    needs_program("/usr/lib/frr/bgpd", "frr")
    networks = [f"10.8.{i}.0/24" for i in range(100)]
    topology = TOPOLOGY % (json.dumps(config(1, 2, ["10.7.0.0/24"])), json.dumps(config(2, 1, networks)))
    world.apply(topology)
    eventually(lambda: set(networks) <= routes(world, "r1", "lab", "proto", "bgp").keys(),
               lambda: world.nsbuild("logs", "r1-bgpd").out)
    learned = routes(world, "r1", "lab", "proto", "bgp")
    monitor = RouteMonitor(world, "r1")
    services = world.sh("pgrep -x bgpd").out

    changed = topology.replace(old, new)
    world.apply(changed)

    assert routes(world, "r1", "lab", "proto", "bgp") == learned
    assert [line for line in monitor.deleted() if "proto bgp" in line] == []
    assert world.sh("pgrep -x bgpd").out == services
    assert world.changes(changed) == []
    world.in_ns("r1", "ping", "-c1", "-W5", "10.0.0.2")
    world.destroy()
