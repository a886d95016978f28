// The names of a lab for whoever enters one of its namespaces later, when there is no topology at hand: the table of
// netgraph/host_table.hpp, kept beside the journal.
#pragma once
#include <string>

namespace nsbuild::engine {

/// Writes it unless it is written already.
void keep_names(const std::string& lab, const std::string& table);

/// A hosts file as a namespace sees it, made for one visit and gone with this object.
class VisitorsHosts {
 public:
  VisitorsHosts(const std::string& lab, const std::string& place);
  ~VisitorsHosts();
  VisitorsHosts(const VisitorsHosts&) = delete;
  VisitorsHosts& operator=(const VisitorsHosts&) = delete;

  /// Where it is. While the lab has no record of its names, after a crash, it is that of the namespace's services,
  /// which may not be there.
  const std::string& path() const { return path_; }
  /// The topology itself says names that this namespace sees.
  bool says_hosts() const { return says_hosts_; }

 private:
  std::string path_;
  bool is_own_ = false;
  bool says_hosts_ = false;
};

}  // namespace nsbuild::engine
