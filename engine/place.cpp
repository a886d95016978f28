#include "engine/place.hpp"

#include "engine/error.hpp"
#include "engine/listing.hpp"
#include "engine/rundir.hpp"

#include <algorithm>

#include <fcntl.h>

namespace nsbuild::engine {

namespace {

constexpr const char* pin_dir = "/run/netns";  // ip-netns(8)

}  // namespace

std::string pin_directory() { return pin_dir; }

std::string pin_path(const Place& place) { return std::string(pin_dir) + "/" + place.lab + "." + place.name; }

std::string lab_mark(const std::string& lab) {
  std::string mark = std::string(mark_prefix) + lab;
  if (!is_default_run_dir()) mark += " " + run_dir();
  return mark;
}

std::optional<std::string> marked_lab(const std::string& alias) {
  if (!alias.starts_with(mark_prefix)) return std::nullopt;
  std::string lab = alias.substr(mark_prefix.size(), alias.find(' ') - mark_prefix.size());
  if (lab.empty() || alias != lab_mark(lab)) return std::nullopt;
  return lab;
}

Fd open_place(const Place& place) {
  const std::string path = place.is_host() ? "/proc/thread-self/ns/net" : pin_path(place);
  // A link is somebody's other name for a namespace, whoever made that.
  Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | (place.is_host() ? 0 : O_NOFOLLOW)));
  if (!fd) throw SysError("open " + path);
  return fd;
}

bool is_pinned(const Place& place) {
  return !place.name.empty() && place.name.find('/') == std::string::npos && is_there(pin_path(place));
}

std::vector<std::string> pinned(const std::string& lab) {
  std::vector<std::string> names;
  const std::string prefix = lab + ".";
  for (const std::string& file : names_in(pin_dir))
    if (file.size() > prefix.size() && file.starts_with(prefix)) names.push_back(file.substr(prefix.size()));
  return names;
}

std::vector<std::string> labs_pinned() {
  std::vector<std::string> labs;
  for (const std::string& file : names_in(pin_dir))
    if (const auto dot = file.find('.'); dot != std::string::npos && dot > 0) labs.push_back(file.substr(0, dot));
  std::sort(labs.begin(), labs.end());
  labs.erase(std::unique(labs.begin(), labs.end()), labs.end());
  return labs;
}

}  // namespace nsbuild::engine
