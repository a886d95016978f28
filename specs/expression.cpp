#include "specs/expression.hpp"

#include <re2/re2.h>

namespace nsbuild::specs {
namespace {

/// For the program and what matching keeps of it: a repetition of a repetition could ask for any amount.
constexpr std::int64_t memory_max = std::int64_t{4} << 20U;  // bytes

re2::RE2::Options options() {
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(memory_max);
  return options;
}

}  // namespace

Expression::Expression(const std::string& text) : compiled_(std::make_unique<re2::RE2>(text, options())) {}
Expression::~Expression() = default;

std::string Expression::problem() const { return compiled_->ok() ? "" : compiled_->error(); }

bool Expression::is_in(std::string_view line) const {
  return re2::RE2::PartialMatch(re2::StringPiece(line.data(), line.size()), *compiled_);
}

}  // namespace nsbuild::specs
