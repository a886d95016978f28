// Whom a service's command runs as, and with which limits; again when its init replaces the command.
#include "tests/engine/service_world.hpp"

#include <filesystem>

#include <gmock/gmock.h>
#include <sys/resource.h>

namespace nsbuild::engine::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

planner::Service script_service(const std::string& script) {
  return shell_service("web", script + "; echo end; exec sleep 100");
}

/// Users and groups of the service's own root.
void bring_users(planner::Service& service) {
  service.files.push_back({"/etc/passwd", "root:x:0:0::/root:/bin/sh\nweb:x:700:701::/srv:/bin/sh\n", 0644, ""});
  service.files.push_back(
      {"/etc/group", "root:x:0:\nweb:x:701:\nfirst:x:702:other,web\nsecond:x:703:web\nthird:x:704:\n", 0644, ""});
}

TEST(ServiceIdentity, SupplementaryGroupsAreTheUsersAndThoseAskedFor) {
  in_world([] {
    make_place("server");
    planner::Service web = script_service("id -u; id -g; id -G; echo $HOME $USER");
    bring_users(web);
    web.user = "web";
    web.groups = {"third", "1234"};
    EXPECT_EQ("700\n701\n701 702 703 704 1234\n/srv web\nend\n", output_of(web));
  });
}

TEST(ServiceIdentity, AGroupTakesThePlaceOfTheUsersOwn) {
  in_world([] {
    make_place("server");
    planner::Service web = script_service("id -u; id -g; id -G");
    bring_users(web);
    web.user = "web";
    web.group = "third";
    EXPECT_EQ("700\n704\n704 702 703\nend\n", output_of(web));
    planner::Service root = web;
    root.name = "root";
    root.user = "";
    root.group = "99";
    EXPECT_EQ("0\n99\n99\nend\n", output_of(root));
  });
}

TEST(ServiceIdentity, UnknownGroupsAreNamed) {
  in_world([] {
    make_place("server");
    planner::Service web = sleeper();
    web.group = "nobody-at-all";
    Services services("t");
    EXPECT_EQ("service web: no such group: nobody-at-all (topo.yaml:12)", run(services, create(web)));
    web.group = "";
    web.groups = {"root", "nobody-at-all"};
    EXPECT_EQ("service web: no such group: nobody-at-all (topo.yaml:12)", run(services, create(web)));
  });
}

TEST(ServiceIdentity, UmaskNiceAndLimits) {
  in_world([] {
    make_place("server");
    planner::Service web = script_service("umask; nice; ulimit -Sn; ulimit -Hn; ulimit -Sc");
    web.user = "nobody";
    web.umask = 077;
    web.nice = -3;
    web.rlimits = {{"core", 512 * 9, {}}, {"nofile", 100, 200}};
    EXPECT_EQ("0077\n-3\n100\n200\n9\nend\n", output_of(web));
  });
}

TEST(ServiceIdentity, AReplacedCommandHasThemAgain) {
  in_world([] {
    make_place("server");
    planner::Service before = sleeper();
    before.umask = 027;
    before.nice = 4;
    before.rlimits = {{"nofile", 100, 200}};
    Services services("t");
    ASSERT_EQ("", run(services, create(before)));
    planner::Service after = before;
    after.command = {"/bin/sh", "-c", "umask; nice; ulimit -Sn; id -G; echo end; exec sleep 100"};
    after.groups = {"7"};
    const pid_t init = only_one().init;
    ASSERT_EQ("", run(services, change(before, after)));
    EXPECT_EQ("0027\n4\n100\n0 7\nend\n", log_with("web", "end"));
    EXPECT_EQ(init, only_one().init);
    EXPECT_EQ(after.rlimits, only_one().spec.rlimits);
  });
}

TEST(ServiceIdentity, AHardLimitThatCannotBeRaisedSaysAboveWhat) {
  in_world([] {
    make_place("server");
    planner::Service web = sleeper();
    rlimit now{};
    ASSERT_EQ(0, getrlimit(RLIMIT_NOFILE, &now));
    web.rlimits = {{"nofile", 10, 2000000000}};  // above fs.nr_open's largest value as well
    Services services("t");
    const std::string error = run(services, create(web));
    EXPECT_THAT(error, StartsWith("service web: rlimit nofile: hard limit 2000000000 cannot be raised above "));
    EXPECT_THAT(error, HasSubstr(": Operation not permitted (EPERM) (topo.yaml:12)"));
    const rlimit more{now.rlim_cur, now.rlim_max + 1};
    const bool may_raise = setrlimit(RLIMIT_NOFILE, &more) == 0;
    const std::string ceiling = may_raise ? read_file("/proc/sys/fs/nr_open") : std::to_string(now.rlim_max) + "\n";
    EXPECT_THAT(error, HasSubstr("above " + ceiling.substr(0, ceiling.size() - 1) + ":"));
    web.rlimits = {{"core", 20, 10}};
    EXPECT_EQ("service web: rlimit core: Invalid argument (EINVAL) (topo.yaml:12)", run(services, create(web)));
  });
}

}  // namespace
}  // namespace nsbuild::engine::testing
