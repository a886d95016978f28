"""Topologies that several tests share."""

# Every kind of resource once, every way to write it at least once. The lab's name comes from the file: lab.yaml.
RICH = """
profiles:
  router: {forwarding: true}
defaults:
  link: {mtu: 1500}
namespaces:
  client:
    routes: [default via 10.0.1.1, default via fd00:1::1]
  router:
    profile: router
    sysctls: {net.ipv4.conf.all.rp_filter: 0, net.ipv4.conf.eth1.proxy_arp: 1}
    routes:
      - {to: 198.51.100.0/24, type: blackhole}
      - {to: 192.0.2.0/24, type: unreachable, metric: 77}
      - {to: 203.0.113.0/24, via: [10.0.2.2, {via: 10.0.1.2, weight: 3}], metric: 50, table: 100}
      - 10.255.0.3/32 via 10.0.2.2 src 10.0.2.1
    rules: [{from: 10.0.1.0/24, table: 100, priority: 1000}]
  server:
    interfaces: {lo: {addresses: [10.255.0.3/32, "fd00:ff::3/128"]}}
    routes: [default via 10.0.2.1]
links:
  - endpoints: {client:eth0: [10.0.1.2/24, "fd00:1::2/64"], router:eth0: [10.0.1.1/24, "fd00:1::1/64"]}
  - endpoints: {router:eth1: 10.0.2.1/24, server:eth0: {addresses: [10.0.2.2/24], mac: "02:00:00:00:02:02"}}
    mtu: 1400
  - endpoints: [client:eth1, server:eth1]
    subnet: 10.0.3.0/30
networks:
  lan: {subnet: 10.1.0.0/24, endpoints: {client:lan0: , server:lan0: 10.1.0.20/24, server:management0: }}
services:
  web:
    namespace: server
    command: [python3, -m, http.server, "8080"]
    working_dir: /srv/www
    files: {/srv/www/index.html: {content: "hello\\n"}}
  idle:
    namespace: client
    command: exec sleep infinity
    hostname: idler
    environment: {GREETING: "hello world"}
    mounts: [{type: tmpfs, target: /var/cache}]
"""

# Nothing but two namespaces and what joins them; no service, so it comes and goes fast.
PAIR = """
namespaces:
  a: {routes: [10.9.0.0/16 via 10.0.0.2]}
  b:
links:
  - endpoints: {a:eth0: 10.0.0.1/24, b:eth0: 10.0.0.2/24}
"""

# Two services, independent of each other.
SERVICES = """
namespaces: {a: , b: }
links:
  - endpoints: {a:eth0: 10.0.0.1/24, b:eth0: 10.0.0.2/24}
services:
  one: {namespace: a, command: [sleep, "1001"]}
  two: {namespace: b, command: [sleep, "1002"]}
"""

# Ends, addresses and routes in the caller's namespace, and a process that its command left behind.
HOST = """
namespaces:
  host: {routes: [10.9.0.0/16 via 172.16.0.2, {to: 10.99.0.0/16, type: blackhole}]}
  a:
links: [{endpoints: {host:up0: 172.16.0.1/30, a:eth0: 172.16.0.2/30}}]
services: {web: {namespace: a, command: "sleep 1001 & exec sleep 1000"}, side: {join: web, command: [sleep, "1002"]}}
"""
