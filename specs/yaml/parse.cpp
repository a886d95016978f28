// yaml-cpp's events become a tree.
#include "specs/yaml/parse.hpp"

#include "specs/yaml/builder.hpp"
#include "specs/yaml/explain.hpp"
#include "specs/yaml/fold.hpp"

#include <istream>
#include <streambuf>

#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

namespace nsbuild::specs {
namespace {

/// A string as a stream buffer, without a copy of it.
class TextBuffer : public std::streambuf {
 public:
  explicit TextBuffer(std::string_view text) {
    char* begin = const_cast<char*>(text.data());  // NOLINT(*-const-cast): only read, streambuf's type wants it
    setg(begin, begin, begin + text.size());
  }
};

void send_events(std::string_view text, YAML::EventHandler& handler) {
  TextBuffer buffer(text);
  std::istream stream(&buffer);
  YAML::Parser parser(stream);
  while (parser.HandleNextDocument(handler)) {
  }
}

/// Whether the folded text stands for the whole one. What is wrong in it, too, is told of the whole.
bool may_unfold(const Folded& folded) {
  if (folded.runs.empty()) return false;
  FoldCheck check(folded);
  try {
    send_events(folded.text, check);
  } catch (const YAML::ParserException&) {
    return false;
  } catch (const Refused&) {
    return false;
  }
  return check.passed();
}

void build(std::string_view text, TreeBuilder& builder) {
  const Folded folded = fold(text);
  if (!may_unfold(folded)) return send_events(text, builder);
  Unfolder unfolder(folded, builder);
  send_events(folded.text, unfolder);
}

}  // namespace

std::optional<Node> parse_yaml(std::uint32_t file, std::string_view text, Variables& variables, Sources& sources,
                               Diagnostics& diagnostics) {
  Budget budget;
  TreeBuilder builder({file, text}, budget, variables, sources, diagnostics);
  try {
    build(text, builder);
  } catch (const YAML::ParserException& e) {
    explain({file, text}, e, builder.open_flow(), sources, diagnostics);
    return std::nullopt;
  } catch (const Refused&) {
    return std::nullopt;
  }
  std::optional<Node> root = builder.take();
  if (!root) diagnostics.error({file, 1, 1}, "this file is empty", "a topology starts with \"namespaces:\"");
  if (root && !expand_aliases(*root, budget, sources, diagnostics)) return std::nullopt;
  return root;
}

}  // namespace nsbuild::specs
