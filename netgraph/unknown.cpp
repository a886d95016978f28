#include "netgraph/unknown.hpp"

#include "specs/suggest.hpp"

namespace nsbuild::netgraph {
namespace {

constexpr std::size_t enough_notes = 4;
constexpr std::size_t enough_suggestions = 50;  // each compares with every name

Known known_places(const Draft& draft) {
  Known known;
  for (const auto& [name, place] : draft.places) {
    if (name != switch_place && name != host_place) known.emplace(name, draft.graph.places[place].at);
  }
  for (const auto& [name, network] : draft.networks) known.emplace(name, draft.graph.networks[network].at);
  return known;
}

void add_uses(specs::Diagnostic& error, const std::vector<Mark>& uses) {
  Mark last = uses.front();
  for (const Mark& use : uses) {
    if (use == last) continue;  // a range expands to many ends at one position
    if (error.notes.size() == enough_notes) break;
    error.notes.push_back({use, "also used here"});
    last = use;
  }
}

}  // namespace

Suggestion suggest(std::string_view word, const Known& known, std::string fallback) {
  std::vector<std::string_view> names;
  for (const auto& [name, at] : known) names.push_back(name);
  Suggestion made{.hint = specs::did_you_mean(word, names)};
  if (made.hint.empty()) {
    made.hint = std::move(fallback);
    return made;
  }
  for (const auto& [name, at] : known) {
    const std::string quoted = '"' + std::string(name) + '"';
    if (at && made.hint.find(quoted) != std::string::npos) made.notes.push_back({at, quoted + " stands here"});
  }
  return made;
}

Known interfaces_of(const NetGraph& graph, const Place& place) {
  Known known;
  for (const std::size_t i : place.interfaces) known.emplace(graph.interfaces[i].name, graph.interfaces[i].at);
  return known;
}

void report_unknown(Draft& draft, const UnknownPlaces& unknown) {
  // When nothing could be read of `namespaces`, every end would be an error: the reader has said enough.
  if (unknown.empty() || (!draft.complete && draft.spec.namespaces.empty())) return;
  const Known known = known_places(draft);
  std::size_t count = 0;
  for (const auto& [name, uses] : unknown) {
    if (draft.networks.contains(name)) {
      add_uses(draft.diagnostics.error(uses.front(), '"' + name + "\" is a network, not a namespace",
                                       "networks are joined in links: [" + name + ", OTHER]"),
               uses);
      continue;
    }
    const std::string fallback = "add \"" + name + ":\" under \"namespaces\"";
    Suggestion suggestion = count++ < enough_suggestions ? suggest(name, known, fallback) : Suggestion{fallback, {}};
    specs::Diagnostic& error =
        draft.diagnostics.error(uses.front(), "no namespace \"" + name + "\" is declared", suggestion.hint);
    error.notes = std::move(suggestion.notes);
    add_uses(error, uses);
  }
}

}  // namespace nsbuild::netgraph
