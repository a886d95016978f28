#include "cli/commands.hpp"
#include "cli/exit.hpp"
#include "cli/labs.hpp"
#include "cli/output.hpp"
#include "cli/residue_text.hpp"
#include "cli/status_text.hpp"
#include "cli/timings.hpp"
#include "engine/capability.hpp"

#include <spdlog/spdlog.h>

namespace nsbuild::cli {

namespace {

int show_residue(const std::string& said, bool json) {
  const std::string lab = said_lab(said);
  std::vector<engine::Remnant> things;
  for (const auto& one : lab.empty() ? engine::labs_with_residue() : std::vector{lab})
    for (auto& thing : engine::residue({one})) things.push_back(std::move(thing));
  if (things.empty()) spdlog::info("nothing of {} exists", lab.empty() ? "any lab" : "lab " + lab);
  put(json ? with_timings(residue_json(things)) : residue_text(things));
  return exit_code::done;
}

}  // namespace

int Status::run() const {
  engine::require_privilege();
  if (residue) return show_residue(lab, json);
  const auto labs = engine::status(lab_or_all(lab));
  if (labs.empty()) spdlog::info("no lab is up");
  put(json ? with_timings(status_json(labs)) : status_text(labs));
  return exit_code::done;
}

}  // namespace nsbuild::cli
