// Every class of error that a typed reader knows, with its position and words; tests/bad holds whole broken topologies.
#include "loading.hpp"

#include <sstream>

#include <gtest/gtest.h>

namespace nsbuild::specs {
namespace {

/// The messages about one section, without the source lines: `line:column: message | hint`.
std::string brief(const std::string& text) {
  std::istringstream in(messages(text));
  std::string result;
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("topo.yaml:")) {
      result += (result.empty() ? "" : "\n") + line.substr(10);
    } else if (line.starts_with("      |")) {
      const std::size_t hint = line.find_first_not_of(" ^~", 7);
      if (hint != std::string::npos) result += " | " + line.substr(hint);
    }
  }
  return result;
}

std::string in_namespace(const std::string& keys) { return brief("namespaces: {n: {" + keys + "}}\n"); }
std::string in_service(const std::string& keys) {
  return brief("namespaces: {n: }\nservices: {s: {namespace: n, " + keys + "}}\n");
}
std::string in_link(const std::string& keys) { return brief("links: [{" + keys + "}]\n"); }
std::string in_route(const std::string& route) { return brief("namespaces: {n: {routes: [" + route + "]}}\n"); }

TEST(Errors, KeysThatAreNotKnown) {
  EXPECT_EQ(brief("namspaces: {}\n"),
            "1:1: error: unknown key \"namspaces\" in a topology | did you mean \"namespaces\"?");
  EXPECT_EQ(brief("nodes: {}\n"), "1:1: error: unknown key \"nodes\" in a topology | did you mean \"namespaces\"?");
  EXPECT_EQ(
      brief("zzz: {}\n"),
      "1:1: error: unknown key \"zzz\" in a topology | known: name, include, profiles, defaults, namespaces, links, "
      "networks, services, hosts, vars");
  EXPECT_EQ(in_service("command: x, volumes: []"),
            "2:42: error: unknown key \"volumes\" in a service | did you mean \"mounts\"?");
  EXPECT_EQ(in_service("command: x, Hostname: a"),
            "2:42: error: unknown key \"Hostname\" in a service | did you mean \"hostname\"?");
  EXPECT_EQ(brief("namespaces: {a: {forwarding:true}}\n"),
            "1:18: error: unknown key \"forwarding:true\" in a namespace | write \"forwarding: true\"");
  EXPECT_EQ(brief("x-anything: {a: b}\n"), "");
}

TEST(Errors, SectionsOfTheWrongShape) {
  EXPECT_EQ(brief("namespaces: [a, b]\n"),
            "1:13: error: \"namespaces\" must be a mapping of names to entries, not a list | write \"name:\" for each, "
            "without \"-\"");
  EXPECT_EQ(
      brief("links: {a: b}\n"),
      "1:8: error: \"links\" must be a list of links, not a mapping | such as - endpoints: [client:eth0, server:eth0]");
  EXPECT_EQ(brief("namespaces: {a: x}\n"), "1:17: error: a namespace must be a mapping, not text");
  EXPECT_EQ(brief("links: [a]\n"), "1:9: error: a link must be a mapping, not text");
  EXPECT_EQ(brief("links:\n  - endpoints: [a, b]\n  -\n  # comment\n  - endpoints: [a, b]\n"),
            "3:3: error: this link is empty | a link needs \"endpoints\"");
  EXPECT_EQ(brief("profiles: [a]\n"),
            "1:11: error: \"profiles\" must be a mapping of names to fragments, not a list | such as {router: "
            "{forwarding: true}}");
  EXPECT_EQ(brief("defaults: x\n"), "1:11: error: \"defaults\" must be a mapping, not text");
  EXPECT_EQ(brief("defaults: {link: [1]}\n"), "1:18: error: \"link\" must be a mapping, not a list");
  EXPECT_EQ(brief("name: [a]\n"), "1:7: error: \"name\" must be a name, not a list");
}

