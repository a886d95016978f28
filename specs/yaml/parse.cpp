// yaml-cpp's events become a tree; its complaints become ours.
#include "specs/yaml/parse.hpp"

#include "specs/yaml/builder.hpp"

#include <algorithm>
#include <array>
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

/// What yaml-cpp says, by a part of it, and what that means to the one who wrote the file.
struct Wording {
  std::string_view theirs, message, hint;
};
constexpr std::array wordings{
    Wording{"end of map flow", "expected \",\" or \"}\" here", ""},
    Wording{"end of sequence flow", "expected \",\" or \"]\" here", ""},
    Wording{"end of map", "this line fits no mapping above it", "check its indentation"},
    Wording{"end of sequence", "this line fits no list above it", "check its indentation"},
    Wording{"illegal map value", "a \":\" that cannot stand here",
            "quote a value that holds \": \", check the indentation"},
    Wording{"illegal map key", "a \"?\" key cannot stand here", ""},
    Wording{"illegal block entry", "a \"-\" item cannot stand here", "a list starts on a line of its own"},
    Wording{"illegal flow end", "a closing bracket without an opening one", ""},
    Wording{"unknown token", "a value cannot start with this character", "quote the value"},
    Wording{"illegal EOF in scalar", "the file ends within a quoted text", ""},
    Wording{"illegal document indicator", "a document mark within a quoted text", "close the quotes"},
    Wording{"unknown escape", "no such escape in double quotes", "write \\\\ for a backslash, or use single quotes"},
    Wording{"scanning hex number", "not a hexadecimal number after the escape", ""},
    Wording{"invalid unicode", "no such Unicode character", ""},
    Wording{"anchor is not defined", "no \"&\" above defines the name of this alias",
            "quote a text that starts with \"*\""},
    Wording{"alias not found", "a name must follow \"*\"", "quote a text that starts with \"*\""},
    Wording{"anchor not found", "a name must follow \"&\"", "quote a text that starts with \"&\""},
    Wording{"illegal character found while scanning alias", "not a name after \"*\"",
            "quote a text that starts with \"*\""},
    Wording{"illegal character found while scanning anchor", "not a name after \"&\"",
            "quote a text that starts with \"&\""},
    Wording{"multiple anchors", "two \"&\" names for one value", ""},
    Wording{"multiple tags", "two tags for one value", ""},
    Wording{"cannot assign", "an alias takes no anchor or tag", ""},
    Wording{"block", "malformed block text", "write | or > alone on the line"},
    Wording{"YAML", "malformed YAML directive", ""},
    Wording{"TAG", "malformed TAG directive", ""},
    Wording{"tag", "malformed tag", "quote a text that starts with \"!\""},
};

Wording wording(std::string_view theirs) {
  for (const Wording& each : wordings)
    if (theirs.find(each.theirs) != std::string_view::npos) return each;
  return {theirs, "this is not YAML", ""};
}

/// The offset of a tab before the line's first word; npos when there is none.
std::size_t tab_in_indentation(std::string_view line) {
  return line.substr(0, line.find_first_not_of(" \t")).find('\t');
}

/// Where a `{` or `[` starts the first collection of a line; npos when none does.
std::size_t first_flow(std::string_view line) {
  for (std::size_t i = 0; i < line.size(); ++i)
    if ((line[i] == '{' || line[i] == '[') && (i == 0 || line[i - 1] == ' ')) return i;
  return std::string_view::npos;
}

class Explainer {
 public:
  Explainer(std::uint32_t file, std::string_view text, const Sources& sources, Diagnostics& diagnostics)
      : file_(file), text_(text), sources_(sources), diagnostics_(diagnostics) {}

  void explain(const YAML::ParserException& e, const std::optional<OpenFlow>& open) {
    const Mark at{file_, static_cast<std::uint32_t>(e.mark.line + 1), static_cast<std::uint32_t>(e.mark.column + 1)};
    if (unquoted(open, at) || tab(at)) return;
    const Wording words = wording(e.msg);
    const bool flow = words.theirs.ends_with("flow") || words.theirs.starts_with("illegal flow");
    if (flow && open && at_end(at)) {
      diagnostics_.error(open->innermost, "this bracket is never closed");
    } else if (flow && open) {
      diagnostics_.error(at, "a \",\" or the end of this collection must stand here")
          .notes.push_back({open->innermost, "the bracket that is open"});
    } else {
      diagnostics_.error(at, std::string(words.message), std::string(words.hint));
    }
  }

 private:
  /// Reports what should have been quoted in the collection around the error; false when that is not it.
  bool unquoted(const std::optional<OpenFlow>& open, Mark at) {
    const Mark line_start{file_, at.line, 1};
    std::size_t start = std::string_view::npos;
    if (open) {
      start = offset(open->outermost);
    } else if (const auto flow = first_flow(sources_.line(file_, at.line)); flow != std::string_view::npos) {
      start = offset(line_start) + flow;
    }
    if (start >= text_.size() || (text_[start] != '{' && text_[start] != '[')) return false;
    const auto found = find_unquoted(text_, start);
    for (const Unquoted& each : found) report(each, open ? open->outermost : line_start);
    return !found.empty();
  }

  bool tab(Mark at) {
    const auto tab = tab_in_indentation(sources_.line(file_, at.line));
    if (tab == std::string_view::npos) return false;
    diagnostics_.error({file_, at.line, static_cast<std::uint32_t>(tab + 1)}, "a tab in the indentation",
                       "YAML indents with spaces");
    return true;
  }

  void report(const Unquoted& each, Mark from) {
    const std::string_view scalar = text_.substr(each.offset, each.length);
    const std::size_t begin = offset(from);
    const std::string_view before = text_.substr(begin, each.offset - begin);
    const auto newlines = static_cast<std::uint32_t>(std::count(before.begin(), before.end(), '\n'));
    const std::size_t line_start = text_.rfind('\n', each.offset) + 1;  // npos + 1 is 0: the first line
    diagnostics_.error({file_, from.line + newlines, static_cast<std::uint32_t>(each.offset - line_start + 1),
                        static_cast<std::uint32_t>(each.length)},
                       "within {} and [], text that holds a bracket or \"?\" or ends in \":\" must be quoted",
                       "write " + in_quotes(scalar));
  }

  std::size_t offset(Mark at) const {
    std::size_t start = 0;
    for (std::uint32_t line = 1; line < at.line && start != std::string_view::npos; ++line)
      start = text_.find('\n', start) + 1;
    return start + at.column - 1;
  }

  bool at_end(Mark at) const { return offset(at) >= text_.find_last_not_of(" \t\r\n") + 1; }

  std::uint32_t file_;
  std::string_view text_;
  const Sources& sources_;
  Diagnostics& diagnostics_;
};

}  // namespace

std::optional<Node> parse_yaml(std::uint32_t file, std::string_view text, Variables& variables, Sources& sources,
                               Diagnostics& diagnostics) {
  TextBuffer buffer(text);
  std::istream stream(&buffer);
  Budget budget;
  TreeBuilder builder({file, text}, budget, variables, sources, diagnostics);
  try {
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(builder)) {
    }
  } catch (const YAML::ParserException& e) {
    Explainer(file, text, sources, diagnostics).explain(e, builder.open_flow());
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
