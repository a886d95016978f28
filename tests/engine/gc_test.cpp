// What is listed of a lab, what `gc` takes away of it, and what it leaves: on the real kernel.
#include "engine/gc.hpp"

#include "engine/lab.hpp"
#include "engine/lock.hpp"
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

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

void apply_whole_lab() {
  LabRequest request;
  request.lab = "t";
  request.topology = "/topo.yaml";
  ASSERT_EQ(apply_lab(request, whole_lab(), {}).result, Result::done);
}

std::vector<std::string> words_of(const std::vector<Remnant>& things) {
  std::vector<std::string> lines;
  for (const Remnant& thing : things) lines.push_back(words(thing));
  return lines;
}

std::vector<std::string> listed() { return words_of(residue({"t"})); }

/// Dies at once, with the lab's lock in its hands.
void take_lock_and_die(const char* purpose) {
  const pid_t other = ::fork();
  if (other == 0) {
    LockRequest request;
    request.purpose = purpose;
    const Lock mine("t", request);
    ::kill(::getpid(), SIGKILL);
  }
  ::waitpid(other, nullptr, 0);
}

TEST(Gc, TouchesNoLabThatIsUp) {
  in_world([] {
    apply_whole_lab();
    const std::vector<std::string> before = listed();
    EXPECT_THAT(before, Contains(HasSubstr("/run/netns/t.client")));
    const GcReport report = collect_garbage({});
    EXPECT_THAT(report.garbage, IsEmpty());
    EXPECT_THAT(report.left, IsEmpty());
    EXPECT_EQ(report.exit_code(), 0);
    EXPECT_EQ(listed(), before);
  });
}

TEST(Gc, RemovesALabWithoutRecordAndPinsAndOnlyTellsOnADryRun) {
  in_world([] {
    apply_whole_lab();
    std::filesystem::remove_all("/run/nsbuild");
    const GcReport as_it_is = collect_garbage({});
    EXPECT_THAT(as_it_is.garbage, IsEmpty());
    EXPECT_EQ(as_it_is.left,
              std::vector<std::string>{"lab t: is up, but its record is lost: apply its file again, or destroy it"});
    // The host's device would go with the namespace of its other end, in the kernel's own time.
    EXPECT_EQ(output("ip netns add own; ip -n t.router link set eth2 netns own"), "");
    EXPECT_EQ(output("for pin in /run/netns/t.*; do ip netns del ${pin##*/}; done"), "");
    const std::vector<std::string> before = listed();
    EXPECT_THAT(before, Contains("device tolab"));
    for (const bool dry_run : {true, false}) {
      EXPECT_EQ(listed(), before);
      const GcReport report = collect_garbage({dry_run});
      ASSERT_EQ(report.garbage.size(), 1U);
      EXPECT_EQ(report.garbage[0].lab, "t");
      EXPECT_EQ(report.garbage[0].why, "has no record");
      EXPECT_EQ(words_of(report.garbage[0].things), before);
      EXPECT_THAT(report.errors, IsEmpty());
      EXPECT_EQ(report.exit_code(), 0);
    }
    EXPECT_THAT(listed(), IsEmpty());
    EXPECT_EQ(output("ip netns del own; ls /run/nsbuild 2>/dev/null; ip netns list; ip -o link show type veth"), "");
  });
}

TEST(Gc, EndsADestroyThatWasKilled) {
  in_world([] {
    apply_whole_lab();
    take_lock_and_die(purpose_destroy);
    const GcReport report = collect_garbage({});
    ASSERT_EQ(report.garbage.size(), 1U);
    EXPECT_EQ(report.garbage[0].why, "its destroy was killed");
    EXPECT_THAT(labs_with_residue(), IsEmpty());
  });
}

TEST(Gc, LeavesALabWhoseChangeWasKilledAndSaysSo) {
  in_world([] {
    apply_whole_lab();
    take_lock_and_die("apply");
    const std::vector<std::string> before = listed();
    const GcReport report = collect_garbage({});
    EXPECT_THAT(report.garbage, IsEmpty());
    EXPECT_THAT(report.left, ElementsAre(HasSubstr("lab t: is up, but who changed it was killed")));
    EXPECT_EQ(listed(), before);
  });
}

