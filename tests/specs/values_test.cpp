// What each key's value becomes.
#include "loading.hpp"

#include <gtest/gtest.h>

namespace nsbuild::specs {
namespace {

Route route(const std::string& yaml) {
  const Spec spec = fine("namespaces: {n: {routes: [" + yaml + "]}}\n");
  return spec.namespaces.at(0).routes.at(0);
}

std::string hops(const Route& route) {
  std::string result;
  for (const NextHop& hop : route.nexthops)
    result += (hop.via ? hop.via->value.text() : "-") + "," + (hop.dev ? hop.dev->value : "-") + "," +
              std::to_string(hop.weight) + " ";
  return result;
}

Service service(const std::string& keys) {
  const Spec spec = fine("namespaces: {n: }\nservices: {s: {namespace: n, command: x, " + keys + "}}\n");
  return spec.services.at(0);
}

TEST(Routes, InIpRouteWords) {
  const Route plain = route("default via 10.0.0.1");
  EXPECT_EQ(plain.to.value.text(), "0.0.0.0/0");
  EXPECT_EQ(hops(plain), "10.0.0.1,-,1 ");
  EXPECT_EQ(route("default via fd00::1").to.value.text(), "::/0");
  EXPECT_EQ(route("default dev eth0").to.value.text(), "0.0.0.0/0");
  EXPECT_EQ(route("default dev eth0 src fd00::1").to.value.text(), "::/0");
  EXPECT_EQ(route("10.0.0.1 dev eth0").to.value.text(), "10.0.0.1/32");
  const Route full = route("unicast to 10.1.0.0/16 via 10.0.0.1 dev via metric 7 table local src 10.0.0.9 onlink");
  EXPECT_EQ(hops(full), "10.0.0.1,via,1 ");
  EXPECT_EQ(full.metric->value, 7U);
  EXPECT_EQ(full.table->value, 255U);
  EXPECT_EQ(full.source->value.text(), "10.0.0.9");
  EXPECT_TRUE(full.on_link);
  EXPECT_EQ(hops(route("default nexthop via 10.0.0.1 weight 3 nexthop via 10.0.0.2 dev b metric 4")),
            "10.0.0.1,-,3 10.0.0.2,b,1 ");
  EXPECT_EQ(route("blackhole 10.0.0.0/8 table 4294967295").type, RouteType::blackhole);
  EXPECT_EQ(route("unreachable default").type, RouteType::unreachable);
  EXPECT_EQ(route("prohibit fd00::/8").type, RouteType::prohibit);
}

TEST(Routes, AsMappings) {
  EXPECT_EQ(hops(route("{to: default, via: 10.0.0.1, dev: eth0}")), "10.0.0.1,eth0,1 ");
  EXPECT_EQ(hops(route("{dev: eth0, to: default, via: 10.0.0.1}")), "10.0.0.1,eth0,1 ");
  EXPECT_EQ(hops(route("{to: 10.0.0.0/8, dev: eth0}")), "-,eth0,1 ");
  EXPECT_EQ(hops(route("{to: default, via: [fd00::1, {via: fd00::2, weight: 256, dev: x}]}")),
            "fd00::1,-,1 fd00::2,x,256 ");
  EXPECT_EQ(route("{to: default, via: fd00::1}").to.value.text(), "::/0");
  const Route full = route("{to: 10.0.0.0/8, via: 10.0.0.1, from: 10.0.0.2, metric: 0, table: main, on-link: true}");
  EXPECT_EQ(full.source->value.text(), "10.0.0.2");
  EXPECT_EQ(full.metric->value, 0U);
  EXPECT_EQ(full.table->value, 254U);
  EXPECT_TRUE(full.on_link);
  EXPECT_EQ(route("{to: 10.0.0.0/8, dev: e, src: 10.0.0.2}").source->value.text(), "10.0.0.2");
}

TEST(Routes, PointAtTheirWords) {
  const Spec spec = fine("namespaces:\n  n:\n    routes:\n      - default  via 10.0.0.1\n");
  const Route& route = spec.namespaces.at(0).routes.at(0);
  EXPECT_EQ(route.to.at, (Mark{0, 4, 9, 7}));
  EXPECT_EQ(route.nexthops.at(0).via->at, (Mark{0, 4, 22, 8}));
}

TEST(Rules, HaveSelectorsAndActions) {
  const Spec spec = fine(R"(
namespaces:
  n:
    rules:
      - {from: 10.0.1.0/24, to: 10.0.2.5, iif: eth0, oif: eth1, mark: 0x10, table: 100, priority: 0}
      - {type: prohibit, family: ipv6}
)");
  const Rule& rule = spec.namespaces.at(0).rules.at(0);
  EXPECT_EQ(rule.from->value.text(), "10.0.1.0/24");
  EXPECT_EQ(rule.to->value.text(), "10.0.2.5/32");
  EXPECT_EQ(rule.iif->value + rule.oif->value, "eth0eth1");
  EXPECT_EQ(rule.mark->value, 16U);
  EXPECT_EQ(rule.table->value, 100U);
  EXPECT_EQ(rule.priority->value, 0U);
  EXPECT_EQ(spec.namespaces.at(0).rules.at(1).action, RuleAction::prohibit);
  EXPECT_EQ(spec.namespaces.at(0).rules.at(1).family, Family::v6);
}

TEST(Endpoints, InAllTheirForms) {
  const Spec spec = fine(R"(
networks:
  lan:
    endpoints:
      a:eth0:
      b: 10.0.0.1/24
      c:eth0: [10.0.0.2/24, fd00::2/64]
      host:eth0: {addresses: 10.0.0.3/24, mac: 02:00:00:00:00:0A, mtu: 68, up: no}
  wan: {endpoints: [a, b:eth1, {c:eth1: 10.1.0.1/24}], subnet: [10.1.0.0/24, fd01::/64], mtu: 65535}
  none:
)");
  const auto& lan = spec.networks.at(0).ends;
  ASSERT_EQ(lan.size(), 4U);
  EXPECT_EQ(lan[0].place.value + " " + lan[0].interface->value, "a eth0");
  EXPECT_TRUE(lan[0].addresses.empty());
  EXPECT_FALSE(lan[1].interface);
  EXPECT_EQ(lan[2].addresses.at(1).value.text(), "fd00::2/64");
  EXPECT_EQ(lan[3].mac->value.text(), "02:00:00:00:00:0a");
  EXPECT_EQ(lan[3].mtu->value, 68U);
  EXPECT_FALSE(lan[3].up->value);
  EXPECT_EQ(lan[0].interface->at, (Mark{0, 5, 9, 4}));
  const Network& wan = spec.networks.at(1);
  EXPECT_EQ(wan.ends.size(), 3U);
  EXPECT_EQ(wan.ends.at(2).addresses.size(), 1U);
  EXPECT_EQ(wan.subnets.size(), 2U);
  EXPECT_EQ(wan.mtu->value, 65535U);
  EXPECT_TRUE(spec.networks.at(2).ends.empty());
}

TEST(Booleans, HaveSixNames) {
  for (const char* yes : {"true", "yes", "on", "True", "YES"})
    EXPECT_TRUE(fine("namespaces: {n: {forwarding: " + std::string(yes) + "}}").namespaces.at(0).forwarding->value)
        << yes;
  for (const char* no : {"false", "no", "off", "FALSE"})
    EXPECT_FALSE(fine("namespaces: {n: {forwarding: " + std::string(no) + "}}").namespaces.at(0).forwarding->value)
        << no;
}

TEST(Services, Commands) {
  EXPECT_EQ(service("hostname: h").command, (std::vector<std::string>{"/bin/sh", "-c", "x"}));
  const Spec spec = fine("namespaces: {n: }\nservices: {s: {namespace: n, command: [a, '', 8080, \"b c\"]}}\n");
  EXPECT_EQ(spec.services.at(0).command, (std::vector<std::string>{"a", "", "8080", "b c"}));
}

TEST(Services, Environment) {
  using Pairs = std::vector<std::pair<std::string, std::string>>;
  EXPECT_EQ(service("environment: {Z: 1, A: '', B: true}").environment, (Pairs{{"Z", "1"}, {"A", ""}, {"B", "true"}}));
  EXPECT_EQ(service("environment: [Z=1, A=, B=x=y]").environment, (Pairs{{"Z", "1"}, {"A", ""}, {"B", "x=y"}}));
}

TEST(Services, MountsAndTmpfs) {
  const Workplace place;
  place.write("www/index.html", "");
  const Loaded loaded = place.load(R"(
namespaces: {n: }
services:
  s:
    namespace: n
    command: x
    tmpfs: [/t, "/u:size=10%,mode=0700,ro"]
    mounts:
      - ./www:/srv//x/./y/:ro
      - {source: www/../www, target: /b, read_only: true}
      - {type: tmpfs, target: /c, size: 64m, mode: 1777, owner: "nobody:nogroup"}
)");
  ASSERT_EQ(loaded.messages, "");
  const auto& mounts = loaded.spec.services.at(0).mounts;
  ASSERT_EQ(mounts.size(), 5U);
  EXPECT_EQ(mounts[0].source.value, place.path() / "www");
  EXPECT_EQ(mounts[0].target.value, "/srv/x/y");
  EXPECT_TRUE(mounts[0].read_only);
  EXPECT_EQ(mounts[1].source.value, place.path() / "www");
  EXPECT_EQ(mounts[2].size->value, "64m");
  EXPECT_EQ(mounts[2].mode->value, 01777U);
  EXPECT_EQ(mounts[2].owner->value, "nobody:nogroup");
  EXPECT_EQ(mounts[3].target.value, "/t");
  EXPECT_EQ(mounts[4].size->value, "10%");
  EXPECT_EQ(mounts[4].mode->value, 0700U);
  EXPECT_TRUE(mounts[4].read_only);
}

TEST(Services, Files) {
  const Workplace place;
  place.write("app.conf", std::string("bytes\0\xff", 7));
  const Loaded loaded = place.load(R"(
namespaces: {n: }
services:
  s:
    namespace: n
    command: x
    files:
      /a: text
      /b: {content: "", mode: 0o600, owner: nobody}
      /c: {source: app.conf, mode: "4755"}
)");
  ASSERT_EQ(loaded.messages, "");
  const auto& files = loaded.spec.services.at(0).files;
  EXPECT_EQ(files.at(0).content, "text");
  EXPECT_EQ(files.at(0).mode, 0644U);
  EXPECT_EQ(files.at(1).mode, 0600U);
  EXPECT_EQ(files.at(1).owner->value, "nobody");
  EXPECT_EQ(files.at(2).content, std::string("bytes\0\xff", 7));
  EXPECT_EQ(files.at(2).mode, 04755U);
}

TEST(Services, TheRest) {
  const Service s = service("hostname: h, user: \"1000:1000\", working_dir: /srv/");
  EXPECT_EQ(s.hostname->value, "h");
  EXPECT_EQ(s.user->value, "1000:1000");
  EXPECT_EQ(s.working_dir->value, "/srv");
}

TEST(Name, IsGivenOrSaidOrTheFiles) {
  LoadOptions options;
  EXPECT_EQ(fine("namespaces: {}\n", options).name.value, "topo");
  EXPECT_EQ(fine("name: said\n", options).name.value, "said");
  options.name = "given";
  EXPECT_EQ(fine("name: said\n", options).name.value, "given");
}

TEST(Name, OfAFileMayNotFit) {
  const Workplace place;
  place.write("my lab.yaml", "namespaces: {}\n");
  LoadOptions options;
  options.path = "my lab.yaml";
  Sources sources;
  Diagnostics diagnostics;
  const Spec spec = load(options, sources, diagnostics);
  EXPECT_EQ(print(diagnostics, sources, false, false),
            "my lab.yaml: error: the file's name \"my lab\" is not a name for a lab (write \"name:\" in it, or give "
            "--name)\n");
  EXPECT_EQ(spec.path, place.path() / "my lab.yaml");
}

TEST(File, ThatIsNotThereIsAnError) {
  const Workplace place;
  for (const auto& [path, why] :
       {std::pair("nope.yaml", "No such file or directory"), std::pair(".", "it is a directory")}) {
    LoadOptions options;
    options.path = path;
    Sources sources;
    Diagnostics diagnostics;
    load(options, sources, diagnostics);
    EXPECT_EQ(print(diagnostics, sources, false, false),
              std::string(path) + ": error: cannot read this file: " + why + "\n");
  }
}

TEST(Size, TenThousandNamespacesAreRead) {
  std::string text = "defaults: {namespace: {sysctls: {net.ipv4.ip_forward: 1}}}\nnamespaces:\n";
  for (int i = 0; i < 10'000; ++i) text += "  n" + std::to_string(i) + ": {routes: [default via 10.0.0.1]}\n";
  text += "links:\n";
  for (int i = 0; i < 10'000; ++i)
    text += "  - endpoints: {n" + std::to_string(i) + ":e0: 10.0.0.1/24, n" + std::to_string((i + 1) % 10'000) +
            ":e1: 10.0.0.2/24}\n";
  const Spec spec = fine(text);
  EXPECT_EQ(spec.namespaces.size(), 10'000U);
  EXPECT_EQ(spec.links.size(), 10'000U);
  EXPECT_EQ(spec.namespaces.at(9'999).sysctls.size(), 1U);
}

}  // namespace
}  // namespace nsbuild::specs
