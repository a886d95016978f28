#include "cli/residue_text.hpp"

#include "cli/table.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace nsbuild::cli {

namespace {

using Json = nlohmann::ordered_json;
using engine::Remnant;

Json or_null(const std::string& text) { return text.empty() ? Json() : Json(text); }

Json value_of(const std::vector<Remnant>& things) {
  Json all = Json::array();
  for (const auto& thing : things)
    all.push_back({{"lab", or_null(thing.lab)},
                   {"kind", engine::words(thing.kind)},
                   {"name", thing.name},
                   {"note", or_null(thing.note)}});
  return all;
}

std::string document(const Json& value) { return value.dump(2, ' ', false, Json::error_handler_t::replace) + "\n"; }

std::string things_table(const std::vector<Remnant>& things) {
  std::vector<std::vector<std::string>> rows;
  rows.reserve(things.size());
  for (const auto& thing : things) rows.push_back({engine::words(thing.kind), thing.name, thing.note});
  return table(rows, 2);
}

/// A directory says enough of what is in it.
std::vector<Remnant> without_inner_files(const std::vector<Remnant>& things) {
  std::vector<Remnant> outer;
  for (const auto& thing : things) {
    const bool inner = thing.kind == Remnant::Kind::file && !outer.empty() &&
                       outer.back().kind == Remnant::Kind::file && thing.name.starts_with(outer.back().name + "/");
    if (!inner) outer.push_back(thing);
  }
  return outer;
}

}  // namespace

std::string residue_text(const std::vector<Remnant>& things) {
  std::string text;
  for (auto begin = things.begin(); begin != things.end();) {
    auto end = begin;
    while (end != things.end() && end->lab == begin->lab) ++end;
    text += fmt::format("{}lab {}\n{}", text.empty() ? "" : "\n", begin->lab, things_table({begin, end}));
    begin = end;
  }
  return text;
}

std::string gc_text(const engine::GcReport& report, bool dry_run) {
  std::string text;
  for (const auto& one : report.garbage)
    text += fmt::format("{}{}: {}\n{}", dry_run ? "would remove " : "",
                        one.lab.empty() ? "process of no lab" : "lab " + one.lab, one.why,
                        things_table(without_inner_files(one.things)));
  for (const auto& line : report.left) text += fmt::format("left alone: {}\n", line);
  return text;
}

std::string residue_json(const std::vector<Remnant>& things) {
  return document({{"version", 1}, {"residue", value_of(things)}});
}

std::string gc_json(const engine::GcReport& report) {
  Json garbage = Json::array();
  for (const auto& one : report.garbage)
    garbage.push_back({{"lab", or_null(one.lab)}, {"why", one.why}, {"things", value_of(one.things)}});
  return document({{"version", 1},
                   {"garbage", garbage},
                   {"left", report.left},
                   {"errors", report.errors},
                   {"remaining", report.remaining}});
}

}  // namespace nsbuild::cli
