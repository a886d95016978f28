// The shell script that does the same as a plan: lines of iproute2 and util-linux commands for one lab.
#pragma once
#include <set>
#include <string>
#include <utility>

namespace nsbuild::planner {

class Script {
 public:
  explicit Script(std::string lab) : lab_(std::move(lab)) {}

  const std::string& lab() const { return lab_; }
  /// The name that ip-netns(8) knows a place by: "edge.client".
  std::string netns(const std::string& place) const;
  /// ip(8) on a place: "ip -n edge.client", on the host "ip".
  std::string ip(const std::string& place) const;
  /// The same for the family of an address: "ip -n edge.client -6".
  std::string ip(const std::string& place, bool v6) const;
  /// Writes a file below /proc/sys as seen from a place.
  void write_sysctl(const std::string& place, const std::string& path, const std::string& value);
  /// A directory of the script's own below its `$state`, as the shell expands it; the script makes it first.
  std::string directory(const std::string& name);
  /// A file in such a directory.
  std::string file(const std::string& in, const std::string& name);
  /// Removes one, and at the end of the script the directories that are empty then.
  void remove_file(const std::string& directory, const std::string& name);
  /// Definitions for the head of the script, each text once.
  void define(const std::string& text);
  void line(const std::string& text) { body_ += text + "\n"; }
  /// The whole script.
  std::string text() const;

 private:
  void define_state();

  std::string lab_;
  std::set<std::string> defined_;
  std::string head_;
  std::string body_;
  std::string tail_;
};

}  // namespace nsbuild::planner
