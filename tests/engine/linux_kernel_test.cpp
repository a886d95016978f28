// LinuxKernel on the real kernel, each test in a world of its own; what it made is read again with ip(8).
#include "engine/linux_kernel.hpp"

#include "engine/rundir.hpp"
#include "tests/engine/lab_wish.hpp"
#include "tests/engine/service_world.hpp"
#include "tests/engine/world_words.hpp"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>

namespace nsbuild::engine::testing {
namespace {

using namespace planner;
using ::testing::HasSubstr;
using ::testing::Not;
using Json = nlohmann::json;

/// Builds the whole lab in a world and hands it to the test.
void in_lab(const std::function<void(LinuxKernel&, State&)>& body) {
  in_world([&] {
    make_lab_dir("t");
    State wish = whole_lab();
    LinuxKernel kernel("t");
    ASSERT_THAT(converge_once(kernel, wish), Not(::testing::ContainsRegex("FAILED|LEFT")));
    body(kernel, wish);
  });
}

TEST(LinuxKernel, BuildsEverythingAndSeesItAsWished) {
  in_lab([](LinuxKernel&, State& wish) {
    EXPECT_EQ(output("ip netns list | sort | sed 's/ .*//'"), "t.@switch\nt.client\nt.router\nt.server\n");
    const Json eth0 = link_of("client", "eth0");
    EXPECT_EQ(eth0["address"], "02:00:00:00:00:01");
    EXPECT_EQ(eth0["mtu"], 1400);
    EXPECT_EQ(eth0["operstate"], "UP");
    EXPECT_EQ(eth0["num_tx_queues"], 1);
    EXPECT_EQ(link_of("host", "tolab")["ifalias"], "nsbuild:t");
    EXPECT_EQ(link_of("router", "lo")["ifalias"], "nsbuild:t");
    EXPECT_EQ(link_of("@switch", "client.lan0")["master"], "lan");
    EXPECT_EQ(link_of("@switch", "client.a-name-of-more-than-15-bytes")["ifname"], "client.lan0");
    EXPECT_EQ(output("ip -n t.router route show table 1000"),
              "192.0.2.0/24 proto 110 metric 50 \n\tnexthop via 10.0.1.2 dev eth0 weight 1 \n"
              "\tnexthop via 10.0.2.2 dev eth1 weight 3 \n");
    EXPECT_EQ(output("ip -n t.router rule show pref 1000"), "1000:\tfrom 10.0.1.0/24 lookup 1000 proto 110\n");
    EXPECT_EQ(output("ip netns exec t.router sysctl -n net.ipv4.ip_forward net.ipv4.conf.eth0.rp_filter"), "1\n2\n");
    EXPECT_EQ(output("ip netns exec t.client ping -c1 -W1 -q 10.0.2.2 | grep -c '1 received'"), "1\n");
    LinuxKernel another("t");
    EXPECT_EQ(left_over(another, wish), "no changes\n");
  });
}

TEST(LinuxKernel, ABridgeComesUpWithTheLastPortThatThePlanBringsIt) {
  in_world([] {
    make_lab_dir("t");
    LinuxKernel kernel("t");
    const Plan all = plan({}, whole_lab());
    kernel.expect(all);
    std::string seen;
    for (const Step& step : all.steps) {
      const Task task{0, &step};
      kernel.submit({&task, 1});
      while (kernel.collect(std::nullopt).empty()) {
      }
      const std::string done = planner::name(step.key());
      if (done == "bridge @switch:lan" || done.starts_with("veth @switch:"))
        seen += done + ' ' + link_of("@switch", "lan")["operstate"].get<std::string>() + '\n';
    }
    EXPECT_EQ(seen,
              "bridge @switch:lan DOWN\nveth @switch:client.lan0 -- client:lan0 DOWN\n"
              "veth @switch:server.lan0 -- server:lan0 UP\n");
  });
}

TEST(LinuxKernel, ABridgeIsUpWhenAServiceStartsThoughAPortIsStillToCome) {
  in_world([] {
    make_lab_dir("t");
    LinuxKernel kernel("t");
    Plan all = plan({}, whole_lab());
    kernel.expect(all);
    const auto until = std::find_if(all.steps.begin(), all.steps.end(), [](const Step& step) {
      return planner::name(step.key()) == "veth @switch:client.lan0 -- client:lan0";
    });
    all.steps.erase(until + 1, all.steps.end());
    all.steps.push_back(create(shell_service("web", "exec sleep 1000")));
    for (const Step& step : all.steps) {
      const Task task{0, &step};
      kernel.submit({&task, 1});
      for (std::vector<Outcome> ended; ended.empty();) ended = kernel.collect(std::nullopt);
    }
    EXPECT_EQ(link_of("@switch", "lan")["operstate"], "UP");
  });
}

TEST(LinuxKernel, ABridgeThatIsNotToldOfPortsComesUpAtOnce) {
  in_world([] {
    make_lab_dir("t");
    LinuxKernel kernel("t");
    State wish;
    put(wish, Namespace{.name = "@switch"});
    put(wish, Bridge{.place = "@switch", .name = "lan"});
    const Plan all = plan({}, wish);
    for (const Step& step : all.steps) {
      const Task task{0, &step};
      kernel.submit({&task, 1});
      while (kernel.collect(std::nullopt).empty()) {
      }
    }
    EXPECT_EQ(left_over(kernel, wish), "no changes\n");
  });
}

TEST(LinuxKernel, LinkLocalAddressesAreThereAtOnce) {
  in_lab([](LinuxKernel&, State&) {
    EXPECT_EQ(output("ip -n t.client -6 address show tentative"), "");
    EXPECT_THAT(output("ip -n t.client -6 address show dev eth0 scope link"), HasSubstr("fe80::"));
  });
}

TEST(LinuxKernel, SeesTheSameWithoutAnyWish) {
  in_lab([](LinuxKernel& kernel, State& wish) {
    const State marked = kernel.observe({"t", nullptr});
    for (const auto& [key, resource] : wish) EXPECT_TRUE(marked.contains(key)) << name(key);
    EXPECT_EQ(marked.size(), wish.size());
  });
}

TEST(LinuxKernel, ChangesInPlace) {
  in_lab([](LinuxKernel& kernel, State& wish) {
    const auto index = link_of("client", "eth0")["ifindex"];
    Veth& link = named<Veth>(wish, "veth client:eth0 -- router:eth0");
    link.a.mtu = 1300;
    link.b.mac = MacAddress::parse("02:00:00:00:00:09");
    named<Veth>(wish, "veth @switch:client.lan0 -- client:lan0").a.altname = "another.name-of-more-than-15-bytes";
    named<Veth>(wish, "veth @switch:server.lan0 -- server:lan0").a.up = false;
    named<Bridge>(wish, "bridge @switch:lan").mtu = 1450;
    named<Sysctl>(wish, "sysctl router net.ipv4.ip_forward").value = "0";
    Route& dropped = named<Route>(wish, "route router 203.0.113.0/24");
    dropped.type = specs::RouteType::prohibit;
    EXPECT_THAT(converge_once(kernel, wish), HasSubstr("6 to change"));
    EXPECT_EQ(link_of("client", "eth0")["mtu"], 1300);
    EXPECT_EQ(link_of("client", "eth0")["ifindex"], index);
    EXPECT_EQ(link_of("router", "eth0")["address"], "02:00:00:00:00:09");
    EXPECT_EQ(link_of("@switch", "client.lan0")["altnames"], Json({"another.name-of-more-than-15-bytes"}));
    EXPECT_EQ(left_over(kernel, wish), "no changes\n");
  });
}

TEST(LinuxKernel, ChangesRoutesInPlace) {
  in_lab([](LinuxKernel& kernel, State& wish) {
    named<Route>(wish, "route router 192.0.2.0/24 table 1000 metric 50").nexthops[1].weight = 5;
    Route& dropped = named<Route>(wish, "route router fd00:dead::/32");
    dropped.type = specs::RouteType::blackhole;
    named<Route>(wish, "route client default").nexthops[0].via = IpAddress::parse("10.0.1.77");
    named<Route>(wish, "route client ::/0").nexthops[0].via = IpAddress::parse("fd00:1::77");
    EXPECT_THAT(converge_once(kernel, wish), Not(::testing::ContainsRegex("FAILED|LEFT")));
    EXPECT_THAT(output("ip -n t.client -6 route show default"), HasSubstr("via fd00:1::77"));
  });
}

TEST(LinuxKernel, RemovesOneByOne) {
  in_lab([](LinuxKernel& kernel, State& wish) {
    State rest = wish;
    for (const auto& [key, resource] : wish) {
      if (std::holds_alternative<Namespace>(resource)) continue;
      Step gone;
      gone.before = resource;
      Plan one;
      one.steps = {gone};
      EXPECT_THAT(carry_out(kernel, one), ::testing::IsEmpty()) << name(key);
      EXPECT_THAT(carry_out(kernel, one), ::testing::IsEmpty()) << "a second time: " << name(key);
    }
    for (const auto& [key, resource] : kernel.observe({"t", nullptr}))
      EXPECT_TRUE(std::holds_alternative<Namespace>(resource)) << name(key);
  });
}

/// As where modules of tunnels put a device into every new namespace: the kernel says EEXIST of a first half and EBUSY
/// of a second one.
TEST(LinuxKernel, FindsAnotherIndexWhereItsOwnIsTaken) {
  in_world([] {
    make_lab_dir("t");
    State places;
    for (const char* place : {"a", "b", "c"}) put(places, Namespace{.name = place});
    LinuxKernel kernel("t");
    ASSERT_THAT(converge_once(kernel, places), Not(::testing::ContainsRegex("FAILED|LEFT")));
    State wish = places;
    put(wish, Veth{end("a", "eth0"), end("b", "eth0")});
    put(wish, Veth{end("a", "eth1"), end("c", "eth0")});
    shell("ip -n t.a link add own index 2 type bridge; ip -n t.c link add own index 2 type bridge");
    EXPECT_THAT(carry_out(kernel, plan(places, wish)), ::testing::IsEmpty());
    EXPECT_EQ(left_over(kernel, wish), "no changes\n");
  });
}

TEST(LinuxKernel, RemovesManyDevicesOfAPlaceTogether) {
  in_world([] {
    make_lab_dir("t");
    State wish;
    for (const char* place : {"a", "b"}) put(wish, Namespace{.name = place});
    LinuxKernel kernel("t");
    const State before = wish;
    for (int i = 0; i < 20; ++i) put(wish, Veth{end("a", "e" + std::to_string(i)), end("b", "e" + std::to_string(i))});
    shell("ip link add group 7 name bystander type veth peer name bystander2");
    ASSERT_THAT(converge_once(kernel, wish), Not(::testing::ContainsRegex("FAILED|LEFT")));
    const Plan removal = plan(kernel.observe({"t", &before}), before);
    std::vector<Task> tasks;
    for (const Step& step : removal.steps) tasks.push_back({tasks.size(), &step});
    kernel.submit(tasks);
    const auto outcomes = kernel.collect(std::nullopt);
    EXPECT_EQ(outcomes.size(), 20U) << "all in one request, not one grace period each";
    for (const Outcome& outcome : outcomes) EXPECT_EQ(outcome.error, "");
    EXPECT_EQ(left_over(kernel, before), "no changes\n");
    EXPECT_FALSE(link_of("host", "bystander").is_null());
  });
}

/// Two descriptors a namespace are more than many shells allow: what was not used for longest is closed and opened
/// again.
TEST(LinuxKernel, ManagesMoreNamespacesThanDescriptors) {
  in_world([] {
    make_lab_dir("t");
    const rlimit few{160, 160};
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &few), 0);
    State wish;
    constexpr int count = 120;
    const auto place = [](int i) { return "n" + std::to_string(i % count); };
    for (int i = 0; i < count; ++i) {
      put(wish, Namespace{.name = place(i)});
      put(wish, Veth{end(place(i), "right"), end(place(i + 1), "left")});
      put(wish, address(place(i), "left", "10.0.0.1/24"));
    }
    LinuxKernel kernel("t");
    EXPECT_THAT(converge_once(kernel, wish), Not(::testing::ContainsRegex("FAILED|LEFT")));
    EXPECT_EQ(kernel.observe({"t", nullptr}).size(), wish.size()) << "and pairs are found without a wish as well";
  });
}

