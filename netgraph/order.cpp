// What services wait for before they start: `depends_on` resolved, and no circle among it and `join`.
#include "netgraph/draft.hpp"
#include "netgraph/service_names.hpp"

#include <algorithm>

namespace nsbuild::netgraph {
namespace {

using specs::Condition;

/// That `from` starts after `to`, and where the file says so.
struct Edge {
  const specs::Service* from = nullptr;
  const specs::Service* to = nullptr;
  Mark at;
  bool joins = false;
};

Condition default_condition(const specs::Service& other) {
  if (other.ready) return Condition::ready;
  return other.oneshot ? Condition::completed : Condition::started;
}

/// A condition that can never hold.
void check_condition(Draft& draft, const specs::Dependency& said, const specs::Service& other) {
  if (!draft.services_complete || !said.condition) return;  // the reader may not have got as far as that
  const std::string quoted = '"' + other.name.value + '"';
  if (*said.condition == Condition::completed && !other.oneshot) {
    draft.diagnostics.error(said.service.at, quoted + " never completes: it is no oneshot", "wait for \"started\"")
        .notes.push_back({other.name.at, quoted + " stands here"});
  } else if (*said.condition == Condition::ready && !other.ready) {
    draft.diagnostics
        .error(said.service.at, quoted + " has no \"ready\" to wait for",
               other.oneshot ? "wait for \"completed\"" : "give it one, or wait for \"started\"")
        .notes.push_back({other.name.at, quoted + " stands here"});
  }
}

/// What `service` waits for, each once.
std::vector<Edge> dependencies(Draft& draft, const ServiceNames& names, const specs::Service& service,
                               std::vector<Dependency>& resolved) {
  std::vector<Edge> edges;
  for (const specs::Dependency& said : service.depends_on) {
    const specs::Service* other = names.resolve(draft, service, said.service);
    if (other == nullptr) continue;
    const auto same = std::find_if(edges.begin(), edges.end(), [&](const Edge& edge) { return edge.to == other; });
    if (other == &service) {
      draft.diagnostics.error(said.service.at, "service \"" + service.name.value + "\" depends on itself");
    } else if (same != edges.end()) {
      draft.diagnostics.error(said.service.at, "service \"" + other->name.value + "\" is named twice")
          .notes.push_back({same->at, "first named here"});
    } else {
      check_condition(draft, said, *other);
      edges.push_back({&service, other, said.service.at});
      const auto index = draft.services.find(other);
      if (index != draft.services.end())
        resolved.push_back({index->second, said.condition.value_or(default_condition(*other))});
    }
  }
  return edges;
}

/// Finds circles by walking on from each service in the order of the file; each circle is reported once.
class Circles {
 public:
  Circles(Draft& draft, std::map<const specs::Service*, std::vector<Edge>> edges)
      : draft_(draft), edges_(std::move(edges)) {}

  /// Without recursion: a chain of dependencies may be as long as the file.
  void walk(const specs::Service* start) {
    if (!enter(start)) return;
    std::vector<std::size_t> next{0};
    while (!next.empty()) {
      const specs::Service* here = path_.empty() ? start : path_.back().to;
      const std::vector<Edge>& ways = edges_[here];
      if (next.back() == ways.size()) {
        state_[here] = State::left;
        next.pop_back();
        if (!path_.empty()) path_.pop_back();
        continue;
      }
      const Edge& way = ways[next.back()++];
      if (state_[way.to] == State::on_path) report(way);
      if (!enter(way.to)) continue;
      path_.push_back(way);
      next.push_back(0);
    }
  }

 private:
  enum class State { unseen, on_path, left };

  bool enter(const specs::Service* service) {
    State& state = state_[service];
    if (state != State::unseen) return false;
    state = State::on_path;
    return true;
  }

  void report(const Edge& last) {
    auto first = std::find_if(path_.begin(), path_.end(), [&](const Edge& edge) { return edge.from == last.to; });
    std::vector<Edge> circle(first, path_.end());
    circle.push_back(last);
    std::string names = circle.front().from->name.value;
    for (const Edge& edge : circle) names += " → " + edge.to->name.value;
    specs::Diagnostic& error = draft_.diagnostics.error(
        circle.front().at, circle.size() == 1 ? "service \"" + circle.front().from->name.value + "\" joins itself"
                                              : "services wait for each other: " + names);
    for (const Edge& edge : circle) {
      if (circle.size() > 1)
        error.notes.push_back({edge.at, '"' + edge.from->name.value +
                                            (edge.joins ? "\" joins \"" : "\" depends on \"") + edge.to->name.value +
                                            '"'});
    }
  }

  Draft& draft_;
  std::map<const specs::Service*, std::vector<Edge>> edges_;
  std::map<const specs::Service*, State> state_;
  std::vector<Edge> path_;
};

}  // namespace

void resolve_order(Draft& draft) {
  const ServiceNames names(draft.spec);
  std::map<const specs::Service*, std::vector<Edge>> edges;
  for (const specs::Service& said : draft.spec.services) {
    std::vector<Dependency> resolved;
    edges[&said] = dependencies(draft, names, said, resolved);
    if (said.join) {
      if (const specs::Service* other = names.find(said, said.join->value))
        edges[&said].push_back({&said, other, said.join->at, true});
    }
    if (const auto index = draft.services.find(&said); index != draft.services.end())
      draft.graph.services[index->second].depends_on = std::move(resolved);
  }
  Circles circles(draft, std::move(edges));
  for (const specs::Service& said : draft.spec.services) circles.walk(&said);
}

}  // namespace nsbuild::netgraph
