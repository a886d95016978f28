#include "engine/timings.hpp"

#include <array>

namespace nsbuild::engine {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::array<std::string_view, 12> names{"find", "read",   "graph", "wish",   "lock",     "observe",
                                                 "plan", "record", "apply", "verify", "rollback", "print"};
static_assert(names.size() == static_cast<std::size_t>(Phase::print) + 1);

struct Table {
  bool on = false, within = false;
  Clock::time_point begin;
  std::array<Clock::duration, names.size()> spent{};
};
Table table;

}  // namespace

std::string_view phase_name(Phase phase) { return names.at(static_cast<std::size_t>(phase)); }

void start_timings() { table = Table{.on = true, .begin = Clock::now()}; }

void end_timings() { table = Table(); }

bool timings_started() { return table.on; }

std::vector<std::pair<std::string_view, std::chrono::duration<double, std::milli>>> timings() {
  std::vector<std::pair<std::string_view, std::chrono::duration<double, std::milli>>> all;
  for (std::size_t i = 0; i < names.size(); ++i)
    if (table.spent.at(i) != Clock::duration::zero()) all.emplace_back(names.at(i), table.spent.at(i));
  all.emplace_back("total", Clock::now() - table.begin);
  return all;
}

Timed::Timed(Phase phase) noexcept : phase_(phase), counts_(table.on && !table.within) {
  if (!counts_) return;
  table.within = true;
  begin_ = Clock::now();
}

Timed::~Timed() {
  if (!counts_) return;
  table.within = false;
  table.spent.at(static_cast<std::size_t>(phase_)) += Clock::now() - begin_;
}

}  // namespace nsbuild::engine
