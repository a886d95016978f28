#include "planner/script.hpp"

#include "netgraph/netgraph.hpp"
#include "planner/words.hpp"

namespace nsbuild::planner {

std::string Script::netns(const std::string& place) const { return lab_ + "." + place; }

std::string Script::ip(const std::string& place) const {
  return place == netgraph::host_place ? "ip" : "ip -n " + netns(place);
}

std::string Script::ip(const std::string& place, bool v6) const { return ip(place) + (v6 ? " -6" : ""); }

void Script::write_sysctl(const std::string& place, const std::string& path, const std::string& value) {
  const std::string inside = place == netgraph::host_place ? "" : "ip netns exec " + netns(place) + " ";
  line(inside + "sh -c 'printf \"%s\\n\" \"$1\" >\"$2\"' sh " + quoted(value) + " " + quoted("/proc/sys/" + path));
}

std::string Script::directory(const std::string& name) {
  define_state();
  define("mkdir -p \"$state\"/" + name);
  return "\"$state\"/" + name;
}

std::string Script::file(const std::string& in, const std::string& name) { return directory(in) + "/" + quoted(name); }

void Script::remove_file(const std::string& directory, const std::string& name) {
  define_state();
  line("rm -f \"$state\"/" + directory + "/" + quoted(name));
  tail_ = "rmdir \"$state\"/* \"$state\" \"${state%/*}\" 2>/dev/null || :\n";
}

void Script::define_state() { define("state=${NSBUILD_SCRIPT_DIR:-/run/nsbuild-script}/" + lab_); }

void Script::define(const std::string& text) {
  if (defined_.insert(text).second) head_ += text + "\n";
}

std::string Script::text() const { return "#!/bin/sh\nset -e\n" + head_ + body_ + tail_; }

}  // namespace nsbuild::planner
