// ${{...}} in services' strings.
#include "topology.hpp"

#include <ctime>
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

namespace nsbuild::netgraph {
namespace {

/// The words of the first service's command, below `around`, joined.
std::string echo(const std::string& around, const std::string& text, const std::string& name = "s") {
  const Outcome outcome = topology(around + "    command: [echo, '" + text + "']\n");
  EXPECT_EQ(outcome.messages, "");
  for (const Service& service : outcome.graph.services)
    if (service.name == name) return service.spec.command.at(1);
  return "no service";
}

const std::string lab = R"(
name: lab
vars: {asn: 65001, who: top, both: "${{who}}-${{asn}}"}
namespaces:
  router: {vars: {who: near}, interfaces: {lo: {addresses: [10.255.0.1/32, "fd00::1/128"]}}}
  a:
links: [{endpoints: [router:eth0, a:eth0], subnet: [10.0.0.0/30, "fd00:1::/64"]}]
services:
  s:
    namespace: router
)";

TEST(Values, AreWhatTheGraphKnows) {
  EXPECT_EQ(echo(lab, "${{lab}} ${{ namespace }} ${{service}}"), "lab router s");
  EXPECT_EQ(echo(lab, "${{addr a eth0}}/${{addr6 a eth0}}"), "10.0.0.2/fd00:1::2");
  EXPECT_EQ(echo(lab, "${{addr ${{namespace}} lo}} ${{addr6 router lo}}"), "10.255.0.1 fd00::1");
}

TEST(Values, OfTheFileAreTheNearest) {
  EXPECT_EQ(echo(lab, "${{who}} ${{both}}"), "near near-65001");
  EXPECT_EQ(echo(lab + "    vars: {who: nearest}\n", "${{who}} ${{both}}"), "nearest nearest-65001");
  EXPECT_EQ(echo("profiles: {p: {vars: {who: profile}}}" + lab + "    profile: p\n", "${{who}}"), "profile");
}

TEST(Values, AreLiteralBehindTwoDollars) {
  EXPECT_EQ(echo(lab, "$${{lab}} $$ ${{lab}}$${{"), "${{lab}} $$ lab${{");
  EXPECT_EQ(echo(lab, "{{lab}} $${ x }}"), "{{lab}} ${ x }}");
}

TEST(Values, OfOneThatJoinsAreThoseOfItsNamespace) {
  const std::string joined =
      lab + "    command: [sleep, infinity]\n    hostname: ${{namespace}}-x\n  j:\n    join: s\n";
  EXPECT_EQ(echo(joined, "${{namespace}} ${{service}} ${{who}}", "j"), "router j near");
  const Outcome outcome = topology(joined + "    command: [x]\n");
  EXPECT_EQ(outcome.graph.services.at(0).hostname, "router-x");
  EXPECT_EQ(outcome.graph.services.at(1).hostname, "router-x");
}

TEST(Values, StandInEveryString) {
  const Outcome outcome = topology(R"(
name: lab
vars: {dir: /usr, u: "65534", size: 8m, port: "80"}
namespaces: {a: {interfaces: {lo: {addresses: [10.0.0.1/32]}}}}
services:
  s:
    namespace: a
    command: echo ${{lab}}
    environment: {A: "${{lab}}"}
    hostname: h-${{namespace}}
    working_dir: ${{dir}}//lib
    user: ${{u}}
    group: ${{u}}
    groups: ["${{u}}"]
    mounts:
      - ${{dir}}/bin:/mnt/${{service}}:ro
      - {type: tmpfs, target: "/t/${{lab}}", size: "${{size}}", owner: "${{u}}"}
    files: {"/etc/${{namespace}}.conf": {content: "x ${{lab}}", owner: "${{u}}"}}
    ready: {tcp: "${{addr a lo}}:${{port}}"}
)");
  ASSERT_EQ(outcome.messages, "");
  const Service& service = outcome.graph.services.at(0);
  const specs::Service& spec = service.spec;
  EXPECT_EQ(spec.command.at(2) + "|" + spec.environment.at(0).second, "echo lab|lab");
  EXPECT_EQ(service.hostname + "|" + spec.working_dir->value, "h-a|/usr/lib");
  EXPECT_EQ(spec.user->value + spec.group->value + spec.groups.at(0).value, "655346553465534");
  EXPECT_EQ(spec.mounts.at(0).source.value + "|" + spec.mounts.at(0).target.value, "/usr/bin|/mnt/s");
  EXPECT_EQ(spec.mounts.at(1).target.value + spec.mounts.at(1).size->value + spec.mounts.at(1).owner->value,
            "/t/lab8m65534");
  EXPECT_EQ(spec.files.at(0).target.value + "|" + spec.files.at(0).content, "/etc/a.conf|x lab");
  EXPECT_EQ(spec.ready->port, 80);
  EXPECT_EQ(spec.ready->address->text(), "10.0.0.1");
}

TEST(Values, AreInCopiedFilesOnlyWhenTheyAreTemplates) {
  const std::filesystem::path directory = std::filesystem::temp_directory_path();
  const std::filesystem::path file = directory / "nsbuild-values-a.conf";
  std::ofstream(file) << "in ${{namespace}} $${{x}}";
  const auto content = [&](const std::string& more) {
    const Outcome outcome =
        topology("namespaces: {a: }\nservices: {s: {namespace: a, command: x, files: {/c: {source: \"" +
                 directory.string() + "/" + more + "}}}}\n");
    EXPECT_EQ(outcome.messages, "");
    return outcome.graph.services.at(0).spec.files.at(0).content;
  };
  EXPECT_EQ(content("nsbuild-values-a.conf\""), "in ${{namespace}} $${{x}}");
  EXPECT_EQ(content("nsbuild-values-a.conf\", template: true"), "in a ${{x}}");
  EXPECT_EQ(content("nsbuild-values-${{namespace}}.conf\""), "in ${{namespace}} $${{x}}");
  EXPECT_EQ(content("nsbuild-values-${{namespace}}.conf\", template: true"), "in a ${{x}}");
  std::filesystem::remove(file);
}

TEST(Values, CannotTakeAllTimeOrMemory) {
  std::string bomb = "vars:\n  v0: x\n";
  for (int i = 1; i < 60; ++i) {
    const std::string below = "${{v" + std::to_string(i - 1) + "}}";
    bomb += "  v" + std::to_string(i) + ": \"" + below + below + "\"\n";
  }
  const std::string service = "namespaces: {a: }\nservices: {s: {namespace: a, command: \"${{v59}}\"}}\n";
  EXPECT_NE(topology(bomb + service).messages.find("the values make this lab too large"), std::string::npos);
  std::string deep;
  for (int i = 0; i < 1000; ++i) deep += "${{";
  for (int i = 0; i < 1000; ++i) deep += "}}";
  EXPECT_NE(topology("namespaces: {a: }\nservices: {s: {namespace: a, command: \"" + deep + "\"}}\n")
                .messages.find("too deep"),
            std::string::npos);
}

TEST(Values, OfTenThousandServicesAreQuick) {
  const std::string text = R"(
namespaces:
  h[1-10000]: {services: {d: {command: "echo ${{addr ${{namespace}} eth0}} ${{addr h1 eth0}}"}}}
networks:
  lan:
    subnet: 10.0.0.0/16
    endpoints:
      h[1-10000]:eth0:
)";
  const std::clock_t start = std::clock();
  const Outcome outcome = topology(text);
  EXPECT_EQ(outcome.messages, "");
  EXPECT_EQ(outcome.graph.services.at(9999).spec.command.at(2), "echo 10.0.39.16 10.0.0.1");
  EXPECT_LT(static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC, 8);
}

}  // namespace
}  // namespace nsbuild::netgraph
