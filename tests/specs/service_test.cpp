// What the keys of a service become.
#include "loading.hpp"

#include <csignal>

#include <gtest/gtest.h>

namespace nsbuild::specs {
namespace {

using std::chrono::milliseconds;

Service service(const std::string& keys) {
  const Spec spec = fine("namespaces: {n: }\nservices: {s: {namespace: n, command: x, " + keys + "}}\n");
  return spec.services.at(0);
}

TEST(Service, HasDefaults) {
  const Service plain = service("");
  EXPECT_EQ(plain.umask, 022U);
  EXPECT_EQ(plain.stop_signal, SIGTERM);
  EXPECT_EQ(plain.stop_timeout, milliseconds(10000));
  EXPECT_EQ(plain.restart.policy, RestartPolicy::no);
  EXPECT_EQ(plain.root_mode, RootMode::shared);
  EXPECT_EQ(plain.dev, DevMode::shared);
  EXPECT_FALSE(plain.oneshot || plain.ready || plain.nice || plain.join || plain.rootfs);
}

TEST(Service, Durations) {
  const auto of = [](const std::string& text) { return service("stop_timeout: " + text).stop_timeout.count(); };
  EXPECT_EQ(of("10s"), 10000);
  EXPECT_EQ(of("500ms"), 500);
  EXPECT_EQ(of("1m30s"), 90000);
  EXPECT_EQ(of("1h2m3s4ms"), 3723004);
  EXPECT_EQ(of("1.5s"), 1500);
  EXPECT_EQ(of("7"), 7000);
  EXPECT_EQ(of("0"), 0);
  EXPECT_EQ(of("1000h"), 3600000000);
  for (const char* bad : {"10 s", "s", "1s1m", "1s1s", "-1s", "1e3s", "1m30", "1001h", "10x", "\"\"", "[1s]", "inf"})
    EXPECT_NE(messages("services: {s: {namespace: n, command: x, stop_timeout: " + std::string(bad) + "}}\n"), "")
        << bad;
}

TEST(Service, Readiness) {
  const Ready tcp = service("ready: {tcp: 8080}").ready.value();
  EXPECT_EQ(tcp.probe, Probe::tcp);
  EXPECT_EQ(tcp.port, 8080);
  EXPECT_FALSE(tcp.address);
  EXPECT_EQ(tcp.timeout, milliseconds(30000));
  EXPECT_EQ(tcp.interval, milliseconds(1000));
  const Ready udp = service("ready: {udp: \"[fd00::1]:53\", timeout: 2s, interval: 20ms}").ready.value();
  EXPECT_EQ(udp.probe, Probe::udp);
  EXPECT_EQ(udp.address->text(), "fd00::1");
  EXPECT_EQ(udp.port, 53);
  EXPECT_EQ(udp.timeout, milliseconds(2000));
  EXPECT_EQ(udp.interval, milliseconds(20));
  EXPECT_EQ(service("ready: {tcp: 127.0.0.1:80}").ready->address->text(), "127.0.0.1");
  EXPECT_EQ(service("ready: {unix: /run//a.sock}").ready->text, "/run/a.sock");
  EXPECT_EQ(service("ready: {file: /run/a}").ready->probe, Probe::file);
  EXPECT_EQ(service("ready: {log: \"^up in [0-9]+ ms$\"}").ready->text, "^up in [0-9]+ ms$");
  EXPECT_EQ(service("ready: {command: [a, b]}").ready->command, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(service("ready: {command: a b}").ready->command, (std::vector<std::string>{"/bin/sh", "-c", "a b"}));
  EXPECT_EQ(service("ready: {tcp: , file: /run/a}").ready->probe, Probe::file) << "a key without a value is none";
}

TEST(Service, DependsOnAListOrAMap) {
  const Service list = service("depends_on: [a, b]");
  ASSERT_EQ(list.depends_on.size(), 2U);
  EXPECT_EQ(list.depends_on[1].service.value, "b");
  EXPECT_FALSE(list.depends_on[1].condition);
  const Service map = service("depends_on: {a: ready, b: , c: completed, d: started}");
  EXPECT_EQ(map.depends_on[0].condition, Condition::ready);
  EXPECT_FALSE(map.depends_on[1].condition);
  EXPECT_EQ(map.depends_on[2].condition, Condition::completed);
  EXPECT_EQ(map.depends_on[3].condition, Condition::started);
  const Service composes = service(
      "depends_on: {a: {condition: service_healthy}, b: {condition: service_started}, "
      "c: {condition: service_completed_successfully}, d: {condition: ready}}");
  ASSERT_EQ(composes.depends_on.size(), 4U);
  EXPECT_EQ(composes.depends_on[0].condition, Condition::ready);
  EXPECT_EQ(composes.depends_on[1].condition, Condition::started);
  EXPECT_EQ(composes.depends_on[2].condition, Condition::completed);
  EXPECT_EQ(composes.depends_on[3].condition, Condition::ready);
}

TEST(Service, RestartsAndSignals) {
  EXPECT_EQ(service("restart: no").restart.policy, RestartPolicy::no);
  EXPECT_EQ(service("restart: always").restart.policy, RestartPolicy::always);
  EXPECT_EQ(service("restart: on-failure").restart.attempts, 0U);
  EXPECT_EQ(service("restart: on-failure:5").restart.attempts, 5U);
  EXPECT_EQ(service("stop_signal: SIGQUIT").stop_signal, SIGQUIT);
  EXPECT_EQ(service("stop_signal: HUP").stop_signal, SIGHUP);
  EXPECT_EQ(service("stop_signal: 10").stop_signal, 10);
  EXPECT_EQ(service("stop_signal: SIGRTMIN+3").stop_signal, SIGRTMIN + 3);
  EXPECT_EQ(service("stop_signal: RTMAX").stop_signal, SIGRTMAX);
  EXPECT_TRUE(service("oneshot: yes").oneshot);
}

TEST(Service, RunsWithIdentityAndLimits) {
  const Service made = service(
      "user: nobody, group: adm, groups: [tty, \"27\"], umask: 0o027, nice: -5, "
      "rlimits: {nofile: 1024, core: unlimited, nproc: {soft: 10, hard: unlimited}}");
  EXPECT_EQ(made.group->value, "adm");
  EXPECT_EQ(made.groups.at(1).value, "27");
  EXPECT_EQ(made.umask, 027U);
  EXPECT_EQ(made.nice, -5);
  EXPECT_EQ(made.rlimits.at(0).soft, 1024U);
  EXPECT_EQ(made.rlimits.at(0).hard, 1024U);
  EXPECT_FALSE(made.rlimits.at(1).soft || made.rlimits.at(1).hard);
  EXPECT_EQ(made.rlimits.at(2).soft, 10U);
  EXPECT_FALSE(made.rlimits.at(2).hard);
}

TEST(Service, HasRootsAndMounts) {
  const Service made = service(
      "rootfs: /srv/../usr/, root_mode: read_only, dev: minimal, mounts: ["
      "{type: overlay, target: /o, lower: [/usr, /etc], upper: /srv/../usr/}, {type: overlay, target: /p, lower: "
      "/usr}, "
      "{type: proc, target: /q}, {type: devpts, target: /r}, \"/usr:/s:ro,norecursive\", "
      "{source: /usr, target: /t, recursive: false, ro: true}]");
  EXPECT_EQ(made.rootfs->value, "/usr");
  EXPECT_EQ(made.root_mode, RootMode::read_only);
  EXPECT_EQ(made.dev, DevMode::minimal);
  EXPECT_EQ(made.mounts.at(0).lower.at(1).value, "/etc");
  EXPECT_EQ(made.mounts.at(0).upper->value, "/usr");
  EXPECT_FALSE(made.mounts.at(1).upper);
  EXPECT_EQ(made.mounts.at(2).type, MountType::proc);
  EXPECT_EQ(made.mounts.at(3).type, MountType::devpts);
  EXPECT_TRUE(made.mounts.at(4).read_only && !made.mounts.at(4).recursive);
  EXPECT_TRUE(made.mounts.at(5).read_only && !made.mounts.at(5).recursive);
}

TEST(Service, NamesAndResolvers) {
  const Spec spec = fine(R"(
namespaces:
  n: {hosts: {b: 10.0.0.2}, dns: {servers: [10.0.0.53, "fd00::53"], search: lab.example}, vars: {asn: 65001}}
services:
  s: {namespace: n, command: x, hosts: {c.example: [10.0.0.3, "fd00::3"]}}
hosts: {a: 10.0.0.1}
vars: {asn: 1}
)");
  EXPECT_EQ(spec.hosts.at(0).name.value, "a");
  EXPECT_EQ(spec.namespaces.at(0).hosts.at(0).address.text(), "10.0.0.2");
  EXPECT_EQ(spec.namespaces.at(0).dns->servers.at(1).text(), "fd00::53");
  EXPECT_EQ(spec.namespaces.at(0).dns->search.at(0), "lab.example");
  EXPECT_EQ(spec.services.at(0).hosts.at(1).address.text(), "fd00::3");
  EXPECT_EQ(spec.services.at(0).hosts.at(1).name.value, "c.example");
  EXPECT_EQ(spec.namespaces.at(0).vars.at("asn").value, "65001");
  EXPECT_EQ(spec.vars.at("asn").value, "1");
}

}  // namespace
}  // namespace nsbuild::specs
