// Takes yaml-cpp's events and builds the tree, refusing what no topology needs: a second document, deep nesting, equal
// keys, custom tags.
#pragma once
#include "specs/variables.hpp"
#include "specs/yaml/node.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/mark.h>

namespace nsbuild::specs {

/// Thrown when there is no use in reading on; why is among the diagnostics.
struct Refused {};

/// The text that is parsed and its Mark::file.
struct YamlText {
  std::uint32_t file = 0;
  std::string_view text;
};

struct OpenFlow {
  Mark outermost, innermost;
};

class TreeBuilder : public YAML::EventHandler {
 public:
  TreeBuilder(YamlText source, Budget& budget, Variables& variables, const Sources& sources, Diagnostics& diagnostics)
      : source_(source), budget_(budget), variables_(variables), sources_(sources), diagnostics_(diagnostics) {}

  /// The tree; none when the file holds nothing.
  std::optional<Node> take() { return std::move(root_); }
  /// The `{` or `[` that are open, if any.
  std::optional<OpenFlow> open_flow() const;

  void OnDocumentStart(const YAML::Mark& mark) override;
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override;
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override;
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override;
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value style) override;
  void OnSequenceEnd() override;
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value style) override;
  void OnMapEnd() override;

 private:
  /// A collection that is being read; of a map, the key whose value comes next.
  struct Open {
    Node node;
    std::optional<Node> key;
    bool flow = false;
  };

  Mark place_of_nothing(Mark next) const;
  Node make(Node::Kind kind, const YAML::Mark& mark, YAML::anchor_t anchor);
  void open(Node node, const std::string& tag, YAML::EmitterStyle::value style);
  void close();
  void attach(Node node);
  void attach_key(Open& map, Node key);
  void check_tag(Mark at, const std::string& tag);
  void drop_equal_keys(Node& map);
  bool quote_forgotten(Node& map);
  std::uint32_t scalar_length(const YAML::Mark& mark, std::string_view value, bool plain);
  char character(const YAML::Mark& mark, std::size_t ahead = 0) const;
  [[noreturn]] void refuse(Mark at, std::string message, std::string hint = {});

  YamlText source_;
  Budget& budget_;
  Variables& variables_;
  const Sources& sources_;
  Diagnostics& diagnostics_;
  std::vector<Open> open_;
  std::optional<Node> root_;
  bool started_ = false;
};

}  // namespace nsbuild::specs