/// Namespaces are made in two threads while devices are made, and still every device has the index of its turn.
TEST(LinuxKernel, DevicesHaveTheSameIndexesEveryTime) {
  in_world([] {
    make_lab_dir("t");
    State wish;
    constexpr int count = 60;
    const auto place = [](int i) { return "n" + std::to_string(i % count); };
    for (int i = 0; i < count; ++i) {
      put(wish, Namespace{.name = place(i)});
      for (const int far : {1, 7, 30}) {
        const std::string number = std::to_string(far);
        put(wish, Veth{end(place(i), "to" + number), end(place(i + far), "of" + number)});
      }
    }
    LinuxKernel kernel("t");
    EXPECT_THAT(converge_once(kernel, wish), Not(::testing::ContainsRegex("FAILED|LEFT")));
    std::map<std::string, int> next;
    for (const auto& [key, resource] : wish) {
      const auto* veth = std::get_if<Veth>(&resource);
      if (veth == nullptr) continue;
      for (const VethEnd* half : {&veth->a, &veth->b}) {
        const int expected = 2 + next[half->place]++;
        EXPECT_EQ(link_of(half->place, half->name)["ifindex"], expected) << planner::name(key);
      }
    }
  });
}

TEST(LinuxKernel, ANamespaceThatCannotBeMadeIsNoOthersMatter) {
  in_world([] {
    make_lab_dir("t");
    shell("ip netns add t.n7");
    State wish;
    for (int i = 0; i < 40; ++i) put(wish, Namespace{.name = "n" + std::to_string(i)});
    const Plan all = plan({}, wish);
    std::vector<Task> tasks;
    for (const Step& step : all.steps) tasks.push_back({tasks.size(), &step});
    LinuxKernel kernel("t");
    kernel.submit(tasks);
    std::vector<std::string> errors;
    for (std::size_t ended = 0; ended < tasks.size();)
      for (const Outcome& outcome : kernel.collect(std::nullopt)) {
        ++ended;
        if (!outcome.ok()) errors.push_back(outcome.error);
      }
    EXPECT_THAT(errors, ::testing::ElementsAre("namespace n7: /run/netns/t.n7 is taken by another namespace"));
    EXPECT_EQ(output("ls /run/netns | grep -c ^t"), "40\n");
  });
}

