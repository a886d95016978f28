#include "cli/commands.hpp"
#include "cli/exit.hpp"
#include "cli/labs.hpp"
#include "cli/output.hpp"
#include "cli/signals.hpp"
#include "cli/work.hpp"
#include "engine/capability.hpp"
#include "engine/error.hpp"
#include "engine/lab.hpp"

#include <algorithm>
#include <filesystem>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

namespace nsbuild::cli {

namespace {

/// A word that cannot be a lab's name is a file; so is one that no lab has for a name, if there is such a file.
bool means_file(const std::string& word) {
  if (word.empty()) return false;
  if (word == "-" || !is_lab_name(word)) return true;
  if (!std::filesystem::is_regular_file(word)) return false;
  const auto labs = engine::labs();
  return std::ranges::find(labs, word) == labs.end();
}

/// One that cannot be destroyed is no reason to leave the others.
int destroy_all(const std::vector<std::string>& labs) {
  if (labs.empty()) spdlog::info("no lab is up, there is nothing to remove");
  int worst = exit_code::done;
  std::vector<std::string> left;
  for (const auto& lab : labs) {
    try {
      worst = std::max(worst, destroy(lab));
    } catch (const engine::Error& error) {
      print_error(fmt::format("lab {}: {}", lab, error.what()));
      left.push_back(lab);
    }
  }
  if (left.empty()) return worst;
  spdlog::error("failed, and this remains:");
  for (const auto& lab : left) spdlog::error("  lab {}", lab);
  return exit_code::remains;
}

}  // namespace

int Destroy::run() const {
  engine::require_privilege();
  const Interrupts interrupts;
  if (all || target.empty()) {
    const auto labs = engine::labs();
    if (all || labs.empty()) return destroy_all(labs);
  }
  if (!means_file(target)) return destroy(choose_lab(target));
  FileOptions options = file;
  options.path = target;
  const auto lab = read_lab_name(options);
  return lab ? destroy(*lab) : exit_code::bad_input;
}

}  // namespace nsbuild::cli
