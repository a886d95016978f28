#include "cli/labs.hpp"

#include "cli/exit.hpp"
#include "engine/lab.hpp"
#include "engine/place.hpp"
#include "netgraph/netgraph.hpp"
#include "specs/suggest.hpp"

#include <algorithm>
#include <cctype>
#include <cstdlib>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace nsbuild::cli {

namespace {

template <class F>
std::vector<std::string> or_nothing(F names) noexcept {
  try {
    return names();
  } catch (const std::exception&) {
    return {};
  }
}

std::string only_lab() {
  const auto labs = engine::labs();
  if (labs.size() == 1) return labs.front();
  if (labs.empty()) throw InputError("no lab is up");
  throw InputError(fmt::format("several labs are up: {}; say which, or set NSBUILD_LAB", fmt::join(labs, ", ")));
}

}  // namespace

void refuse_unknown(std::string_view what, const std::string& name, const std::vector<std::string>& known) {
  if (std::ranges::find(known, name) != known.end()) return;
  const auto hint = specs::did_you_mean(name, {known.begin(), known.end()});
  throw InputError(fmt::format("there is no {} {}{}{}", what, name, hint.empty() ? "" : "; ", hint));
}

bool is_lab_name(const std::string& word) {
  return !word.empty() && word.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-") ==
                              std::string::npos;
}

std::string said_lab(const std::string& said) {
  const char* preset = std::getenv("NSBUILD_LAB");
  std::string lab = !said.empty() ? said : preset != nullptr ? preset : "";
  if (!lab.empty() && !is_lab_name(lab))
    throw UsageError(fmt::format("\"{}\" is not the name of a lab (letters, digits, _ and -)", lab));
  return lab;
}

std::string choose_lab(const std::string& said) {
  const auto lab = said_lab(said);
  return lab.empty() ? only_lab() : lab;
}

std::string lab_or_all(const std::string& said) {
  auto lab = said_lab(said);
  if (!lab.empty()) refuse_unknown("lab", lab, engine::labs());
  return lab;
}

Target choose_target(const std::string& said) {
  const auto slash = said.find('/');
  if (slash == std::string::npos) return {.lab = choose_lab(""), .name = said};
  if (slash == 0 || said.find('/', slash + 1) != std::string::npos)
    throw UsageError(fmt::format("{}: expected [LAB/]NAME", said));
  return {.lab = choose_lab(said.substr(0, slash)), .name = said.substr(slash + 1)};
}

std::vector<std::string> known_services(const std::string& lab) noexcept {
  return or_nothing([&] {
    std::vector<std::string> names;
    for (const auto& service : engine::find_services(lab)) names.push_back(service.spec.name);
    return names;
  });
}

std::vector<std::string> known_namespaces(const std::string& lab) noexcept {
  return or_nothing([&] {
    auto names = engine::pinned(lab);
    std::erase(names, netgraph::switch_place);
    return names;
  });
}

std::vector<std::string> known_labs() noexcept {
  return or_nothing([] { return engine::labs(); });
}

}  // namespace nsbuild::cli
