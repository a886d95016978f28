// Labs as the commands see them: lock, journal, refusal, recount and status, on the real kernel.
#include "engine/lab.hpp"

#include "engine/error.hpp"
#include "engine/journal.hpp"
#include "engine/rundir.hpp"
#include "engine/service/command.hpp"
#include "tests/engine/lab_wish.hpp"
#include "tests/engine/service_world.hpp"
#include "tests/engine/world_words.hpp"

#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

namespace nsbuild::engine::testing {
namespace {

using namespace planner;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

LabRequest request(const std::string& topology = "/topo.yaml") {
  LabRequest made;
  made.lab = "t";
  made.topology = topology;
  made.lock.wait = false;
  return made;
}

std::string refusal(const std::function<void()>& act) {
  try {
    act();
  } catch (const Error& error) {
    return error.what();
  }
  return "not refused";
}

/// On the host, where it names no device.
Route blackhole() {
  Route dropped = route("host", "198.19.0.0/24", "", "");
  dropped.nexthops.clear();
  dropped.type = specs::RouteType::blackhole;
  return dropped;
}

void expect_nothing_left() {
  EXPECT_EQ(output("ls /run/nsbuild 2>/dev/null; ip netns list; ip -o link show type veth"), "");
  EXPECT_THAT(labs(), IsEmpty());
}

/// Every file below a directory, with what rewriting it would change.
std::map<std::string, std::string> fingerprint(const std::string& directory) {
  std::map<std::string, std::string> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory))
    if (entry.is_regular_file() && entry.path().filename() != "lock")
      files[entry.path()] = output("stat -c '%i %Y %Z %s' " + entry.path().string());
  return files;
}

TEST(Lab, AppliesOnceThenFindsNothingToDoThenLeavesNothing) {
  in_world([] {
    const State wish = whole_lab();
    const Report first = apply_lab(request(), wish, {});
    EXPECT_THAT(first.errors, IsEmpty());
    EXPECT_EQ(first.result, Result::done);
    EXPECT_THAT(labs(), ElementsAre("t"));
    EXPECT_EQ(topology_of("t"), "/topo.yaml");
    const auto files = fingerprint("/run/nsbuild");
    EXPECT_EQ(apply_lab(request(), wish, {}).result, Result::unchanged);
    EXPECT_EQ(fingerprint("/run/nsbuild"), files);
    const Report gone = destroy_lab("t", {}, {});
    EXPECT_EQ(gone.result, Result::done);
    EXPECT_THAT(gone.remaining, IsEmpty());
    expect_nothing_left();
  });
}

TEST(Lab, DestroysWithoutAJournal) {
  in_world([] {
    apply_lab(request(), whole_lab(), {});
    std::filesystem::remove_all("/run/nsbuild");
    EXPECT_THAT(labs(), ElementsAre("t"));
    EXPECT_EQ(destroy_lab("t", {}, {}).result, Result::done);
    expect_nothing_left();
  });
}

/// A route on the host that names no device says nowhere whose it is but in the journal.
TEST(Lab, ADroppingRouteOnTheHostGoesWithItsLab) {
  in_world([] {
    State wish = whole_lab();
    Route dropped = blackhole();
    put(wish, dropped);
    shell("ip route add blackhole 198.19.1.0/24 proto 110");  // another lab's
    EXPECT_EQ(apply_lab(request(), wish, {}).result, Result::done);
    EXPECT_EQ(apply_lab(request(), wish, {}).result, Result::unchanged);
    EXPECT_EQ(destroy_lab("t", {}, {}).result, Result::done);
    EXPECT_EQ(output("ip route show type blackhole"), "blackhole 198.19.1.0/24 proto 110 \n");
  });
}

