// Starting services: what they find around them, and what a start that fails says.
#include "engine/init/wire.hpp"
#include "engine/rundir.hpp"
#include "tests/engine/service_world.hpp"

#include <fstream>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace nsbuild::engine::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(ServiceStart, GivesTheCommandItsOwnNamespaces) {
  in_world([] {
    make_place("server");
    const std::string out =
        output_of(shell_service("web",
                                "hostname; echo pid $$; readlink /proc/1/ns/net; ls -1 /sys/class/net; "
                                "ls -A /run | wc -l; cat /etc/hosts; echo end; sleep 100"));
    EXPECT_THAT(out, HasSubstr("web\npid 2\nnet:["));
    EXPECT_THAT(out, HasSubstr("]\nlo\n0\n127.0.0.1 localhost\n10.0.0.1 server\nend\n"));
  });
}

}  // namespace
}  // namespace nsbuild::engine::testing
