// What is the lab's, what is somebody else's, and what a killed apply left: read off the objects themselves.
#include "engine/error.hpp"
#include "engine/journal.hpp"
#include "engine/linux/mark.hpp"
#include "engine/linux_kernel.hpp"
#include "engine/residue.hpp"
#include "engine/rundir.hpp"
#include "engine/survey.hpp"
#include "tests/engine/lab_wish.hpp"
#include "tests/engine/service_world.hpp"
#include "tests/engine/world_words.hpp"

#include <cstdlib>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/magic.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

namespace nsbuild::engine::testing {
namespace {

using namespace planner;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Not;
using Json = nlohmann::json;

/// Two namespaces with a link between them, and one to the host.
State small_lab() {
  State wish;
  for (const char* place : {"a", "b"}) put(wish, Namespace{.name = place});
  put(wish, Veth{end("a", "eth0"), end("b", "eth0")});
  put(wish, Veth{end("a", "up"), end("host", "downlink")});
  put(wish, address("a", "eth0", "10.0.0.1/24"));
  put(wish, address("b", "eth0", "10.0.0.2/24"));
  put(wish, route("b", "0.0.0.0/0", "10.0.0.1", "eth0"));
  return wish;
}

void in_small_lab(const std::function<void(LinuxKernel&, State&)>& body) {
  in_world([&] {
    make_lab_dir("t");
    State wish = small_lab();
    LinuxKernel kernel("t");
    ASSERT_THAT(converge_once(kernel, wish), Not(ContainsRegex("FAILED|LEFT")));
    body(kernel, wish);
  });
}

std::string refusal(const State& wish) {
  try {
    LinuxKernel("t").observe({"t", &wish});
  } catch (const Error& error) {
    return error.what();
  }
  return "not refused";
}

TEST(Ownership, WhatOthersAddIsNotSeen) {
  in_small_lab([](LinuxKernel& kernel, State& wish) {
    shell("ip -n t.b address add 10.9.9.9/32 dev eth0");
    shell("ip -n t.b link add other type veth peer name other2");
    shell("ip -n t.b link add otherbr type bridge");
    shell("ip -n t.b route add 203.0.113.0/24 via 10.0.0.1 proto bgp");
    shell("ip -n t.b rule add from 10.0.0.0/8 lookup 77 pref 77");
    shell("ip netns add t.stranger");
    shell("ip address add 192.168.99.1/24 dev lo");
    EXPECT_EQ(left_over(kernel, wish), "no changes\n");
    EXPECT_EQ(kernel.observe({"t", nullptr}).size(), wish.size());
  });
}

TEST(Ownership, WhatIsDeclaredAndThereIsTakenOver) {
  in_small_lab([](LinuxKernel& kernel, State& wish) {
    shell("ip -n t.b address add 10.7.7.7/24 dev eth0");
    shell("ip -n t.b -6 address add fd00::7/64 dev eth0");
    shell("ip -n t.b route add 203.0.113.0/24 via 10.0.0.1 proto static");
    shell("ip -n t.b rule add from 10.0.0.0/8 lookup 77 pref 77");
    shell("ip -n t.b link add pair type veth peer name pair netns t.a");
    shell("ip -n t.b link set pair up; ip -n t.a link set pair up");
    shell("ip -n t.b link add name seg type bridge && ip -n t.b link set dev seg up");
    put(wish, address("b", "eth0", "10.7.7.7/24"));
    put(wish, address("b", "eth0", "fd00::7/64"));
    put(wish, route("b", "203.0.113.0/24", "10.0.0.1", "eth0"));
    put(wish, rule("b", "10.0.0.0/8", 77, 77));
    put(wish, Veth{end("a", "pair"), end("b", "pair")});
    Bridge bridge;
    bridge.place = "b";
    bridge.name = "seg";
    put(wish, bridge);
    const auto index = link_of("b", "pair")["ifindex"];
    const std::string said = converge_once(kernel, wish);
    EXPECT_THAT(said, Not(ContainsRegex("FAILED|LEFT")));
    EXPECT_THAT(said, HasSubstr("0 to add, 6 to change, 0 to remove"));
    EXPECT_EQ(link_of("b", "pair")["ifindex"], index);
    EXPECT_EQ(output("ip -n t.b rule show pref 77"), "77:\tfrom 10.0.0.0/8 lookup 77 proto 110\n");
  });
}

TEST(Ownership, TakingOverCanBeTakenBack) {
  in_small_lab([](LinuxKernel& kernel, State& wish) {
    shell("ip -n t.b address add 10.7.7.7/24 dev eth0");
    shell("ip -n t.b rule add from 10.0.0.0/8 lookup 77 pref 77");
    State more = wish;
    put(more, address("b", "eth0", "10.7.7.7/24"));
    put(more, rule("b", "10.0.0.0/8", 77, 77));
    const State before = kernel.observe({"t", &more});
    ASSERT_THAT(converge_once(kernel, more), Not(ContainsRegex("FAILED|LEFT")));
    const Plan back = plan(kernel.observe({"t", &more}), before);
    EXPECT_THAT(carry_out(kernel, back), ::testing::IsEmpty());
    EXPECT_EQ(left_over(kernel, wish), "no changes\n");
    EXPECT_EQ(output("ip -n t.b -o address show to 10.7.7.7 | wc -l"), "1\n");
    EXPECT_EQ(output("ip -n t.b rule show pref 77 | wc -l"), "1\n");
  });
}

TEST(Ownership, MakingWhatIsThereIsFineWhenItIsOursAndOnlyThen) {
  in_small_lab([](LinuxKernel& kernel, State& wish) {
    shell("ip -n t.b address add 10.7.7.7/24 dev eth0");
    shell("ip -n t.b route add 203.0.113.0/24 via 10.0.0.1");
    State again;
    put(again, address("b", "eth0", "10.0.0.2/24"));
    put(again, route("b", "0.0.0.0/0", "10.0.0.1", "eth0"));
    EXPECT_THAT(carry_out(kernel, plan({}, again)), ::testing::IsEmpty());
    State foreign;
    put(foreign, address("b", "eth0", "10.7.7.7/24"));
    put(foreign, route("b", "203.0.113.0/24", "10.0.0.1", "eth0"));
    EXPECT_THAT(carry_out(kernel, plan({}, foreign)), ::testing::Each(HasSubstr("EEXIST")));
    EXPECT_EQ(left_over(kernel, wish), "no changes\n");
  });
}

TEST(Ownership, StrangersAtDeclaredNamesAreAllNamedBeforeAnythingStarts) {
  in_world([] {
    make_lab_dir("t");
    shell("ip netns add t.a");
    shell("ip link add downlink type veth peer name x");
    const std::string said = refusal(small_lab());
    EXPECT_THAT(said, HasSubstr("namespace a: /run/netns/t.a was not made by nsbuild"));
    EXPECT_THAT(said, HasSubstr("device downlink on the host is not this lab's"));
  });
}

TEST(Ownership, ADeviceOfAnotherKindIsAStranger) {
  in_small_lab([](LinuxKernel&, State& wish) {
    shell("ip -n t.a link add br0 type bridge");
    shell("ip -n t.a link add mine type veth peer name mine2");
    put(wish, Veth{end("a", "br0"), end("b", "eth1")});
    put(wish, Veth{end("a", "mine"), end("b", "eth2")});
    EXPECT_THAT(refusal(wish), HasSubstr("device br0 in a is a bridge, not a veth"));
    wish.erase(planner::key(named(wish, "veth a:br0 -- b:eth1")));
    EXPECT_THAT(refusal(wish), HasSubstr("device mine in a was not made by nsbuild"));
  });
}

TEST(Ownership, AnotherRunDirectorysLabIsAStranger) {
  in_small_lab([](LinuxKernel&, State& wish) {
    ::setenv("NSBUILD_RUN_DIR", "/run/elsewhere", 1);
    EXPECT_THAT(refusal(wish), HasSubstr("belongs to the run directory /run/nsbuild"));
    EXPECT_TRUE(LinuxKernel("t").observe({"t", nullptr}).empty());
  });
}

TEST(Ownership, ANamespaceThatWasMadeWhereAKilledApplyMeantToIsAStrangers) {
  in_world([] {
    make_lab_dir("t");
    State wish = small_lab();
    write_journal("t", journal_of("/topo.yaml", wish));
    shell("ip netns add t.a; touch /run/netns/t.b");  // killed before the mount of b, and before a was begun
    LinuxKernel kernel("t");
    EXPECT_TRUE(kernel.observe({"t", nullptr}).empty());
    EXPECT_THAT(refusal(wish), HasSubstr("/run/netns/t.a was not made by nsbuild"));
    shell("ip netns del t.a");
    EXPECT_THAT(converge_once(kernel, wish), Not(ContainsRegex("FAILED|LEFT")));
    EXPECT_EQ(left_over(kernel, wish), "no changes\n");
  });
}

TEST(Ownership, ANamespaceThatWasPutInPlaceOfOursMeanwhileStays) {
  in_small_lab([](LinuxKernel& kernel, State&) {
    const Plan gone = plan(kernel.observe({"t", nullptr}), {});
    shell("ip netns del t.a; ip netns add t.a; ip netns del t.b; echo mine >/run/netns/t.b");
    carry_out(kernel, gone);
    EXPECT_EQ(output("cd /run/netns && ls && cat t.b && ip netns exec t.a true"), "t.a\nt.b\nmine\n");
  });
}

TEST(Ownership, OfFilesOnlyAnEmptyOneIsAPinOfOurs) {
  for (const char* make : {"echo mine >/run/netns/t.b", "mkdir /run/netns/t.b"})
    in_world([&] {
      make_lab_dir("t");
      const State wish = small_lab();
      write_journal("t", journal_of("/topo.yaml", wish));
      shell(std::string("mkdir -p /run/netns; ") + make);
      EXPECT_THAT(refusal(wish), HasSubstr("namespace b: /run/netns/t.b is no network namespace, and not ours"));
      EXPECT_THAT(remove_stale_pins("t", {"b"}), ::testing::IsEmpty());
      EXPECT_EQ(output("ls /run/netns"), "t.b\n");
    });
}

TEST(Ownership, ANamespaceIsMarkedBeforeItIsPinned) {
  in_world([] {
    make_lab_dir("t");
    LinuxKernel kernel("t");
    State wish;
    put(wish, Namespace{.name = "a"});
    shell("mkdir -p /run/netns; mount --bind /run/netns /run/netns; mount --make-shared /run/netns");
    const pid_t looker = ::fork();
    if (looker == 0) {  // whoever finds it finds the mark
      struct statfs system {};
      while (::statfs("/run/netns/t.a", &system) != 0 || system.f_type != NSFS_MAGIC) {
      }
      ::_exit(pins_of("t").front().is_own ? 0 : 1);
    }
    converge_once(kernel, wish);
    int status = 0;
    ::waitpid(looker, &status, 0);
    EXPECT_EQ(status, 0);
  });
}

TEST(Ownership, ANamespaceWhoseAliasSomebodyChangedIsStillOurs) {
  in_small_lab([](LinuxKernel& kernel, State& wish) {
    write_journal("t", journal_of("/topo.yaml", wish));
    for (const char* alias : {"''", "mine"}) {
      shell(std::string("ip -n t.a link set lo alias ") + alias);
      EXPECT_EQ(kernel.observe({"t", nullptr}).size(), wish.size());
      EXPECT_THAT(converge_once(kernel, wish), HasSubstr("~ namespace a: lo_up no -> yes"));
      EXPECT_EQ(link_of("a", "lo")["ifalias"], "nsbuild:t");
    }
  });
}

TEST(Ownership, ALinkToAPinIsSomebodysOtherNameForIt) {
  in_small_lab([](LinuxKernel& kernel, State& wish) {
    shell("ln -s t.a /run/netns/t.other");
    EXPECT_EQ(left_over(kernel, wish), "no changes\n");
    for (const Pin& pin : pins_of("t")) EXPECT_EQ(pin.is_own, pin.name != "other") << pin.name;
    EXPECT_THAT(converge_once(kernel, {}), Not(ContainsRegex("FAILED|LEFT")));
    EXPECT_EQ(output("ls /run/netns"), "t.other\n");
  });
}

TEST(Ownership, AnAliasAloneMakesNoHostDeviceOurs) {
  in_small_lab([](LinuxKernel& kernel, State& wish) {
    shell("ip link add mine type veth peer name mine2; ip link set mine alias nsbuild:t");
    shell("ip link set downlink group 7");  // somebody's doing; it leads into the lab
    EXPECT_EQ(kernel.observe({"t", nullptr}).size(), wish.size());
    EXPECT_THAT(converge_once(kernel, wish), HasSubstr("downlink adopt"));
    EXPECT_EQ(left_over(kernel, wish), "no changes\n");
    EXPECT_THAT(converge_once(kernel, {}), Not(ContainsRegex("FAILED|LEFT")));
    EXPECT_EQ(output("ip -o link show type veth | wc -l"), "2\n");
  });
}

TEST(Ownership, AHalfMadeHostDeviceIsFinishedOrRemoved) {
  in_world([] {
    make_lab_dir("t");
    State wish = small_lab();
    write_journal("t", journal_of("/topo.yaml", wish));
    LinuxKernel kernel("t");
    State only_places;
    for (const char* place : {"a", "b"}) put(only_places, Namespace{.name = place});
    converge_once(kernel, only_places);
    const std::string group = " group " + std::to_string(mark_group);
    shell("ip link add name downlink" + group + " type veth peer name up" + group + " netns t.a");
    EXPECT_EQ(kernel.observe({"t", nullptr}).size(), 3U);
    EXPECT_THAT(converge_once(kernel, wish), Not(ContainsRegex("FAILED|LEFT")));
    EXPECT_EQ(link_of("host", "downlink")["ifalias"], "nsbuild:t");
  });
}

TEST(Ownership, AHostDeviceWithAnAliasOfSomebodysIsStillOurs) {
  in_small_lab([](LinuxKernel& kernel, State& wish) {
    shell("ip link set downlink alias 'my uplink'");
    EXPECT_EQ(kernel.observe({"t", nullptr}).size(), wish.size());
    EXPECT_THAT(converge_once(kernel, wish),
                ::testing::AllOf(HasSubstr("downlink adopt"), Not(ContainsRegex("FAILED|LEFT"))));
    EXPECT_EQ(link_of("host", "downlink")["ifalias"], "nsbuild:t");
    shell("ip link set downlink alias nsbuild:t2");
    EXPECT_THAT(refusal(wish), HasSubstr("device downlink on the host is not this lab's"));
  });
}

TEST(Ownership, AVethWhosePartnerLeftTheLabIsReplaced) {
  in_small_lab([](LinuxKernel& kernel, State& wish) {
    shell("ip netns add away; ip -n t.b link set eth0 netns away");
    const std::string said = converge_once(kernel, wish);
    EXPECT_THAT(said, HasSubstr("- veth ?:if2 -- a:eth0"));
    EXPECT_THAT(said, Not(ContainsRegex("FAILED|LEFT")));
  });
}

TEST(Ownership, TwoLabsDoNotSeeEachOther) {
  in_small_lab([](LinuxKernel&, State& wish) {
    make_lab_dir("t2");
    State other;
    put(other, Namespace{.name = "a"});
    put(other, Veth{end("a", "up"), end("host", "downlink2")});
    put(other, address("host", "downlink2", "172.31.0.1/30"));
    LinuxKernel kernel("t2");
    EXPECT_THAT(carry_out(kernel, plan(kernel.observe({"t2", &other}), other)), ::testing::IsEmpty());
    EXPECT_TRUE(plan(kernel.observe({"t2", &other}), other).empty());
    EXPECT_EQ(kernel.observe({"t2", nullptr}).size(), 3U);
    EXPECT_EQ(LinuxKernel("t").observe({"t", nullptr}).size(), wish.size());
  });
}

}  // namespace
}  // namespace nsbuild::engine::testing
