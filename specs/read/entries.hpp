// The entries of a section as they are in the end: merged with what lies below them, and one for each number of their
// ranges.
#pragma once
#include "specs/ranges.hpp"
#include "specs/read/reader.hpp"
#include "specs/spec.hpp"

#include <functional>
#include <string_view>
#include <vector>

namespace nsbuild::specs {

/// A kind of entry: its name in `defaults`, and where it may have ranges.
struct EntryKind {
  std::string_view name;
  std::vector<RangePlace> ranges;
};

using ReadEntry = std::function<void(const Node& name, const Node& value)>;

/// Calls `read` for what `entry` becomes; an item of a list has a null for a name. False when its ranges are wrong,
/// which is reported.
bool read_entry(Reader& reader, const Entry& entry, const EntryKind& kind, const ReadEntry& read);

/// The same for each entry of a mapping of names. False when one was lost.
bool read_entries(Reader& reader, const Node& section, const EntryKind& kind, const ReadEntry& read);

/// The services of the file's own section, or of the entry of a namespace: in its `scope` they are named after it.
/// False when one was lost.
bool read_services(Reader& reader, const Node& section, const Located<std::string>* scope, std::vector<Service>& into);

}  // namespace nsbuild::specs
