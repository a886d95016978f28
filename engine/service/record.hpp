// What a service's init keeps of it: the spec in CBOR, and beside it what a restart of the command needs, in the layout
// of engine/init/wire.hpp.
#pragma once
#include "engine/fd.hpp"
#include "engine/init/wire.hpp"
#include "engine/rundir.hpp"
#include "planner/kinds/service.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace nsbuild::engine {

struct Record {
  std::string run_dir;
  std::string lab;
  planner::Service spec;
  std::uint32_t version = init::wire_version;
  RunDirIdentity run_dir_is = run_dir_identity();
};

/// A sealed memfd, named so that record_name_prefix() finds it.
Fd make_record(const Record& record);
/// A memfd of an init::StatePage that nobody has written to yet.
Fd make_state_page(const std::string& lab, const std::string& service);
/// Whose record it is: the spec has only its name and join, and its place is "?". None when the bytes are no record.
std::optional<Record> parse_record_prefix(std::string_view bytes);
/// None when the bytes are no record. Of another version's only name and join are known, and its place is "?".
std::optional<Record> parse_record(std::string_view bytes);

/// What /proc/<pid>/fd/3 of an init links to starts with this; an empty lab is any.
std::string record_link_prefix(const std::string& lab);
/// All of it, for one service.
std::string record_link(const std::string& run_dir, const std::string& lab, const std::string& service);

}  // namespace nsbuild::engine