TEST(LinuxKernel, NamespacesThatAreNotBegunAreGivenUp) {
  in_world([] {
    make_lab_dir("t");
    State wish;
    constexpr std::size_t count = 200;
    for (std::size_t i = 0; i < count; ++i) put(wish, Namespace{.name = "n" + std::to_string(i)});
    const Plan all = plan({}, wish);
    std::vector<Task> tasks;
    for (const Step& step : all.steps) tasks.push_back({tasks.size(), &step});
    LinuxKernel kernel("t");
    kernel.submit(tasks);
    kernel.abandon();
    std::size_t made = 0, given_up = 0;
    while (made + given_up < count)
      for (const Outcome& outcome : kernel.collect(std::nullopt)) {
        EXPECT_EQ(outcome.error, "");
        ++(outcome.kind == Outcome::Kind::given_up ? given_up : made);
      }
    EXPECT_GT(given_up, 0U);
    EXPECT_EQ(output("ls /run/netns | wc -l"), std::to_string(made) + "\n");
  });
}

/// The kernel counts a device's other names when it says how long an answer may get.
TEST(LinuxKernel, ADeviceWithVeryMuchToTellIsReadWhole) {
  in_lab([](LinuxKernel& kernel, State& wish) {
    shell("for i in $(seq 100 199); do ip -n t.client link property add dev eth0 altname $(printf %0120d $i); done");
    EXPECT_EQ(left_over(kernel, wish), "no changes\n");
    LinuxKernel another("t");
    EXPECT_EQ(left_over(another, wish), "no changes\n");
  });
}