TEST(Errors, Names) {
  EXPECT_EQ(brief("name: a.b\n"),
            "1:7: error: \"a.b\" is not a name for a lab | names have letters, digits, \"_\" and \"-\"");
  EXPECT_EQ(brief("name: \"\"\n"),
            "1:7: error: \"\" is not a name for a lab | names have letters, digits, \"_\" and \"-\"");
  EXPECT_EQ(brief("namespaces: {a/b: }\n"),
            "1:14: error: \"a/b\" is not a name for a namespace | names have letters, digits, \"_\" and \"-\"");
  EXPECT_EQ(brief("namespaces: {" + std::string(65, 'a') + ": }\n"),
            "1:14: error: the namespace name \"" + std::string(60, 'a') + "...\" is too long | at most 64 bytes");
  EXPECT_EQ(brief("networks: {a-network-too-long: }\n"),
            "1:12: error: \"a-network-too-long\" cannot be an interface's name | at most 15 bytes, this has 18");
}

TEST(Errors, Namespaces) {
  EXPECT_EQ(in_namespace("forwarding: 2"), "1:30: error: \"forwarding\" must be true or false, not \"2\"");
  EXPECT_EQ(in_namespace("sysctls: [a]"),
            "1:27: error: \"sysctls\" must be a mapping, not a list | such as {net.ipv4.conf.all.rp_filter: 0}");
  EXPECT_EQ(in_namespace("sysctls: {net.a: , net.b: [1]}"),
            "1:28: error: the sysctl \"net.a\" must have a value that is text, not nothing\n"
            "1:44: error: the sysctl \"net.b\" must have a value that is text, not a list");
  EXPECT_EQ(in_namespace("interfaces: [lo]"),
            "1:30: error: \"interfaces\" must be a mapping, not a list | such as {lo: {addresses: [10.255.0.3/32]}}");
  EXPECT_EQ(in_namespace("interfaces: {eth0: }"),
            "1:31: error: \"eth0\" cannot stand under \"interfaces\", only \"lo\" can | other interfaces are ends of "
            "links and networks");
  EXPECT_EQ(in_namespace("routes: default via 10.0.0.1"),
            "1:26: error: \"routes\" must be a list, not \"default via 10.0.0.1\" | such as [default via 10.0.0.1]");
  EXPECT_EQ(in_namespace("rules: {from: 10.0.0.0/8}"),
            "1:25: error: \"rules\" must be a list, not a mapping | such as [{from: 10.0.1.0/24, table: 100}]");
}

TEST(Errors, Addresses) {
  const auto lo = [](const std::string& address) {
    return in_namespace("interfaces: {lo: {addresses: " + address + "}}");
  };
  EXPECT_EQ(lo("10.0.0.1"), "1:47: error: the address \"10.0.0.1\" lacks its prefix length | such as 10.0.0.1/24");
  EXPECT_EQ(lo("fd00::1"), "1:47: error: the address \"fd00::1\" lacks its prefix length | such as fd00::1/64");
  EXPECT_EQ(lo("10.0.0.1/40"),
            "1:47: error: the prefix length of \"10.0.0.1/40\" must be 0 to 32 | such as 10.0.0.1/24 or fd00::1/64");
  EXPECT_EQ(lo("10.0.0/8"),
            "1:47: error: \"10.0.0/8\" is not an IP address with a prefix length | such as 10.0.0.1/24 or fd00::1/64");
  EXPECT_EQ(lo("224.0.0.1/24"),
            "1:47: error: \"224.0.0.1/24\" cannot be an interface's address | it is a multicast address");
  EXPECT_EQ(lo("0.0.0.0/0"), "1:47: error: \"0.0.0.0/0\" cannot be an interface's address");
  EXPECT_EQ(lo("[[10.0.0.1/8]]"), "1:48: error: \"addresses\" must be an address with its prefix length, not a list");
  EXPECT_EQ(lo("{a: b}"), "1:47: error: \"addresses\" must be an address with its prefix length, not a mapping");
}