/// Nor one that is the other lab's although it goes elsewhere.
TEST(Lab, ARouteOnTheHostIsNoSecondLabs) {
  in_world([] {
    State wish;
    put(wish, Namespace{.name = "a"});
    Route dropped = blackhole();
    put(wish, dropped);
    LabRequest one = request(), two = request();
    one.lab = "one";
    two.lab = "two";
    apply_lab(one, wish, {});
    dropped.type = specs::RouteType::prohibit;
    put(wish, dropped);
    EXPECT_EQ(refusal([&] { apply_lab(two, wish, {}); }), "route host 198.19.0.0/24 belongs to lab one");
    EXPECT_THAT(labs(), ElementsAre("one"));
    const Journal of_one = read_journal("one").value_or(Journal{});
    make_lab_dir("two");
    write_journal("two", of_one);  // as an older nsbuild did
    EXPECT_EQ(destroy_lab("one", {}, {}).result, Result::done);
    EXPECT_EQ(output("ip route show type blackhole"), "blackhole 198.19.0.0/24 proto 110 \n");
    EXPECT_EQ(destroy_lab("two", {}, {}).result, Result::done);
    EXPECT_EQ(output("ip route show type blackhole"), "");
  });
}

TEST(Lab, AChangeThatIsPutBackPutsItsRecordBack) {
  in_world([] {
    State wish;
    put(wish, Namespace{.name = "a"});
    apply_lab(request(), wish, {});
    const std::optional<Journal> before = read_journal("t");
    Route dropped = blackhole();
    put(wish, dropped);
    put(wish, route("a", "10.9.0.0/16", "10.77.0.1", "lo"));
    Options kept;
    kept.keep = true;
    EXPECT_EQ(apply_lab(request(), wish, {}).result, Result::rolled_back);
    EXPECT_EQ(read_journal("t"), before);
    std::filesystem::remove("/run/nsbuild/t/journal.json");
    EXPECT_EQ(apply_lab(request(), wish, {}).result, Result::rolled_back);
    EXPECT_EQ(read_journal("t"), std::nullopt);
    EXPECT_EQ(apply_lab(request(), wish, kept).result, Result::remains);
    EXPECT_THAT(read_journal("t").value_or(Journal{}).host_routes, ElementsAre("198.19.0.0/24"));
    EXPECT_EQ(destroy_lab("t", {}, {}).result, Result::done);
    expect_nothing_left();
  });
}

TEST(Lab, ARefusedApplyLeavesNoDirectory) {
  in_world([] {
    shell("ip netns add t.client");
    EXPECT_THAT(refusal([] { apply_lab(request(), whole_lab(), {}); }), HasSubstr("was not made by nsbuild"));
    EXPECT_FALSE(std::filesystem::exists("/run/nsbuild/t"));
  });
}

TEST(Lab, AFailedApplyIsRolledBackToNothing) {
  in_world([] {
    State wish = whole_lab();
    put(wish, route("client", "10.9.0.0/16", "10.77.0.1", "eth0"));
    const Report report = apply_lab(request(), wish, {});
    EXPECT_EQ(report.result, Result::rolled_back);
    EXPECT_THAT(report.errors, ElementsAre("route client 10.9.0.0/16: Nexthop has invalid gateway (ENETUNREACH)"));
    expect_nothing_left();
  });
}

TEST(Lab, IsRefusedToAnotherFileWhileTheFirstExists) {
  in_world([] {
    State wish;
    put(wish, Namespace{.name = "a"});
    std::ofstream("/run/one.yaml") << "x";
    apply_lab(request("/run/one.yaml"), wish, {});
    const std::string said = refusal([&] { apply_lab(request("/run/two.yaml"), wish, {}); });
    EXPECT_THAT(said, HasSubstr("/run/one.yaml"));
    EXPECT_THAT(said, HasSubstr("/run/two.yaml"));
    LabRequest forced = request("/run/two.yaml");
    forced.take_over = true;
    EXPECT_EQ(apply_lab(forced, wish, {}).result, Result::unchanged);
    EXPECT_EQ(topology_of("t"), "/run/two.yaml");
    EXPECT_EQ(apply_lab(request("/run/three.yaml"), wish, {}).result, Result::unchanged) << "two.yaml does not exist";
  });
}

TEST(Lab, MustBeNew) {
  in_world([] {
    State wish;
    put(wish, Namespace{.name = "a"});
    LabRequest fresh = request();
    fresh.must_be_new = true;
    EXPECT_EQ(apply_lab(fresh, wish, {}).result, Result::done);
    EXPECT_THAT(refusal([&] { apply_lab(fresh, wish, {}); }), HasSubstr("lab t is already up"));
  });
}