/// As `apply --keep` leaves it.
void keep_failed_lab() {
  apply_whole_lab();
  Journal journal = *read_journal("t");
  journal.applied = false;
  write_journal("t", journal);
}

TEST(Gc, LeavesALabThatWasKeptThoughARestartInItWasKilled) {
  in_world([] {
    keep_failed_lab();
    take_lock_and_die("");
    const std::vector<std::string> before = listed();
    const GcReport report = collect_garbage({});
    EXPECT_THAT(report.garbage, IsEmpty());
    EXPECT_THAT(report.left, ElementsAre(HasSubstr("its apply has failed, and what it left was kept")));
    EXPECT_EQ(listed(), before);
  });
}

TEST(Gc, RemovesWhatAKilledApplyLeftThoughARestartInItWasKilledSince) {
  in_world([] {
    keep_failed_lab();
    take_lock_and_die(purpose_apply);
    take_lock_and_die("");
    const GcReport report = collect_garbage({});
    ASSERT_EQ(report.garbage.size(), 1U);
    EXPECT_EQ(report.garbage[0].why, "its first apply was killed");
    EXPECT_THAT(labs_with_residue(), IsEmpty());
  });
}

TEST(Gc, LeavesALabThatSomebodyWorksOn) {
  in_world([] {
    apply_whole_lab();
    const Lock mine("t", {});
    const GcReport report = collect_garbage({});
    EXPECT_THAT(report.garbage, IsEmpty());
    EXPECT_THAT(report.left, ElementsAre(HasSubstr("lab t is held by pid " + std::to_string(::getpid()))));
  });
}

TEST(Gc, RemovesTheRecordOfALabOfWhichNothingElseIsLeft) {
  in_world([] {
    apply_whole_lab();
    shell("for pin in $(ip netns list | cut -d ' ' -f 1); do ip netns delete $pin; done");
    ASSERT_TRUE(eventually([] { return output("ip -o link show type veth").empty(); }));
    const GcReport report = collect_garbage({});
    ASSERT_EQ(report.garbage.size(), 1U);
    EXPECT_EQ(report.garbage[0].why, "nothing is left of it but its record");
    EXPECT_FALSE(std::filesystem::exists("/run/nsbuild"));
  });
}

TEST(Gc, LeavesWhatOnlyLooksLikeOurs) {
  in_world([] {
    apply_whole_lab();
    shell("ip netns add t.mine");
    shell("ip link add up0 type veth peer name up1; ip link set up0 alias nsbuild:t");
    std::ofstream("/run/nsbuild/note") << "mine";
    const GcReport report = collect_garbage({});
    EXPECT_THAT(report.garbage, IsEmpty());
    EXPECT_THAT(report.left, Contains("namespace /run/netns/t.mine: is not nsbuild's, by its mark"));
    EXPECT_THAT(report.left, Contains("device up0: has the alias of lab t, and is not in nsbuild's group"));
    EXPECT_THAT(report.left, Contains("file /run/nsbuild/note: is no lab's directory"));
    shell("test -e /run/netns/t.mine && ip link show up0 && test -e /run/nsbuild/note");
  });
}

TEST(Residue, NamesWhoIsInside) {
  in_world([] {
    apply_whole_lab();
    const pid_t visitor = ::fork();
    if (visitor == 0) ::execlp("ip", "ip", "netns", "exec", "t.client", "sleep", "1000", nullptr);
    const std::string words = "tr '\\0' ' ' </proc/" + std::to_string(visitor) + "/cmdline";
    ASSERT_TRUE(eventually([&] { return output(words) == "sleep 1000 "; }));
    EXPECT_EQ(output("ip netns pids t.client"), std::to_string(visitor) + "\n");
    EXPECT_THAT(listed(), Contains(HasSubstr("pid " + std::to_string(visitor) + " (sleep 1000)")));
    ::kill(visitor, SIGKILL);
    ::waitpid(visitor, nullptr, 0);
    EXPECT_THAT(listed(), ::testing::Not(Contains(HasSubstr("(sleep 1000)"))));
  });
}

TEST(Residue, KeepsApartWhatIsOfAnotherLab) {
  in_world([] {
    apply_whole_lab();
    EXPECT_THAT(residue({"other"}), IsEmpty());
    EXPECT_THAT(labs_with_residue(), ElementsAre("t"));
  });
}

}  // namespace
}  // namespace nsbuild::engine::testing