TEST(Errors, RouteWords) {
  EXPECT_EQ(in_route("\"\""), "1:27: error: a route starts with its destination | such as \"default via 10.0.0.1\"");
  EXPECT_EQ(in_route("default"), "1:27: error: the route needs \"via\" or \"dev\"");
  EXPECT_EQ(in_route("deafult via 10.0.0.1"),
            "1:27: error: \"deafult\" is not an IP address with a prefix length | such as 10.0.0.0/24 or fd00::/64");
  EXPECT_EQ(in_route("default via"), "1:35: error: a word is missing after \"via\"");
  EXPECT_EQ(in_route("default via 10.0.0.1/24"),
            "1:39: error: \"10.0.0.1/24\" is not an IP address | without a prefix length");
  EXPECT_EQ(in_route("default via fe80::1%eth0"),
            "1:39: error: \"fe80::1%eth0\" is not an IP address | no zone: the interface is a key of its own");
  EXPECT_EQ(in_route("default via 10.0.0.1 metrik 5"),
            "1:48: error: unknown word \"metrik\" in a route | did you mean \"metric\"?");
  EXPECT_EQ(in_route("default via 10.0.0.1 proto 5"),
            "1:48: error: unknown word \"proto\" in a route | known: via, dev, metric, table, src, onlink, nexthop");
  EXPECT_EQ(in_route("default via 10.0.0.1 metric x"),
            "1:55: error: \"metric\" must be an integer from 0 to 4294967295, not \"x\"");
  EXPECT_EQ(in_route("default via 10.0.0.1 table mian"),
            "1:54: error: a routing table must be a number from 1, or main, local or default, not \"mian\"");
  EXPECT_EQ(in_route("default nexthop via 10.0.0.1 weight 257"),
            "1:63: error: \"weight\" must be an integer from 1 to 256, not \"257\"");
  EXPECT_EQ(in_route("default nexthop weight 2"), "1:35: error: \"nexthop\" needs \"via\" or \"dev\"");
  EXPECT_EQ(in_route("default dev a/b"), "1:39: error: \"a/b\" cannot be an interface's name | it holds \"/\"");
  EXPECT_EQ(in_route("10.0.0.1/24 dev e"),
            "1:27: error: \"10.0.0.1/24\" has bits set behind its prefix length | did you mean \"10.0.0.0/24\"?");
  EXPECT_EQ(in_route("blackhole 10.0.0.0/8 via 10.0.0.1"),
            "1:48: error: a route that drops packets has no gateway or device");
  EXPECT_EQ(in_route("10.0.0.0/8 via fd00::1"),
            "1:42: error: the gateway fd00::1 is not an IPv4 address, as the route's others are");
  EXPECT_EQ(in_route("default via 10.0.0.1 src fd00::1"),
            "1:52: error: the source address is not an IPv4 address, as the route is");
  EXPECT_EQ(in_route("default via 224.0.0.1"), "1:39: error: 224.0.0.1 cannot be a gateway");
  EXPECT_EQ(in_route("default nexthop via 10.0.0.1 nexthop via fd00::1"),
            "1:68: error: the gateway fd00::1 is not an IPv4 address, as the route's others are");
}

TEST(Errors, RouteMappings) {
  EXPECT_EQ(in_route("{via: 10.0.0.1}"), "1:27: error: a route needs \"to\"");
  EXPECT_EQ(in_route("{to: default}"), "1:27: error: the route needs \"via\" or \"dev\"");
  EXPECT_EQ(in_route("{to: [a], via: 10.0.0.1}"),
            "1:32: error: \"to\" must be default, an IP prefix or an address, not a list");
  EXPECT_EQ(in_route("{to: default, via: [{weight: 2}]}"), "1:47: error: a next hop needs \"via\" or \"dev\"");
  EXPECT_EQ(in_route("{to: default, gateway: 10.0.0.1}"),
            "1:41: error: unknown key \"gateway\" in a route | did you mean \"via\"?");
  EXPECT_EQ(in_route("{to: 10.0.0.0/8, type: blackhoel}"),
            "1:50: error: \"type\" must be one of unicast, blackhole, unreachable, prohibit, not \"blackhoel\" | did "
            "you mean \"blackhole\"?");
  EXPECT_EQ(in_route("[a]"), "1:27: error: a route must be a mapping, not a list");
}

