#include "cli/progress.hpp"

#include "cli/output.hpp"

#include <cstdio>
#include <string>

#include <fmt/format.h>
#include <unistd.h>

namespace nsbuild::cli {

namespace {

using namespace std::chrono_literals;
constexpr auto before_first = 200ms;
constexpr auto between = 50ms;

void write_now(const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), stderr);
  std::fflush(stderr);
}

const char* participle(planner::Verb verb) {
  switch (verb) {
    case planner::Verb::create:
      return "made";
    case planner::Verb::change:
      return "changed";
    case planner::Verb::remove:
      return "removed";
  }
  return "";
}

std::string awaited(const planner::Step& step) {
  const auto* ready = step.after ? std::get_if<planner::Ready>(&*step.after) : nullptr;
  return ready != nullptr ? ready->service + ": " + ready->summary() : planner::name(step.key());
}

}  // namespace

Progress::Progress() : terminal_(isatty(STDERR_FILENO) == 1), next_(Clock::now() + before_first) {}

void Progress::show(const planner::Step& step, std::size_t done, std::size_t total) {
  if (!terminal_ || Clock::now() < next_) return;
  next_ = Clock::now() + between;
  write(fmt::format("[{}/{}] {} {}", done, total, participle(step.verb()), planner::name(step.key())));
}

void Progress::show_waiting(const std::vector<const planner::Step*>& steps) {
  if (!terminal_ || steps.empty()) return;
  std::string line;
  for (const auto* step : steps) line += (line.empty() ? "waiting for " : ", ") + awaited(*step);
  write(line);
}

void Progress::write(const std::string& line) {
  shown_ = true;
  write_now("\r" + line.substr(0, terminal_width(STDERR_FILENO) - 1) + "\033[K");
}

void Progress::clear() {
  if (shown_) write_now("\r\033[K");
  shown_ = false;
}

}  // namespace nsbuild::cli
