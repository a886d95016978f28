// The equivalent script, where the examples do not show it: names that a shell would read otherwise.
#include "planner/plan.hpp"
#include "tests/planner/lab_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace nsbuild::planner {
namespace {

TEST(Shell, QuotesWhatAShellWouldReadOtherwise) {
  const State wish = wish_of(R"(
namespaces: {a: {routes: ["default via 10.0.0.2"], rules: [{iif: "a;b", table: 7}]}, b: }
links: [{endpoints: {"a:e;id": [10.0.0.1/24], "b:it's": 10.0.0.2/24}}]
)");
  const std::string script = shell(plan({}, wish), "lab");
  EXPECT_THAT(script, testing::HasSubstr("ip -n lab.a link add name 'e;id' "));
  EXPECT_THAT(script, testing::HasSubstr("ip -n lab.a address add 10.0.0.1/24 dev 'e;id'\n"));
  EXPECT_THAT(script, testing::HasSubstr("dev 'it'\\''s' up\n"));
  EXPECT_THAT(script, testing::HasSubstr("route add 0.0.0.0/0 via 10.0.0.2 dev 'e;id'\n"));
  EXPECT_THAT(script, testing::HasSubstr(" iif 'a;b' "));
  std::string bare = script;
  for (std::size_t at = 0; (at = bare.find("'e;id'")) != std::string::npos;) bare.erase(at, 6);
  EXPECT_THAT(bare, testing::Not(testing::HasSubstr("dev e;id")));
}

}  // namespace
}  // namespace nsbuild::planner
