#include "planner/diff.hpp"
#include "planner/plan.hpp"

#include <array>
#include <string_view>

namespace nsbuild::planner {
namespace {

struct VerbWords {
  std::string_view sign;
  std::string_view color;  // SGR (ECMA-48): green, yellow, red
};
constexpr std::array verbs{VerbWords{"+", "\033[32m"}, VerbWords{"~", "\033[33m"}, VerbWords{"-", "\033[31m"}};

constexpr std::size_t listed_sweeps = 4;  // the JSON has all of them

std::string joined(const std::vector<std::string>& parts) {
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : ", ") + part;
  return text;
}

std::string sweeps(const Step& step) {
  std::vector<std::string> names;
  for (const Key& key : step.sweeps) {
    if (names.size() == listed_sweeps) {
      names.push_back("and " + std::to_string(step.sweeps.size() - listed_sweeps) + " more");
      break;
    }
    names.push_back(name(key));
  }
  return names.empty() ? "" : "; takes with it " + joined(names);
}

/// What stands behind the name: what a new resource is like and why it is made again, what changes, why one goes.
std::string explanation(const Step& step) {
  std::string text;
  const std::string reasons = joined(step.reasons);
  if (step.verb() == Verb::create) {
    if (const std::string what = attributes(*step.after); !what.empty()) text += ": " + what;
    if (!reasons.empty()) text += " (" + reasons + ")";
  } else if (!reasons.empty()) {
    text += step.verb() == Verb::change ? ": " + reasons : " (" + reasons + ")";
  }
  return text + sweeps(step);
}

}  // namespace

std::string text(const Plan& plan, bool color) {
  if (plan.empty()) return "no changes\n";
  std::string text;
  std::array<std::size_t, verbs.size()> counts{};
  for (const Step& step : plan.steps) {
    const auto verb = static_cast<std::size_t>(step.verb());
    ++counts.at(verb);
    const VerbWords& words = verbs.at(verb);
    text += color ? std::string(words.color) + std::string(words.sign) + "\033[0m" : std::string(words.sign);
    text += " " + name(step.key()) + explanation(step) + "\n";
  }
  return text + "plan: " + std::to_string(counts[0]) + " to add, " + std::to_string(counts[1]) + " to change, " +
         std::to_string(counts[2]) + " to remove\n";
}

}  // namespace nsbuild::planner
