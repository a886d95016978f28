// Files that include files.
#include "loading.hpp"

#include <filesystem>

#include <gtest/gtest.h>

namespace nsbuild::specs {
namespace {

std::string names(const Spec& spec) {
  std::string result;
  for (const Namespace& space : spec.namespaces) result += space.name.value + " ";
  return result;
}

Spec fine_in(const Workplace& place, std::string_view text) {
  Loaded loaded = place.load(text);
  EXPECT_EQ(loaded.messages, "");
  return std::move(loaded.spec);
}

TEST(Include, JoinsTopLevelsWhatIsIncludedFirst) {
  const Workplace place;
  place.write("a.yaml", "name: other\nnamespaces: {a: }\nlinks: [{endpoints: [a:x, b:x]}]\nvars: {one: 1}\n");
  place.write("sub/b.yaml", "x-note: {}\nnamespaces:\nservices: {s: {namespace: a, command: x}}\nvars: {two: 2}\n");
  const Spec spec =
      fine_in(place, "include: [a.yaml, sub/b.yaml]\nnamespaces: {b: }\nlinks: [{endpoints: [a:y, b:y]}]\nx-note: 1\n");
  EXPECT_EQ(spec.name.value, "topo");
  EXPECT_EQ(names(spec), "a b ");
  ASSERT_EQ(spec.links.size(), 2U);
  EXPECT_EQ(spec.links[0].ends[0].interface->value, "x");
  EXPECT_EQ(spec.services.at(0).name.value, "s");
  EXPECT_EQ(spec.vars.size(), 2U);
}

TEST(Include, NumbersLinksAndNetworksAsTheFilesHaveThem) {
  const Workplace place;
  place.write("a.yaml", "networks: {lan: {endpoints: [a]}}\n");
  const Spec spec = fine_in(place, "include: a.yaml\nnamespaces: {a: , b: }\nlinks: [{endpoints: [a, b]}]\n");
  EXPECT_LT(spec.networks.at(0).order, spec.links.at(0).order);
}

TEST(Include, OfOneFileByTwoWaysIsOne) {
  const Workplace place;
  place.write("common.yaml", "namespaces: {c: }\n");
  place.write("a.yaml", "include: sub/../common.yaml\nnamespaces: {a: }\n");
  place.write("sub/b.yaml", "include: ../common.yaml\nnamespaces: {b: }\n");
  std::filesystem::create_symlink(place.path() / "common.yaml", place.path() / "link.yaml");
  EXPECT_EQ(names(fine_in(place, "include: [a.yaml, sub/b.yaml, link.yaml]\nnamespaces: {d: }\n")), "c a b d ");
}

TEST(Include, TakesPathsFromTheFileThatSaysThem) {
  const Workplace place;
  place.write("sub/conf", "text");
  place.write("sub/www/index.html", "");
  place.write("sub/profiles.yaml",
              "profiles: {p: {command: x, files: {/c: {source: conf}}, mounts: [\"./www:/srv\"]}}\n");
  const Spec spec =
      fine_in(place, "include: sub/profiles.yaml\nnamespaces: {a: }\nservices: {s: {profile: p, namespace: a}}\n");
  EXPECT_EQ(spec.services.at(0).files.at(0).content, "text");
  EXPECT_EQ(spec.services.at(0).mounts.at(0).source.value, (place.path() / "sub/www").string());
}

TEST(Include, GivesMarksTheNamesOfTheirFiles) {
  const Workplace place;
  place.write("sub/p.yaml", "profiles:\n  p:\n    command: x\n");
  const Spec spec =
      fine_in(place, "include: sub/p.yaml\nnamespaces: {a: }\nservices: {s: {profile: p, namespace: a}}\n");
  EXPECT_EQ(spec.files.of(spec.services.at(0).command_at, "?"), "sub/p.yaml");
  EXPECT_EQ(spec.services.at(0).command_at.line, 3U);
  EXPECT_EQ(spec.files.of(spec.services.at(0).name.at, "?"), "topo.yaml");
  EXPECT_EQ(FileNames{}.of({}, "?"), "?");
}

TEST(Include, ShowsAnErrorOfAProfileInItsOwnFileAndWhereItIsUsed) {
  const Workplace place;
  place.write("p.yaml", "profiles:\n  p: {forwarding: perhaps}\n");
  EXPECT_EQ(place.load("include: p.yaml\nnamespaces:\n  a: {profile: p}\n").messages,
            R"(p.yaml:2:19: error: "forwarding" must be true or false, not "perhaps"
    2 |   p: {forwarding: perhaps}
      |                   ^~~~~~~
topo.yaml:3:16: note: merged here
    3 |   a: {profile: p}
      |                ^
)");
}

TEST(Include, HasVariables) {
  const Workplace place;
  place.write("p-two.yaml", "namespaces: {\"${N}\": }\n");
  LoadOptions options;
  options.environment = false;
  options.set = {{"WHICH", "two"}, {"N", "n"}};
  const Loaded loaded = place.load("include: p-${WHICH}.yaml\n", options);
  EXPECT_EQ(loaded.messages + names(loaded.spec), "n ");
}

TEST(Include, EndsSomewhere) {
  const Workplace place;
  std::string all;
  for (int i = 0; i < 1100; ++i) {
    place.write("row/" + std::to_string(i) + ".yaml", "include: " + std::to_string(i + 1) + ".yaml\n");
    place.write(std::to_string(i) + ".yaml", "vars: {}\n");
    all += std::to_string(i) + ".yaml, ";
  }
  EXPECT_NE(place.load("include: row/0.yaml\n").messages.find("more than 100 files include each other in a row"),
            std::string::npos);
  EXPECT_NE(place.load("include: [" + all + "]\n").messages.find("more than 1000 files are included"),
            std::string::npos);
}

TEST(Include, OfADashIsAFile) {
  const Workplace place;
  EXPECT_NE(place.load("include: \"-\"\nnamespaces: {}\n").messages.find("cannot include \"-\": No such file"),
            std::string::npos);
}

}  // namespace
}  // namespace nsbuild::specs