TEST(Errors, Rules) {
  const auto rule = [](const std::string& keys) { return in_namespace("rules: [{" + keys + "}]"); };
  EXPECT_EQ(rule("from: 10.0.0.0/8, to: fd00::/8"),
            "1:49: error: \"to\" and \"from\" are of two address families\n1:33: note: \"from\"");
  EXPECT_EQ(rule("to: 10.0.0.0/8, family: ipv6"), "1:31: error: this is not of the rule's \"family\"");
  EXPECT_EQ(rule("mark: 0xz"), "1:33: error: \"mark\" must be a number such as 7 or 0x7, not \"0xz\"");
  EXPECT_EQ(rule("priority: -1"), "1:37: error: \"priority\" must be an integer from 0 to 4294967295, not \"-1\"");
  EXPECT_EQ(rule("fwmark: 1"), "1:27: error: unknown key \"fwmark\" in a rule | did you mean \"mark\"?");
}

TEST(Errors, Links) {
  EXPECT_EQ(in_link("mtu: 1500"), "1:9: error: a link needs \"endpoints\"");
  EXPECT_EQ(in_link("endpoints: [a:x]"), "1:10: error: a link has two endpoints, not 1");
  EXPECT_EQ(in_link("endpoints: [a, b, c]"),
            "1:10: error: a link has two endpoints, not 3 | a segment of more is a network");
  EXPECT_EQ(
      in_link("endpoints: a"),
      "1:21: error: \"endpoints\" must be a mapping or a list of ends, not \"a\" | such as [client:eth0, server:eth0]");
  EXPECT_EQ(in_link("endpoints: [a, [b]]"), "1:25: error: an endpoint must be namespace:interface, not a list");
  EXPECT_EQ(in_link("endpoints: [a, b], mtu: 67"),
            "1:34: error: \"mtu\" must be an integer from 68 to 65535, not \"67\"");
  EXPECT_EQ(in_link("endpoints: [a, b], mtu: 99999999999999999999"),
            "1:34: error: \"mtu\" must be an integer from 68 to 65535, not \"99999999999999999999\"");
  EXPECT_EQ(
      in_link("endpoints: [a, b], subnet: 10.0.0.1/24"),
      "1:37: error: the subnet \"10.0.0.1/24\" has bits set behind its prefix length | did you mean \"10.0.0.0/24\"?");
  EXPECT_EQ(in_link("endpoints: [a, b], subnet: 10.0.0.0"),
            "1:37: error: the subnet \"10.0.0.0\" lacks its prefix length | such as 10.0.0.0/24");
  EXPECT_EQ(
      in_link("endpoints: [a, b], subnet: [10.0.0.0/24, fd00::/64, 10.1.0.0/24]"),
      "1:62: error: a second subnet of the same family | one IPv4 and one IPv6 subnet at most\n1:38: note: the first");
}

TEST(Errors, Endpoints) {
  const auto end = [](const std::string& yaml) { return in_link("endpoints: {x: , " + yaml + "}"); };
  EXPECT_EQ(end("\"a b:e\": "),
            "1:28: error: \"a b\" is not a name for a namespace | names have letters, digits, \"_\" and \"-\"");
  EXPECT_EQ(end("\"a:\": "), "1:29: error: \"\" cannot be an interface's name | it is empty");
  EXPECT_EQ(end("\"a:.\": "), "1:30: error: \".\" cannot be an interface's name");
  EXPECT_EQ(end("\"a:b:c\": "), "1:30: error: \"b:c\" cannot be an interface's name | it holds \":\"");
  EXPECT_EQ(end("\"a:b c\": "), "1:30: error: \"b c\" cannot be an interface's name | it holds \" \"");
  EXPECT_EQ(end("a:all: "), "1:29: error: \"all\" cannot be an interface's name | the kernel keeps it for sysctls");
  EXPECT_EQ(end("a:sixteen-bytes-xx: "),
            "1:29: error: \"sixteen-bytes-xx\" cannot be an interface's name | at most 15 bytes, this has 16");
  EXPECT_EQ(end("a: {mac: 02-00-00-00-00-01}"),
            "1:36: error: \"mac\" must be six hexadecimal pairs with colons, not \"02-00-00-00-00-01\" | such as "
            "\"02:00:00:00:00:01\"");
  EXPECT_EQ(end("a: {mac: 00:00:00:00:00:00}"),
            "1:36: error: no interface can have the MAC address \"00:00:00:00:00:00\" | it is all zero");
  EXPECT_EQ(end("a: {mac: 03:00:00:00:00:00}"),
            "1:36: error: no interface can have the MAC address \"03:00:00:00:00:00\" | it is a multicast address: the "
            "first byte is odd");
  EXPECT_EQ(end("a: {ip: 10.0.0.1/24}"),
            "1:31: error: unknown key \"ip\" in an endpoint | did you mean \"addresses\"?");
}