TEST(LinuxKernel, DeletingAPrimaryAddressKeepsTheOthersAndTheRoutes) {
  in_lab([](LinuxKernel& kernel, State& wish) {
    shell("ip -n t.client route add 203.0.113.0/24 via 10.0.1.1 proto ospf");
    wish.erase(planner::key(Resource(address("client", "eth0", "10.0.1.2/24"))));
    wish.erase(planner::key(named(wish, "route client 198.51.100.0/24 metric 7")));
    EXPECT_THAT(converge_once(kernel, wish), Not(::testing::ContainsRegex("FAILED|LEFT")));
    EXPECT_THAT(output("ip -n t.client route"), HasSubstr("203.0.113.0/24 via 10.0.1.1 dev eth0 proto ospf"));
    EXPECT_THAT(output("ip -n t.client -4 address show dev eth0"), HasSubstr("10.0.1.3/24"));
  });
}

TEST(LinuxKernel, SysctlsGetTheirOldValueBack) {
  in_lab([](LinuxKernel& kernel, State& wish) {
    named<Sysctl>(wish, "sysctl router net.ipv4.conf.eth0.rp_filter").value = "1";
    converge_once(kernel, wish);
    wish.erase(planner::key(named(wish, "sysctl router net.ipv4.conf.eth0.rp_filter")));
    LinuxKernel another("t");
    EXPECT_THAT(converge_once(another, wish), Not(::testing::ContainsRegex("FAILED|LEFT")));
    EXPECT_EQ(output("ip netns exec t.router sysctl -n net.ipv4.conf.eth0.rp_filter"), "0\n");
  });
}

