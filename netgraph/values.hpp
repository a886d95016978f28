// What `${{...}}` stands for: what the graph knows, and the values of the file's own, the nearest first.
#pragma once
#include "netgraph/draft.hpp"
#include "netgraph/unknown.hpp"

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace nsbuild::netgraph {

/// A text with references, and where they stand: `references` has the outermost ones in order, or is null when the
/// text is itself at `at`.
struct Templated {
  std::string_view text;
  Mark at;
  const std::vector<specs::Located<std::string>>* references = nullptr;
};

class Values {
 public:
  explicit Values(Draft& draft);

  /// The text with its references replaced, as one of the services that are in the graph already sees them. None when
  /// that cannot be, which is reported.
  std::optional<std::string> resolve(const Templated& text, const Service& service);

 private:
  struct Use {
    std::string name;  // of a value that is being resolved
    Mark at;
  };
  using Words = std::vector<std::string>;

  std::optional<std::string> expand(const Templated& text, std::size_t depth);
  std::optional<std::string> reference(std::string_view body, Mark at, std::size_t depth);
  bool afford(std::size_t bytes, Mark at);
  std::optional<std::string> meaning(const Words& words, Mark at);
  std::optional<std::string> value(const std::string& name, Mark at);
  std::optional<std::string> address(const Words& words, Family family, Mark at);
  const specs::Var* find_var(const std::string& name) const;
  std::nullopt_t unknown(const std::string& name, Mark at);
  std::nullopt_t refuse(Mark at, std::string message, std::string hint = {}, std::vector<specs::Note> notes = {});
  std::vector<const specs::Vars*> scopes() const;

  Draft& draft_;
  std::map<std::pair<std::size_t, std::string_view>, std::size_t> interfaces_;  // by place and name
  const Service* service_ = nullptr;                                            // whose text it is
  std::vector<Use> under_way_;                                                  // outermost first
  std::size_t produced_ = 0;                                                    // bytes, over the whole lab
};

}  // namespace nsbuild::netgraph