TEST(Errors, Services) {
  EXPECT_EQ(brief("services: {s: }\n"),
            "1:12: error: a service needs \"command\"\n1:12: error: a service needs \"namespace\" or \"join\"");
  EXPECT_EQ(in_service("command: "), "2:30: error: a service needs \"command\"");
  EXPECT_EQ(in_service("command: \" \""), "2:39: error: \"command\" is empty");
  EXPECT_EQ(in_service("command: []"), "2:39: error: \"command\" is empty");
  EXPECT_EQ(in_service("command: {a: b}"),
            "2:39: error: \"command\" must be a text or a list, not a mapping | such as [sleep, infinity]");
  EXPECT_EQ(in_service("command: [a, {b: c}]"),
            "2:43: error: a word of a command must be text, not a mapping | quote it");
  EXPECT_EQ(in_service("command: [\"\"]"), "2:40: error: the command's first word is empty");
  EXPECT_EQ(in_service("command: x, hostname: a b"),
            "2:52: error: a hostname has 1 to 64 letters, digits, \".\", \"-\" or \"_\", unlike \"a b\"");
  EXPECT_EQ(in_service("command: x, user: \"a:\""),
            "2:48: error: \"user\" must be user or user:group, names or numbers, not \"a:\"");
  EXPECT_EQ(in_service("command: x, working_dir: srv"),
            "2:55: error: \"srv\" must be an absolute path | start it with \"/\"");
  EXPECT_EQ(in_service("command: x, working_dir: /a/../b"),
            "2:55: error: \"..\" in the path \"/a/../b\" | write the path that it leads to");
}

TEST(Errors, Environment) {
  EXPECT_EQ(
      in_service("command: x, environment: A"),
      "2:55: error: \"environment\" must be a mapping or a list of NAME=value, not \"A\" | such as {LANG: C.UTF-8}");
  EXPECT_EQ(in_service("command: x, environment: {A: }"),
            "2:56: error: the variable \"A\" has no value | the caller's own is \"${A}\", an empty one \"\"");
  EXPECT_EQ(in_service("command: x, environment: [A]"),
            "2:56: error: the variable \"A\" has no value | the caller's own is \"${A}\", an empty one \"\"");
  EXPECT_EQ(in_service("command: x, environment: {A: [b]}"),
            "2:59: error: the variable \"A\" must be text, not a list");
  EXPECT_EQ(in_service("command: x, environment: [A=1, A=2]"),
            "2:61: error: the variable \"A\" is here twice\n2:56: note: first used here");
  EXPECT_EQ(
      in_service("command: x, environment: [{A: b}]"),
      "2:56: error: an item of \"environment\" must be NAME=value, not a mapping | a mapping stands without \"-\"");
  EXPECT_EQ(in_service("command: x, environment: [=b]"), "2:56: error: \"\" is not a variable's name");
  EXPECT_EQ(in_service("command: x, environment: {A=B: c}"), "2:56: error: \"A=B\" is not a variable's name");
}

