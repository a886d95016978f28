// Which service a name in another one's entry means: one of the same namespace entry by its short name, else one of the
// whole file.
#pragma once
#include "netgraph/draft.hpp"

#include <functional>
#include <map>
#include <string>
#include <utility>

namespace nsbuild::netgraph {

class ServiceNames {
 public:
  explicit ServiceNames(const specs::Spec& spec);

  /// Null when there is none.
  const specs::Service* find(const specs::Service& asker, const std::string& word) const;
  /// The same; says what may have been meant when there is none.
  const specs::Service* resolve(Draft& draft, const specs::Service& asker,
                                const specs::Located<std::string>& word) const;

 private:
  std::map<std::string, const specs::Service*, std::less<>> by_name_;                   // the first of each name
  std::map<std::pair<std::string, std::string>, const specs::Service*> by_short_name_;  // of a scope
};

/// The service in whose namespaces this one runs: itself, or the end of the chain of `join`s, when there is one; null
/// when the chain has no end or names what does not exist.
const specs::Service* owner_of(const ServiceNames& names, const specs::Service& service);

}  // namespace nsbuild::netgraph
