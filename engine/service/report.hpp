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

/// Waits for the answer: "" for success, else why not in words; none when the other side has closed without one.
std::optional<std::string> read_report(const Fd& ours);

}  // namespace nsbuild::engine
