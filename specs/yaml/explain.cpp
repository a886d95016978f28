#include "specs/yaml/explain.hpp"

#include "specs/yaml/parse.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace nsbuild::specs {
namespace {

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
  Explainer(const YamlText& source, const Sources& sources, Diagnostics& diagnostics)
      : file_(source.file), text_(source.text), sources_(sources), diagnostics_(diagnostics) {}

  void explain(const YAML::ParserException& e, const std::optional<OpenFlow>& open) {
    const Mark at{file_, static_cast<std::uint32_t>(e.mark.line + 1), static_cast<std::uint32_t>(e.mark.column + 1)};
    const Wording words = wording(e.msg);
    const bool flow = words.theirs.ends_with("flow") || words.theirs.starts_with("illegal flow");
    if (unquoted(open, at, flow || words.theirs == "unknown token") || tab(at) || colon(at, words)) return;
    if (flow && open && at_end(at)) {
      diagnostics_.error(open->innermost, "this bracket is never closed");
    } else if (flow && open) {
      diagnostics_.error(at, "a \",\" or the end of this collection must stand here")
          .notes.push_back({open->innermost, "the bracket that is open"});
    } else if (words.theirs.starts_with("end of ") && !starts_line(at)) {
      diagnostics_.error(at, "the value ends before this", "quote all of it");
    } else {
      diagnostics_.error(at, std::string(words.message), std::string(words.hint));
    }
  }

 private:
  /// Reports what should have been quoted in the collection around the error; false when that is not it.
  bool unquoted(const std::optional<OpenFlow>& open, Mark at, bool likely) {
    const Mark line_start{file_, at.line, 1};
    std::size_t start = std::string_view::npos;
    if (open) {
      start = offset(open->outermost);
    } else if (const auto flow = first_flow(sources_.line(file_, at.line)); likely && flow != std::string_view::npos) {
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

  /// A ":" that cannot stand here may be the first that YAML takes for one: `name:edge`, or a key without any, above.
  bool colon(Mark at, const Wording& words) {
    if (words.theirs != "illegal map value" || at.line < 2) return false;
    const std::string_view line = sources_.line(file_, at.line);
    const std::string_view above = sources_.line(file_, at.line - 1);
    const std::size_t indent = line.find_first_not_of(' ');
    if (above.find_first_not_of(' ') != indent || !is_first_key(at.line - 1, indent)) return false;
    const std::size_t end = above.find_last_not_of(" \r") + 1;
    const std::size_t found = above.find(':');
    if (above.find(": ") != std::string_view::npos || found == end - 1 ||
        std::string_view("-\"'#").find(above[indent]) != std::string_view::npos)
      return false;
    if (found == std::string_view::npos)
      diagnostics_.error(
          {file_, at.line - 1, static_cast<std::uint32_t>(indent + 1), static_cast<std::uint32_t>(end - indent)},
          "a \":\" is missing behind this key");
    else
      diagnostics_.error({file_, at.line - 1, static_cast<std::uint32_t>(found + 1)},
                         "a space is missing behind this \":\"");
    return true;
  }

  /// Whether a line is the first in its mapping, and so not the rest of a text that began above it.
  bool is_first_key(std::uint32_t number, std::size_t indent) const {
    while (--number > 0) {
      const std::string_view line = sources_.line(file_, number);
      const std::size_t start = line.find_first_not_of(" \r");
      if (start == std::string_view::npos || line[start] == '#') continue;
      return start < indent ? line.substr(0, line.find_last_not_of(" \r") + 1).ends_with(':') : indent == 0;
    }
    return true;
  }

  bool starts_line(Mark at) const { return sources_.line(file_, at.line).find_first_not_of(" \t") + 1 >= at.column; }

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

void explain(const YamlText& source, const YAML::ParserException& e, const std::optional<OpenFlow>& open,
             const Sources& sources, Diagnostics& diagnostics) {
  Explainer(source, sources, diagnostics).explain(e, open);
}

}  // namespace nsbuild::specs
