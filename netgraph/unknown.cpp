#include "netgraph/unknown.hpp"

#include "specs/suggest.hpp"

namespace nsbuild::netgraph {
namespace {

constexpr std::size_t enough_notes = 4;
constexpr std::size_t enough_suggestions = 50;  // each compares with every name

Known known_places(const Draft& draft) {
  Known known = known_namespaces(draft);
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

/// Of h1 and h2 one is hardly a misspelling of the other.
bool differ_in_number(std::string_view x, std::string_view y) {
  constexpr std::string_view digits = "0123456789";
  const auto stem = [&](std::string_view name) { return name.substr(0, name.find_last_not_of(digits) + 1); };
  return stem(x) == stem(y) && stem(x).size() < x.size() && stem(y).size() < y.size();
}

}  // namespace

Known known_namespaces(const Draft& draft) {
  Known known;
  for (const auto& [name, place] : draft.places) {
    if (name != switch_place && name != host_place) known.emplace(name, draft.graph.places[place].at);
  }
  return known;
}

Suggestion suggest(std::string_view word, const Known& known, std::string fallback) {
  std::vector<std::string_view> names;
  for (const auto& [name, at] : known) {
    if (!differ_in_number(word, name)) names.push_back(name);
  }
  Suggestion made{.hint = specs::did_you_mean(word, names)};
  if (made.hint.empty()) {
    made.hint = std::move(fallback);
    return made;
  }
  for (const auto& [name, at] : known) {
    const std::string quoted = '"' + std::string(name) + '"';
    if (made.hint.find(quoted) == std::string::npos) continue;
    made.name = name;
    if (at) made.notes.push_back({at, quoted + " stands here"});
  }
  return made;
}

Suggestion suggest_interface(std::string_view word, const Known& interfaces) {
  constexpr unsigned enough = 6;
  std::string list;
  unsigned count = 0;
  for (const auto& [name, at] : interfaces) {
    if (count++ == enough) {
      list += ", ...";
      break;
    }
    list += (list.empty() ? "it has " : ", ") + std::string(name);
  }
  return suggest(word, interfaces, list);
}

Known interfaces_of(const NetGraph& graph, const Place& place) {
  Known known;
  for (const std::size_t i : place.interfaces) known.emplace(graph.interfaces[i].name, graph.interfaces[i].at);
  return known;
}

void report_unknown(Draft& draft, const UnknownPlaces& unknown) {
  // When nothing could be read of `namespaces`, every end would be an error: the reader has said enough.
  if (unknown.empty() || draft.spec.lost_names || (!draft.complete && draft.spec.namespaces.empty())) return;
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
    Suggestion suggestion =
        count++ < enough_suggestions ? suggest(name, known, fallback) : Suggestion{fallback, {}, {}};
    specs::Diagnostic& error =
        draft.diagnostics.error(uses.front(), "no namespace \"" + name + "\" is declared", suggestion.hint);
    error.notes = std::move(suggestion.notes);
    if (const auto meant = draft.places.find(suggestion.name); meant != draft.places.end()) {
      draft.maimed.insert(meant->second);  // that one now lacks an end
    }
    add_uses(error, uses);
  }
}

}  // namespace nsbuild::netgraph
