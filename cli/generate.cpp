#include "specs/generate/generate.hpp"

#include "cli/commands.hpp"
#include "cli/exit.hpp"
#include "cli/output.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace nsbuild::cli {

int Generate::run() const {
  const auto& row = *std::ranges::find(specs::shapes(), shape, &specs::Shape::name);
  if (n < row.least || n > row.most)
    throw UsageError(fmt::format("{} {}: N is from {} to {} ({})", shape, n, row.least, row.most, row.meaning));
  put(row.text(static_cast<unsigned>(n), {.ipv6 = ipv6, .services = services}));
  return exit_code::done;
}

}  // namespace nsbuild::cli
