// Whether somebody else has a namespace open whose pin is gone: on the real kernel.
#include "engine/linux/departures.hpp"

#include "engine/linux/netns.hpp"
#include "engine/place.hpp"
#include "tests/engine/no_descriptors.hpp"
#include "tests/engine/service_world.hpp"
#include "tests/engine/world_words.hpp"

#include <chrono>
#include <optional>
#include <thread>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

namespace nsbuild::engine::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

/// A namespace that nobody has pinned, with a socket in it. Its file is older than a tick of the kernel's clock.
struct Unpinned {
  explicit Unpinned(const Fd& home) {
    netns = make_netns(home, [&](const Fd&) { socket.emplace(); });
    inode = netns_inode(netns);
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  Departure depart() { return {std::move(netns), *std::move(socket)}; }

  Fd netns;
  std::optional<Netlink> socket;
  ino_t inode = 0;
};

Fd home() { return open_place({"", "host"}); }

TEST(Departure, KnowsWhetherADescriptorIsLeft) {
  in_world([] {
    Unpinned one(home());
    Fd another(::fcntl(one.netns.get(), F_DUPFD_CLOEXEC, 0));
    Fd opened_anew = one.socket->open_namespace();
    EXPECT_EQ(netns_inode(opened_anew), one.inode);
    const Departure departure = one.depart();
    EXPECT_EQ(departure.inode(), one.inode);
    EXPECT_EQ(departure.is_open_elsewhere(), true);
    another.reset();
    EXPECT_EQ(departure.is_open_elsewhere(), true);
    opened_anew.reset();
    EXPECT_EQ(departure.is_open_elsewhere(), false);
    EXPECT_EQ(departure.is_open_elsewhere(), false);
  });
}

TEST(Departure, KnowsWhetherAMountIsLeft) {
  in_world([] {
    shell("ip netns add t.a && touch /run/kept && mount --bind /run/netns/t.a /run/kept");
    Fd netns(::open("/run/netns/t.a", O_RDONLY | O_CLOEXEC));
    std::optional<Netlink> socket;
    {
      const Fd there = home();
      const Inside inside(netns, "t.a", there);
      socket.emplace();
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    shell("ip netns del t.a");
    const Departure departure(std::move(netns), *std::move(socket));
    EXPECT_EQ(departure.is_open_elsewhere(), true);
    shell("umount /run/kept");
    EXPECT_EQ(departure.is_open_elsewhere(), false);
  });
}

TEST(Departure, IsNotOpenInAProcessThatOnlyLivesThere) {
  in_world([] {
    Unpinned one(home());
    const pid_t inside = ::fork();
    if (inside == 0) {
      ::setns(one.netns.get(), CLONE_NEWNET);
      one.netns.reset();
      ::pause();
    }
    const std::string place = "/proc/" + std::to_string(inside) + "/ns/net";
    ASSERT_TRUE(eventually([&] {
      return netns_inode(Fd(::open(place.c_str(), O_RDONLY | O_CLOEXEC))) == one.inode &&
             output("ls -l /proc/" + std::to_string(inside) + "/fd").find("net:[" + std::to_string(one.inode)) ==
                 std::string::npos;
    }));
    const Departure departure = one.depart();
    EXPECT_EQ(departure.is_open_elsewhere(), false);
    ::kill(inside, SIGKILL);
    ::waitpid(inside, nullptr, 0);
  });
}

TEST(Departure, SaysWhenItCannotBeTold) {
  in_world([] {
    const Departure departure = Unpinned(home()).depart();
    {
      const NoDescriptors scarcity;
      EXPECT_EQ(departure.is_open_elsewhere(), std::nullopt);
    }
    EXPECT_EQ(departure.is_open_elsewhere(), false);
  });
}

TEST(Departures, KeepThoseThatSomebodyHasOpenIfTheyWatch) {
  in_world([] {
    for (const bool watches : {false, true}) {
      Departures all;
      if (watches) all.watch();
      Unpinned held(home()), free(home());
      Fd holder(::fcntl(held.netns.get(), F_DUPFD_CLOEXEC, 0));
      all.add(held.depart());
      all.add(free.depart());
      EXPECT_EQ(all.size(), 2U);
      all.let_go();
      EXPECT_EQ(all.size(), 0U);
      if (watches)
        EXPECT_THAT(all.still_open(), ElementsAre(held.inode));
      else
        EXPECT_THAT(all.still_open(), IsEmpty());
      holder.reset();
      EXPECT_THAT(all.still_open(), IsEmpty());
      EXPECT_TRUE(all.saw_all());
    }
  });
}

TEST(Departures, TellWhereTheyCouldNotLook) {
  in_world([] {
    Departures all;
    all.watch();
    all.add(Unpinned(home()).depart());
    {
      const NoDescriptors scarcity;
      all.let_go();
    }
    EXPECT_FALSE(all.saw_all());
    EXPECT_THAT(all.still_open(), IsEmpty());
  });
}

TEST(Departures, KeepSoManyAndTellThatThereAreMore) {
  in_world([] {
    constexpr std::size_t many = 12;
    Departures all;
    all.watch();
    std::vector<Fd> holders;
    for (std::size_t i = 0; i < many; ++i) {
      Fd netns = make_netns(home(), [&](const Fd& made) {
        holders.emplace_back(::fcntl(made.get(), F_DUPFD_CLOEXEC, 0));
        all.add({Fd(::fcntl(made.get(), F_DUPFD_CLOEXEC, 0)), Netlink()});
      });
    }
    all.let_go();
    EXPECT_FALSE(all.saw_all());
    EXPECT_EQ(all.still_open().size(), 8U);
  });
}

}  // namespace
}  // namespace nsbuild::engine::testing
