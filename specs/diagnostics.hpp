// What is wrong with a file, collected so that one run shows all of it, and printed with the source line and a caret.
#pragma once
#include "specs/mark.hpp"

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace nsbuild::specs {

enum class Severity { error, warning };

/// A second position that belongs to a diagnostic: "also used here", "merged from this profile".
struct Note {
  Mark at;
  std::string text;
};

struct Diagnostic {
  Severity severity = Severity::error;
  Mark at;
  std::string message;  // one line, no full stop: `unknown key "adress" in a link endpoint`
  std::string hint;     // stands behind the caret: `did you mean "addresses"?`; may be empty
  std::vector<Note> notes;
};

/// The texts that were read, by Mark::file. Index 0 is the topology file itself.
/// Text that a profile, a default or an alias brings to another place keeps its own position but gets a `view` of its
/// file, which remembers where it was brought to; whatever points at it later, print() says both.
class Sources {
 public:
  /// Keeps `text` under the name a user would recognise; returns its Mark::file.
  std::uint32_t add(std::string name, std::string text);
  const std::string& name(std::uint32_t file) const;
  /// How many there are; the next one gets this number.
  std::uint32_t size() const { return static_cast<std::uint32_t>(sources_.size()); }
  /// The text of a line (from 1) without its newline; empty when there is no such line.
  std::string_view line(std::uint32_t file, std::uint32_t line) const;

  /// A further Mark::file for the text of `file`, for a piece of it that is used at `used`; `why` becomes the note
  /// there.
  std::uint32_t view(std::uint32_t file, Mark used, std::string why);
  /// Of each view, in order, the file itself.
  std::vector<std::uint32_t> views() const;
  /// The mark in the file itself, out of any view.
  Mark resolved(Mark mark) const;
  /// Where a mark's piece is used, innermost first: one note for each view that it was seen through.
  std::vector<Note> uses(Mark mark) const;

 private:
  struct Source {
    std::string name;
    std::string text;
    std::vector<std::size_t> line_starts;
  };
  struct View {
    std::uint32_t of = 0;
    Note used;
  };
  std::vector<Source> sources_;
  std::vector<View> views_;
  std::map<std::pair<std::uint32_t, Mark>, std::uint32_t> view_numbers_;
};

class Diagnostics {
 public:
  Diagnostic& error(Mark at, std::string message, std::string hint = {});
  Diagnostic& warning(Mark at, std::string message, std::string hint = {});
  /// True when there is an error, or a warning while `strict`.
  bool failed(bool strict = false) const;
  /// In order of position (file, line, column), equal ones once.
  std::vector<Diagnostic> sorted() const;
  bool empty() const { return all_.empty(); }

 private:
  std::vector<Diagnostic> all_;
};

/// Every diagnostic as the compiler-style text of docs/language.md: `file:line:col: error: ...`, the line, a caret with
/// the hint, notes. `strict` prints warnings as errors. Tabs in the source line are kept so that the caret stands
/// right.
std::string print(const Diagnostics& diagnostics, const Sources& sources, bool strict, bool color);

}  // namespace nsbuild::specs
