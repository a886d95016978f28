// Names that nothing has: said once each, with what may have been meant and where that stands.
#pragma once
#include "netgraph/draft.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace nsbuild::netgraph {

/// Names of places that are used and not declared, with every use.
using UnknownPlaces = std::map<std::string, std::vector<Mark>>;

void report_unknown(Draft& draft, const UnknownPlaces& unknown);

/// What may be called by a name, and where it is introduced.
using Known = std::map<std::string_view, Mark>;

/// The lab's namespaces.
Known known_namespaces(const Draft& draft);

struct Suggestion {
  std::string hint;  // `did you mean "x"?`, or what the caller falls back on
  std::vector<specs::Note> notes;
  std::string name;  // the x; empty when there is none
};

Suggestion suggest(std::string_view word, const Known& known, std::string fallback = {});

/// The same for an interface; falls back on those that there are.
Suggestion suggest_interface(std::string_view word, const Known& interfaces);

/// The interfaces of a place; `lo` is not among them unless it has addresses.
Known interfaces_of(const NetGraph& graph, const Place& place);

}  // namespace nsbuild::netgraph
