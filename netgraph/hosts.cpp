// The /etc/hosts of a lab, as one of its namespaces sees it.
#include "netgraph/netgraph.hpp"
#include "netgraph/segments.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace nsbuild::netgraph {
namespace {

/// The addresses of one place that a given asker can use.
class Answer {
 public:
  Answer(const NetGraph& graph, const std::vector<std::size_t>& segments, const std::set<std::size_t>& shared)
      : graph_(graph), segments_(segments), shared_(shared) {}

  std::optional<IpAddress> best(std::size_t place, Family family) const {
    std::optional<IpAddress> best;
    int best_rank = rank_count;
    for (const std::size_t i : graph_.places[place].interfaces) {
      if (!graph_.interfaces[i].up || rank(i) >= best_rank) continue;
      for (const Address& address : graph_.interfaces[i].addresses) {
        const IpAddress& candidate = address.prefix.address;
        // A link-local IPv6 address means nothing without its interface, and /etc/hosts cannot say that.
        if (candidate.family != family || (family == Family::v6 && candidate.is_link_local())) continue;
        best = candidate;
        best_rank = rank(i);
        break;
      }
    }
    return best;
  }

 private:
  static constexpr int rank_count = 3;
  int rank(std::size_t interface) const {
    if (shared_.contains(segments_[interface])) return 0;
    return graph_.interfaces[interface].name == "lo" ? 1 : 2;
  }

  const NetGraph& graph_;
  const std::vector<std::size_t>& segments_;
  const std::set<std::size_t>& shared_;
};

/// What each place is called: itself, its services, and their hostnames, each as far as nobody before them is.
std::vector<std::vector<std::string>> names_by_place(const NetGraph& graph) {
  std::vector<std::vector<std::string>> names(graph.places.size());
  std::set<std::string, std::less<>> taken{"localhost"};
  const auto call = [&](std::size_t place, const std::string& name, bool qualified) {
    if (!taken.insert(name).second) return;
    names[place].push_back(name);
    if (qualified && taken.insert(name + '.' + graph.lab).second) names[place].push_back(name + '.' + graph.lab);
  };
  for (std::size_t i = 0; i < graph.places.size(); ++i) {
    if (graph.places[i].name != switch_place) call(i, graph.places[i].name, true);
  }
  for (const Service& service : graph.services) call(service.place, service.name, true);
  for (const Service& service : graph.services) call(service.place, service.hostname, false);
  return names;
}

std::string line(const std::string& address, const std::vector<std::string>& names) {
  std::string text = address;
  for (const std::string& name : names) text += (&name == names.data() ? '\t' : ' ') + name;
  return text + '\n';
}

}  // namespace

std::string hosts_file(const NetGraph& graph, std::size_t place) {
  const std::vector<std::size_t> segment = segments(graph);
  std::set<std::size_t> shared;
  for (const std::size_t i : graph.places[place].interfaces) {
    if (graph.interfaces[i].up && graph.interfaces[i].name != "lo") shared.insert(segment[i]);
  }
  const Answer answer(graph, segment, shared);
  const auto names = names_by_place(graph);
  std::string text = "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n";
  for (std::size_t i = 0; i < graph.places.size(); ++i) {
    if (names[i].empty()) continue;
    const auto v4 = answer.best(i, Family::v4);
    const auto v6 = answer.best(i, Family::v6);
    if (v4) text += line(v4->text(), names[i]);
    if (v6) text += line(v6->text(), names[i]);
    if (i == place && !v4 && !v6) text += line("127.0.0.1", names[i]);  // a lonely namespace still knows itself
  }
  return text;
}

}  // namespace nsbuild::netgraph