TEST(Errors, Mounts) {
  const auto mount = [](const std::string& yaml) { return in_service("command: x, mounts: [" + yaml + "]"); };
  EXPECT_EQ(mount("/srv"), "2:51: error: the mount \"/srv\" must be source:target or source:target:ro");
  EXPECT_EQ(mount("/tmp:srv"), "2:56: error: \"srv\" must be an absolute path | start it with \"/\"");
  EXPECT_EQ(mount("/tmp:/srv:rx"),
            "2:61: error: unknown option \"rx\" of a mount | known: ro, rw, recursive, norecursive");
  EXPECT_EQ(mount("/nonexistent/x:/srv"), "2:51: error: cannot mount \"/nonexistent/x\": No such file or directory");
  EXPECT_NE(mount("data:/srv").find("| a source is a path; there are no named volumes"), std::string::npos);
  EXPECT_EQ(mount("{target: /srv}"), "2:51: error: a bind mount needs \"source\" | or \"type: tmpfs\"");
  EXPECT_EQ(mount("{source: /tmp}"), "2:51: error: a mount needs \"target\"");
  EXPECT_EQ(mount("{type: tmpfs, source: /tmp, target: /a}"), "2:65: error: \"source\" is for bind mounts only");
  EXPECT_EQ(mount("{source: /tmp, target: /a, size: 1m}"), "2:78: error: \"size\" is for a tmpfs only");
  EXPECT_EQ(mount("{type: tmpfs, target: /a, size: 0}"),
            "2:83: error: a size must be bytes, or a number with k, m, g or %, not \"0\"");
  EXPECT_EQ(mount("{type: tmpfs, target: /a, mode: 888}"),
            "2:83: error: a mode must be octal digits such as 0644, not \"888\"");
  EXPECT_EQ(mount("{type: tmpfs, target: /a, mode: 10000}"),
            "2:83: error: a mode must be octal digits such as 0644, not \"10000\"");
  EXPECT_EQ(mount("{type: volume, target: /a, source: /tmp}"),
            "2:58: error: \"type\" must be one of bind, tmpfs, overlay, proc, devpts, not \"volume\"");
  EXPECT_EQ(mount("/tmp:/a, /etc:/a/"),
            "2:65: error: the mount target is \"/a\" here twice\n2:56: note: first used here");
  EXPECT_EQ(in_service("command: x, tmpfs: /a:uid=1"),
            "2:52: error: unknown option \"uid\" of a tmpfs | known: size=, mode=, ro");
  EXPECT_EQ(
      in_service("command: x, tmpfs: {a: b}"),
      "2:49: error: \"tmpfs\" must be a path or a list of paths, not a mapping | mappings belong under \"mounts\"");
}

TEST(Errors, Files) {
  const auto file = [](const std::string& yaml) { return in_service("command: x, files: {" + yaml + "}"); };
  EXPECT_EQ(file("etc/a: b"), "2:50: error: \"etc/a\" must be an absolute path | start it with \"/\"");
  EXPECT_EQ(file("/a/: b"), "2:50: error: \"/a/\" is a directory, not a file");
  EXPECT_EQ(file("/a: "), "2:50: error: a file needs \"content\" or \"source\" | an empty one has content: \"\"");
  EXPECT_EQ(file("/a: {content: x, source: /dev/null}"),
            "2:75: error: a file has \"content\" or \"source\", not both\n2:55: note: the content");
  EXPECT_EQ(file("/a: {source: /nonexistent}"), "2:63: error: cannot read \"/nonexistent\": No such file or directory");
  EXPECT_EQ(file("/a: {source: /etc}"), "2:63: error: cannot read \"/etc\": it is a directory");
  EXPECT_EQ(file("/a: [b]"), "2:54: error: a file must be a mapping, not a list");
  EXPECT_EQ(file("/a: b, //a: c"), "2:57: error: the file is \"/a\" here twice\n2:50: note: first used here");
  EXPECT_EQ(
      in_service("command: x, files: [a]"),
      "2:49: error: \"files\" must be a mapping of paths to files, not a list | such as {/etc/motd: {content: hello}}");
}

TEST(Errors, AllOfAFileInOneRun) {
  EXPECT_EQ(
      brief(
          "nmae: a\nnamespaces: {a: {forwarding: 2}, b: {routes: [default]}}\nlinks: [{endpoints: [a, b], mtu: 1}]\n"),
      "1:1: error: unknown key \"nmae\" in a topology | did you mean \"name\"?\n2:30: error: \"forwarding\" must be "
      "true or false, not \"2\"\n2:47: error: the route needs \"via\" or \"dev\"\n3:34: error: \"mtu\" must be an "
      "integer from 68 to 65535, not \"1\"");
}

TEST(Errors, LeaveTheRestReadable) {
  const Workplace place;
  const Loaded loaded = place.load("namespaces: {a: {forwarding: 2}, b: }\nlinks: [{endpoints: [a:x, b:y], mtu: 1}]\n");
  EXPECT_TRUE(loaded.diagnostics.failed());
  EXPECT_EQ(loaded.spec.namespaces.size(), 2U);
  EXPECT_EQ(loaded.spec.links.at(0).ends.size(), 2U);
}

}  // namespace
}  // namespace nsbuild::specs