TEST(Lab, OneWriterAtATime) {
  in_world([] {
    std::string said;
    const Lock held("t", {});
    const pid_t other = ::fork();
    if (other == 0) {
      const std::string words =
          refusal([] { Lock("t", {.make_directory = true, .wait = false, .on_wait = {}, .stop_requested = {}}); });
      ::_exit(words.find("lab t is held by pid " + std::to_string(::getppid()) + " (") == 0 ? 0 : 1);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(other, &status, 0), other);
    EXPECT_EQ(status, 0);
  });
}

TEST(Lab, AWaitingWriterGetsItsTurnAlthoughTheDirectoryWasRemoved) {
  in_world([] {
    auto held = std::make_unique<Lock>("t", LockRequest{});
    const pid_t other = ::fork();
    if (other == 0) {
      held.release();  // the child's copy is the same open file: it must not be closed into an unlock
      for (int fd = 3; fd < 64; ++fd) ::close(fd);
      const Lock mine("t", {});
      ::_exit(std::filesystem::exists("/run/nsbuild/t/lock") ? 0 : 1);
    }
    ASSERT_TRUE(eventually([&] { return output("cat /proc/locks").find("->") != std::string::npos; }));
    held->remove_lab_dir();
    held.reset();
    int status = 0;
    ASSERT_EQ(::waitpid(other, &status, 0), other);
    EXPECT_EQ(status, 0);
  });
}

TEST(Lab, ALockOfALabThatMustBeThereMakesNothing) {
  in_world([] {
    LockRequest there;
    there.make_directory = false;
    EXPECT_THAT(refusal([&] { Lock("t", there); }), HasSubstr("lab t is gone"));
    EXPECT_FALSE(std::filesystem::exists("/run/nsbuild"));
    auto held = std::make_unique<Lock>("t", LockRequest{});
    held->remove_lab_dir();
    EXPECT_THAT(refusal([] { run_command({"t", "web", Control::restart, {}}); }), HasSubstr("lab t is gone"));
    EXPECT_FALSE(std::filesystem::exists("/run/nsbuild/t"));
  });
}

TEST(Lab, ALockTellsThatItsLastHolderWasKilled) {
  in_world([] {
    EXPECT_FALSE(Lock("t", {}).was_left());
    EXPECT_FALSE(Lock("t", {}).was_left()) << "it was given back";
    const pid_t other = ::fork();
    if (other == 0) {
      const Lock mine("t", {});
      ::kill(::getpid(), SIGKILL);
    }
    ::waitpid(other, nullptr, 0);
    EXPECT_TRUE(Lock("t", {}).was_left());
    EXPECT_TRUE(Lock("t", {}).was_left()) << "nobody has settled it";
    Lock("t", {}).settle();
    EXPECT_FALSE(Lock("t", {}).was_left());
  });
}

TEST(Lab, NamesWhoHoldsADestroyedNamespace) {
  in_world([] {
    apply_lab(request(), whole_lab(), {});
    const pid_t holder = ::fork();
    if (holder == 0) ::execlp("ip", "ip", "netns", "exec", "t.client", "sleep", "1000", nullptr);
    ASSERT_TRUE(eventually([&] { return output("ip netns pids t.client") == std::to_string(holder) + "\n"; }));
    const Report report = destroy_lab("t", {}, {});
    EXPECT_EQ(report.result, Result::remains);
    EXPECT_EQ(report.exit_code(), 3);
    EXPECT_THAT(report.remaining,
                ElementsAre("namespace client: held by pid " + std::to_string(holder) + " (sleep 1000)"));
    ::kill(holder, SIGKILL);
    ::waitpid(holder, nullptr, 0);
    expect_nothing_left();
  });
}

