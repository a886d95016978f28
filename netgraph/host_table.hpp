// Who is called what in a lab, and where: what every hosts file of it is made of. A lab keeps it as text beside its
// other files, so that whoever enters a namespace later gets that namespace's own hosts file, without the topology.
#pragma once
#include "netgraph/netgraph.hpp"

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace nsbuild::netgraph {

struct HostTable {
  struct Interface {
    std::string segment;  // equal for interfaces that see each other; "lo" is the loopback's
    std::vector<IpAddress> addresses;
  };
  struct Place {
    std::string name;
    std::vector<std::string> names;  // what resolves to it
    std::vector<Interface> interfaces;
  };
  struct Extra {
    std::string place;  // whose hosts file has it; "" is everyone's
    std::string name;
    IpAddress address;
  };
  std::vector<Place> places;
  std::vector<Extra> extras;
};

HostTable host_table(const NetGraph& graph);

/// A name of the lab's own, and what it is meant for.
struct Called {
  std::string name;
  std::size_t place = 0;
  const Service* service = nullptr;  // of which it is the name or the hostname; else the place's
  Mark at;
};

/// Places, then services, then their hostnames: of equal names the first holds.
std::vector<Called> all_called(const NetGraph& graph);

/// A line for each place, interface and further name. Its words have no blanks, so the table survives it.
std::string text_of(const HostTable& table);
/// What is not understood is skipped.
HostTable parse_host_table(std::string_view text);
/// Only the places, one by one, each gone when the next one comes.
void read_places(std::string_view text, const std::function<void(const HostTable::Place&)>& use);

/// The hosts files of all places. What a place is called by those who share no segment with it is the same for all of
/// them, and put together once: a lab of N places has N files of N lines.
class HostsFiles {
 public:
  /// The table has to outlive this.
  explicit HostsFiles(const HostTable& table);
  HostsFiles(HostTable&&) = delete;
  /// What hosts_file() of netgraph.hpp says. `own` are a service's further names: like those of the namespace, and
  /// those of the whole lab, they take the place of equal names that are farther away.
  std::string of(std::string_view place, const std::vector<specs::ExtraHost>& own = {}) const;

 private:
  using Index = std::map<std::string_view, std::vector<std::size_t>>;

  std::set<std::size_t> near(std::optional<std::size_t> asker, const std::set<std::string_view>& said) const;

  const HostTable& table_;
  std::map<std::string_view, std::size_t> places_;
  Index on_segment_, called_;
  std::string far_;                    // the lines of all places for who shares nothing with any
  std::size_t far_begin_ = 0;          // behind those of the asker's own loopback
  std::vector<std::size_t> far_ends_;  // of each place's lines
};

/// The same as HostsFiles, of a table as text_of() writes it, which is read place by place: a visitor waits for this.
std::string hosts_file_of(std::string_view table, std::string_view place);
/// The topology itself says names that the place sees; of a table as text_of() writes it.
bool says_hosts(std::string_view table, std::string_view place);

}  // namespace nsbuild::netgraph