TEST(LinuxKernel, HostsFileKeepsItsInode) {
  in_lab([](LinuxKernel& kernel, State& wish) {
    struct stat before {
    }, after{};
    ASSERT_EQ(::stat(hosts_path("t", "client").c_str(), &before), 0);
    named<Hosts>(wish, "hosts client").content = "short\n";
    EXPECT_THAT(converge_once(kernel, wish), HasSubstr("1 to change"));
    ASSERT_EQ(::stat(hosts_path("t", "client").c_str(), &after), 0);
    EXPECT_EQ(before.st_ino, after.st_ino);
    EXPECT_EQ(read_file(hosts_path("t", "client")), "short\n");
  });
}

TEST(LinuxKernel, RefusalsNameTheResourceInTheKernelsWords) {
  in_lab([](LinuxKernel& kernel, State& wish) {
    State more = wish;
    put(more, route("router", "10.9.0.0/16", "10.77.0.1", "eth0"));
    put(more, Sysctl{.place = "router", .key = "net.ipv4.conf.all.no_such_key", .value = "1"});
    put(more, Sysctl{.place = "client", .key = "net.ipv4.ip_forward", .value = "many"});
    const std::string said = converge_once(kernel, more);
    EXPECT_THAT(said, HasSubstr("FAILED route router 10.9.0.0/16: Nexthop has invalid gateway (ENETUNREACH)"));
    EXPECT_THAT(said,
                HasSubstr("no_such_key: open /proc/sys/net/ipv4/conf/all/no_such_key: No such file or directory"));
    EXPECT_THAT(said, HasSubstr("sysctl client net.ipv4.ip_forward: write \"many\": Invalid argument (EINVAL)"));
  });
}

}  // namespace
}  // namespace nsbuild::engine::testing
