// Aliases become copies and `<<` keys become entries, within a budget: a billion laughs end here.
#include "specs/yaml/copy.hpp"
#include "specs/yaml/parse.hpp"

#include <algorithm>
#include <deque>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace nsbuild::specs {
namespace {

class Expander {
 public:
  Expander(Budget& budget, Sources& sources, Diagnostics& diagnostics)
      : budget_(budget), sources_(sources), diagnostics_(diagnostics) {}

  /// In the order of the document, so that what an alias copies has been expanded itself.
  bool expand(Node& node, std::size_t depth) {
    if (node.kind == Node::Kind::alias) return replace(node, depth);
    const std::uint32_t anchor = node.anchor;
    if (anchor != 0) anchors_[anchor] = nullptr;  // open: an alias in here would never end
    for (Node& item : node.items)
      if (!expand(item, depth + 1)) return false;
    for (Entry& entry : node.entries)
      if (!expand(entry.key, depth + 1) || !expand(entry.value, depth + 1)) return false;
    if (node.is_map()) merge(node);
    if (anchor != 0) anchors_[anchor] = &node;
    return true;
  }

 private:
  bool replace(Node& alias, std::size_t depth) {
    const auto target = anchors_.find(alias.anchor);
    if (target == anchors_.end() || target->second == nullptr)
      return refuse(alias.at, "this alias stands within what it means, and would never end");
    Node copy;
    Copier copier(sources_, budget_, alias.at, "used here");
    if (!copier.copy(*target->second, copy, depth)) return refuse(alias.at, "aliases make this file too large or deep");
    alias = std::move(copy);
    return true;
  }

  bool refuse(Mark at, std::string message) {
    diagnostics_.error(at, std::move(message));
    return false;
  }

  /// What `<<` brings stands where it stands; a key of the map's own wins, then the earlier of several maps.
  void merge(Node& map) {
    const auto is_merge = [](const Entry& e) { return e.key.plain && e.key.text == "<<"; };
    const auto at = std::find_if(map.entries.begin(), map.entries.end(), is_merge);
    if (at == map.entries.end()) return;
    // Kept, since an anchor in it may be meant later.
    Node& source = merged_.emplace_back(std::move(at->value));
    if (source.anchor != 0) anchors_[source.anchor] = &source;
    const auto position = map.entries.erase(at) - map.entries.begin();
    std::vector<Entry> brought = gather(source, map);
    map.entries.insert(map.entries.begin() + position, std::make_move_iterator(brought.begin()),
                       std::make_move_iterator(brought.end()));
    // The entries have moved, and with them what anchors among them stand for.
    for (Entry& entry : map.entries)
      for (const Node* node : {&entry.key, &entry.value})
        if (node->anchor != 0) anchors_[node->anchor] = node;
  }

  std::vector<Entry> gather(const Node& source, const Node& map) {
    std::vector<Entry> brought;
    std::set<std::string> taken;
    for (const Entry& entry : map.entries) taken.insert(entry.key.text);
    const auto add = [&](const Node& from) {
      if (!from.is_map()) {
        diagnostics_.error(from.at, "\"<<\" merges a map or a list of maps", "write <<: *name");
        return;
      }
      for (const Entry& entry : from.entries)
        if (taken.insert(entry.key.text).second) brought.push_back(entry);
    };
    if (source.is_sequence())
      std::for_each(source.items.begin(), source.items.end(), add);
    else
      add(source);
    return brought;
  }

  Budget& budget_;
  Sources& sources_;
  Diagnostics& diagnostics_;
  std::map<std::uint32_t, const Node*> anchors_;
  std::deque<Node> merged_;
};

}  // namespace

bool expand_aliases(Node& root, Budget& budget, Sources& sources, Diagnostics& diagnostics) {
  return Expander(budget, sources, diagnostics).expand(root, 0);
}

}  // namespace nsbuild::specs
