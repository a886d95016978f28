// How an init answers: one message over a channel of its own, then nothing more.
#pragma once
#include "engine/fd.hpp"

#include <optional>
#include <string>

namespace nsbuild::engine {

struct ReportChannel {
  Fd ours, theirs;
};

/// Throws SysError.
ReportChannel make_report_channel();

struct Answer {
  std::string error;       // "" for success, else why not
  bool init_stays = true;  // false when a launch has failed: its init is about to exit
};

/// Waits for the answer; none when the other side has closed without one.
std::optional<Answer> read_report(const Fd& ours);

}  // namespace nsbuild::engine
