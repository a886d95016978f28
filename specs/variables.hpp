// `${NAME}` in the text of a topology file, taken from --set, --env-file and the environment, in this order.
#pragma once
#include "specs/load.hpp"

#include <cstddef>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace nsbuild::specs {

class Variables {
 public:
  /// Says where `length` bytes at `offset` of the text stand in the file.
  using Locate = std::function<Mark(std::size_t offset, std::size_t length)>;

  explicit Variables(const LoadOptions& options) : options_(options) {}

  /// `text` with `${NAME}` and `${NAME:-default}` replaced and `$${` made `${`; `${{` and `$${{` are left for a later
  /// stage. What cannot be replaced is an error and stays as it is.
  std::string substitute(std::string_view text, const Locate& locate, Diagnostics& diagnostics);

  /// A warning for each --set name that no text used.
  void report_unused(Diagnostics& diagnostics) const;
  /// Where something could not be replaced: what else is wrong with that text is no news.
  const std::set<Mark>& failures() const { return failures_; }

 private:
  struct Input;
  std::string expand(const Input& input, std::string_view text, std::size_t depth);
  std::string reference(const Input& input, std::string_view piece, std::size_t depth);
  std::optional<std::string> lookup(const std::string& name);
  void refuse(const Input& input, std::string_view piece, std::string message, std::string hint);

  const LoadOptions& options_;
  std::set<std::string> used_;
  std::set<Mark> failures_;
  std::size_t produced_ = 0;  // bytes put in, over the whole file
};

}  // namespace nsbuild::specs
