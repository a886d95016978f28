// A place is one network namespace of one lab, or the caller's own; this is the only file that knows how one is named,
// pinned and opened.
#pragma once
#include "engine/fd.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nsbuild::engine {

struct Place {
  std::string lab;
  std::string name;  // "client", "@switch", or "host"
  bool is_host() const { return name == "host"; }
  auto operator<=>(const Place&) const = default;
};

/// How every mark begins; what follows is the lab's name.
inline constexpr std::string_view mark_prefix = "nsbuild:";

/// Where ip-netns(8) looks for named namespaces.
std::string pin_directory();
/// `/run/netns/<lab>.<name>`; meaningless for the host.
std::string pin_path(const Place& place);
/// The alias that marks a lab's namespaces (on `lo`) and host devices: `nsbuild:<lab>`, with ` <run dir>` behind when
/// that is not the default one.
std::string lab_mark(const std::string& lab);
/// The lab that an alias marks, when it is a mark of this run directory.
std::optional<std::string> marked_lab(const std::string& alias);
/// Whether /run/netns has a pin of that name; pinned() would list it. These three throw SysError when it cannot be
/// read.
bool is_pinned(const Place& place);
/// A CLOEXEC descriptor of the namespace (nsfs). Throws SysError; of a missing one with ENOENT.
Fd open_place(const Place& place);
/// Names of the pins in /run/netns that start with `<lab>.`, without that; sorted. Whose they are is for the caller to
/// find out.
std::vector<std::string> pinned(const std::string& lab);
/// What may be a lab's name in front of the first dot of any pin; sorted, each once.
std::vector<std::string> labs_pinned();

}  // namespace nsbuild::engine
