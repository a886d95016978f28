"""The labs that are struck: each small, together with every kind of resource and every kind of change to a running lab."""

LINKS = """
namespaces:
  a:
    forwarding: true
    sysctls: {net.ipv4.conf.all.rp_filter: 0, net.ipv4.conf.eth0.proxy_arp: 1}
    routes: [10.9.0.0/16 via 10.0.0.2, {to: 198.51.100.0/24, type: blackhole, table: 100}, "default via fd00::2"]
    rules: [{from: 10.0.0.0/24, table: 100, priority: 1000}]
  b: {interfaces: {lo: {addresses: [10.255.0.1/32]}}}
links:
  - endpoints: {a:eth0: [10.0.0.1/24, "fd00::1/64"], b:eth0: [10.0.0.2/24, "fd00::2/64"]}
    mtu: 1400
"""

NETWORKS = """
namespaces: {a: , b: }
networks:
  lan: {subnet: 10.1.0.0/24, endpoints: {a: , b:management0: 10.1.0.20/24}}
  far: {endpoints: [b]}
links: [{endpoints: [lan, far]}]
"""

SERVICES = """
namespaces: {a: {dns: {servers: [10.0.0.53]}}}
services:
  web:
    namespace: a
    command: [sleep, "1001"]
    hostname: www
    user: nobody
    working_dir: /srv/www
    environment: {GREETING: hello}
    mounts: [/etc:/srv/etc:ro, {type: tmpfs, target: /var/cache, size: 1M, mode: 0700}]
    files: {/srv/www/index.html: {content: "hello\\n"}, /etc/motd: {content: "web\\n", mode: 0600}}
    ready: {file: /srv/www/index.html}
  once: {namespace: a, command: ["true"], oneshot: true, depends_on: [web]}
  joined: {join: web, command: [sleep, "1002"]}
"""

ROOTS = """
namespaces: {a: }
services:
  frozen: {namespace: a, command: [sleep, "1001"], root_mode: read_only, dev: minimal}
  keeper:
    namespace: a
    command: [sleep, "1002"]
    root_mode: private
    mounts: [{type: overlay, target: /opt, lower: ./lower, upper: ./upper}]
"""

HOST = """
namespaces: {a: {routes: [default via 10.0.0.254]}, host: {routes: [10.8.0.0/16 via 10.0.0.1]}}
links:
  - endpoints: {a:eth0: 10.0.0.1/24, host:lab0: 10.0.0.254/24}
  - endpoints: {a:eth1: 10.0.1.1/24, host:lab1: 10.0.1.254/24}
"""

# From one to the other everything changes that can, in place or by a replacement; `kept` and `steady` stay. The spare pairs,
# whose namespaces stay, are removed together (engine/kinds/veth.cpp).
BEFORE = """
namespaces:
  a:
    sysctls: {net.ipv4.conf.all.rp_filter: 2, net.ipv4.tcp_ecn: 1}
    routes: [10.9.0.0/16 via 10.0.0.2, {to: 198.51.100.0/24, type: blackhole}]
    rules: [{from: 10.0.0.0/24, table: 100, priority: 1000}]
  b:
  old:
links:
  - endpoints: {a:eth0: 10.0.0.1/24, b:eth0: 10.0.0.2/24}
  - endpoints: {a:gone0: , old:gone0: }
  - endpoints: [a:spare0, b:spare0]
  - endpoints: [a:spare1, b:spare1]
  - endpoints: {b:up0: 10.0.5.1/24, host:lab0: 10.0.5.254/24}
networks:
  lan: {subnet: 10.1.0.0/24, endpoints: [a, b, old]}
services:
  kept: {namespace: a, command: [sleep, "1001"]}
  steady: {join: kept, command: [sleep, "1002"]}
  changed: {namespace: b, command: [sleep, "1003"]}
  replaced: {namespace: b, command: [sleep, "1004"], hostname: before}
  leaving: {namespace: a, command: [sleep, "1005"]}
"""

AFTER = """
namespaces:
  a:
    sysctls: {net.ipv4.conf.all.rp_filter: 1}
    routes: [10.9.0.0/16 via 10.0.0.2 metric 7, {to: 198.51.100.0/24, type: prohibit}]
    rules: [{from: 10.0.0.0/24, table: 101, priority: 1000}]
  b:
  new:
links:
  - endpoints: {a:eth0: [10.0.0.11/24, 10.0.0.1/24], b:eth0: 10.0.0.2/24}
    mtu: 1300
  - endpoints: {a:came0: , new:came0: }
  - endpoints: {b:up0: 10.0.5.1/24, host:lab1: 10.0.5.254/24}
networks:
  lan: {subnet: 10.1.0.0/24, endpoints: [a, b, new]}
services:
  kept: {namespace: a, command: [sleep, "1001"]}
  steady: {join: kept, command: [sleep, "1002"]}
  changed: {namespace: b, command: [sleep, "1033"]}
  replaced: {namespace: b, command: [sleep, "1004"], hostname: after}
  arriving: {namespace: new, command: [sleep, "1006"]}
"""

# With directories of the user's, beside one of which nsbuild makes its own (engine/service/work_directory.hpp).
AFTER_LAYERED = AFTER + """
  layered:
    namespace: new
    command: [sleep, "1007"]
    mounts: [{type: overlay, target: /opt, lower: ./lower, upper: ./upper}]
"""

NETWORK = BEFORE.split("services:")[0]
CHANGED_NETWORK = AFTER.split("services:")[0]


# For commands on a service, and for gc.
COMMANDED = """
namespaces: {host: {routes: [{to: 10.99.0.0/16, type: blackhole}]}, a: , b: }
links:
  - endpoints: {a:eth0: 10.0.0.1/24, b:eth0: 10.0.0.2/24}
  - endpoints: {host:up0: 10.0.5.1/30, a:eth1: 10.0.5.2/30}
services:
  web: {namespace: a, command: [sleep, "1001"]}
  side: {join: web, command: [sleep, "1002"]}
"""


class Case:
    """One command on one lab: from a file, or from nothing, to another, or to nothing."""

    def __init__(self, name, before, after):
        self.name, self.before, self.after = name, before, after


CASES = [
    Case("links", None, LINKS),
    Case("networks", None, NETWORKS),
    Case("services", None, SERVICES),
    Case("roots", None, ROOTS),
    Case("host", None, HOST),
    Case("network-change", NETWORK, CHANGED_NETWORK),
    Case("change", BEFORE, AFTER_LAYERED),
    Case("destroy", BEFORE, None),
    Case("destroy-services", SERVICES, None),
]
