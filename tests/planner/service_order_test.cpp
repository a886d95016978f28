// In which order services start, become ready and end: YAML in, plan out.
#include "planner/plan.hpp"
#include "tests/planner/lab_file.hpp"

#include <algorithm>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace nsbuild::planner {
namespace {

std::string lab(const std::string& services) { return "namespaces: {a: }\nservices:\n" + services; }

std::string service(const std::string& name, const std::string& more) {
  return "  " + name + ": {namespace: a, command: [sleep, \"1\"]" + (more.empty() ? "" : ", " + more) + "}\n";
}

std::string three(const std::string& of_db = "ready: {tcp: 5432}") {
  return lab(service("app", "depends_on: [db, migrate]") + service("db", of_db) +
             service("migrate", "oneshot: true, depends_on: [db]") + service("zoo", ""));
}

bool is_about_services(const Step& step) {
  const std::size_t kind = step.key().kind;
  return kind == kind_index<Service> || kind == kind_index<Ready>;
}

/// The steps on services: their signs and names, in order.
std::string steps(const Plan& plan) {
  std::string text;
  for (const Step& step : plan.steps)
    if (is_about_services(step))
      text += std::string(text.empty() ? "" : ", ") + "+~-"[static_cast<std::size_t>(step.verb())] + name(step.key());
  return text;
}

/// The services' steps that the named one waits for itself.
std::string needs_of(const Plan& plan, const std::string& sign_and_name) {
  std::string text;
  for (const Step& step : plan.steps) {
    if (std::string(1, "+~-"[static_cast<std::size_t>(step.verb())]) + name(step.key()) != sign_and_name) continue;
    for (const std::size_t need : step.needs)
      if (is_about_services(plan.steps[need])) text += (text.empty() ? "" : ", ") + name(plan.steps[need].key());
  }
  return text;
}

TEST(ServiceOrder, WhoDependsOnOthersStartsAfterThemAndNobodyElseWaits) {
  const Plan made = plan({}, wish_of(three()));
  EXPECT_EQ(steps(made), "+service db, +service zoo, +ready db, +service migrate, +service app");
  EXPECT_EQ(needs_of(made, "+service zoo"), "");
  EXPECT_EQ(needs_of(made, "+service db"), "");
  EXPECT_EQ(needs_of(made, "+ready db"), "service db");
  EXPECT_EQ(needs_of(made, "+service migrate"), "service db, ready db");
  EXPECT_EQ(needs_of(made, "+service app"), "service db, ready db, service migrate");
}

TEST(ServiceOrder, AnUpperIsFreeBeforeAnotherServiceHasIt) {
  const auto keeper = [](const std::string& name) {
    return service(name, "mounts: [{type: overlay, target: /a, lower: /usr, upper: /usr}]");
  };
  const State before = wish_of(lab(keeper("a") + service("b", "")));
  const Plan to_newcomer = plan(before, wish_of(lab(service("b", "") + keeper("c"))));
  EXPECT_EQ(steps(to_newcomer), "-service a, +service c");
  EXPECT_EQ(needs_of(to_newcomer, "+service c"), "service a");
  const Plan to_other = plan(before, wish_of(lab(keeper("b"))));
  EXPECT_EQ(steps(to_other), "-service a, -service b, +service b");
  EXPECT_EQ(needs_of(to_other, "+service b"), "service a, service b");
  EXPECT_THAT(planner::text(to_newcomer, false), ::testing::HasSubstr("upper /usr moves to service c"));
}

TEST(ServiceOrder, APlanSaysWhatIsWaitedFor) {
  const std::string text = planner::text(plan({}, wish_of(three())), false);
  EXPECT_NE(text.find("\n+ ready db: tcp 5432\n"), std::string::npos) << text;
}

TEST(ServiceOrder, WhoDependsOnOthersEndsBeforeThem) {
  const Plan gone = plan(made(wish_of(three())), {});
  EXPECT_EQ(steps(gone), "-service app, -service migrate, -service db, -service zoo");
  EXPECT_EQ(needs_of(gone, "-service db"), "service app, service migrate") << planner::text(gone, false);
  EXPECT_EQ(needs_of(gone, "-service zoo"), "");
}

TEST(ServiceOrder, AHostsFileGoesAfterAllThatHaveItMounted) {
  const Plan gone = plan(made(wish_of(three())), {});
  EXPECT_EQ(needs_of(gone, "-hosts a"), "service app, service migrate, service db, service zoo");
}

TEST(ServiceOrder, AnotherProcessHasToBecomeReadyAgain) {
  const std::string before = three();
  std::string after = before;
  after.replace(after.find("db: {namespace: a, command: [sleep, \"1\"]"), 40,
                "db: {namespace: a, command: [sleep, \"2\"]");
  const Plan changed = plan(made(wish_of(before)), wish_of(after));
  EXPECT_EQ(steps(changed), "~service db, +ready db");
  EXPECT_EQ(needs_of(changed, "+ready db"), "service db");
  EXPECT_NE(planner::text(changed, false).find("+ ready db: tcp 5432 (went with service db)"), std::string::npos);
}

TEST(ServiceOrder, AReplacedServiceHasToBecomeReadyAgain) {
  const Plan changed = plan(made(wish_of(three())), wish_of(three("ready: {tcp: 5432}, hostname: other")));
  EXPECT_EQ(steps(changed), "-service db, +service db, +ready db");
  EXPECT_EQ(planner::text(changed, false).find("takes with it ready"), std::string::npos);
}

TEST(ServiceOrder, WhatIsNoLongerAskedForIsNoStep) {
  const State before = made(wish_of(three()));
  EXPECT_TRUE(plan(before, wish_of(three(""))).empty());
}

}  // namespace
}  // namespace nsbuild::planner
