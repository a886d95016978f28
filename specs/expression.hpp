// A regular expression as `log:` has it, in RE2's syntax: matching takes time that grows with the line and never
// recurses, whatever the expression.
#pragma once
#include <memory>
#include <string>
#include <string_view>

namespace re2 {
class RE2;
}

namespace nsbuild::specs {

class Expression {
 public:
  explicit Expression(const std::string& text);
  ~Expression();
  Expression(const Expression&) = delete;
  Expression& operator=(const Expression&) = delete;

  /// Why the text is none, in RE2's words; empty when it is one.
  std::string problem() const;
  /// Whether it matches anywhere in the line; never when there is a problem.
  bool is_in(std::string_view line) const;

 private:
  std::unique_ptr<re2::RE2> compiled_;
};

}  // namespace nsbuild::specs