TEST(Lab, StatusTellsInterfacesAndAddresses) {
  in_world([] {
    apply_lab(request(), whole_lab(), {});
    const auto all = status("");
    ASSERT_EQ(all.size(), 1U);
    EXPECT_EQ(all[0].lab, "t");
    std::string words;
    for (const NamespaceStatus& place : all[0].namespaces)
      for (const InterfaceStatus& interface : place.interfaces) {
        words += place.name + ":" + interface.name + " " + interface.kind + (interface.up ? " up" : " down");
        for (const IpPrefix& prefix : interface.addresses) words += " " + prefix.text();
        words += interface.peer.empty() ? "\n" : " -> " + interface.peer + "\n";
      }
    EXPECT_THAT(words, HasSubstr("client:lo loopback up\n"));
    EXPECT_THAT(words, HasSubstr("client:eth0 veth up 10.0.1.2/24 10.0.1.3/24 fd00:1::2/64 -> router:eth0\n"));
    EXPECT_THAT(words, HasSubstr("host:tolab veth up 172.16.0.1/30 -> router:eth2\n"));
    EXPECT_THAT(words, HasSubstr("server:lo loopback up 10.255.0.3/32\n"));
    EXPECT_THAT(words, HasSubstr("@switch:lan bridge up\n"));
  });
}

TEST(Lab, AStaleRecordOfAnotherBootIsSweptAway) {
  in_world([] {
    make_lab_dir("t");
    Journal old;
    old.topology = "/topo.yaml";
    old.boot_id = "another";
    old.places = {"a", "b"};
    write_journal("t", old);
    std::filesystem::create_directory("/run/netns");
    std::ofstream("/run/netns/t.a");
    std::ofstream("/run/netns/t.b");
    State wish;
    put(wish, Namespace{.name = "a"});
    EXPECT_EQ(apply_lab(request(), wish, {}).result, Result::done);
    EXPECT_EQ(output("ls /run/netns"), "t.a\n");
    EXPECT_EQ(destroy_lab("t", {}, {}).result, Result::done);
    expect_nothing_left();
  });
}

TEST(Journal, ComesBackAsItWas) {
  in_world([] {
    make_lab_dir("t");
    const Journal written = journal_of("/topo \"x\".yaml", whole_lab());
    write_journal("t", written);
    EXPECT_EQ(read_journal("t"), written);
    EXPECT_THAT(written.host_devices, ElementsAre("tolab"));
    std::ofstream("/run/nsbuild/t/journal.json") << "{\"topology\": 3";
    EXPECT_EQ(read_journal("t"), std::nullopt);
  });
}

TEST(Journal, OfAnotherBootOnlyTheNamespacesStay) {
  Journal older, newer;
  older.boot_id = newer.boot_id = "this";
  older.applied = true;
  older.places = {"a"};
  older.host_devices = {"up0"};
  older.host_routes = {"10.9.0.0/16"};
  newer.places = {"b"};
  const Journal both = merged(older, newer);
  EXPECT_THAT(both.places, ElementsAre("a", "b"));
  EXPECT_THAT(both.host_devices, ElementsAre("up0"));
  EXPECT_THAT(both.host_routes, ElementsAre("10.9.0.0/16"));
  EXPECT_TRUE(both.applied);
  older.boot_id = "another";
  newer.places = {"a", "b"};
  EXPECT_EQ(merged(older, newer), newer);
}

TEST(Journal, OriginalsSurviveAndAreForgotten) {
  in_world([] {
    make_lab_dir("t");
    Originals first("t");
    first.remember("a", 7, "net.ipv4.tcp_rmem", "4096\t131072\t6291456");
    first.remember("a", 7, "net.ipv4.ip_forward", "0");
    first.remember("a", 7, "net.ipv4.ip_forward", "1");  // the first one counts
    first.remember("a", 7, "net.ipv4.empty", "");
    first.forget("a", 7, "net.ipv4.empty");
    Originals second("t");
    second.load();
    EXPECT_EQ(second.find("a", 7, "net.ipv4.tcp_rmem"), "4096\t131072\t6291456");
    EXPECT_EQ(second.find("a", 7, "net.ipv4.ip_forward"), "0");
    EXPECT_EQ(second.find("a", 8, "net.ipv4.ip_forward"), std::nullopt);
    EXPECT_THAT(second.keys("a", 7), ElementsAre("net.ipv4.ip_forward", "net.ipv4.tcp_rmem"));
  });
}

}  // namespace
}  // namespace nsbuild::engine::testing
