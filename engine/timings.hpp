// How long the phases of a command take, for --timings: one table of phases, one clock, nothing measured unless asked.
#pragma once
#include <chrono>
#include <string_view>
#include <utility>
#include <vector>

namespace nsbuild::engine {

/// In the order in which they are shown; phase_name() has the words.
enum class Phase { find, read, graph, wish, lock, observe, plan, record, apply, verify, rollback, print };

/// "observe".
std::string_view phase_name(Phase phase);

/// From now on phases are measured. Not thread-safe, like Timed: phases are those of the main thread.
void start_timings();
bool timings_started();
void end_timings();
/// The phases that there were, in the order of the table, and last "total", since start_timings().
std::vector<std::pair<std::string_view, std::chrono::duration<double, std::milli>>> timings();

/// While one lives its phase goes on. A phase within a phase counts as part of the outer one.
class Timed {
 public:
  explicit Timed(Phase phase) noexcept;
  ~Timed();
  Timed(const Timed&) = delete;
  Timed& operator=(const Timed&) = delete;

 private:
  Phase phase_;
  bool counts_;
  std::chrono::steady_clock::time_point begin_;
};

}  // namespace nsbuild::engine
