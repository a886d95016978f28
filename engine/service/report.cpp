#include "engine/service/report.hpp"

#include "engine/error.hpp"
#include "engine/init/channel.hpp"
#include "engine/init/wire.hpp"
#include "engine/service/find.hpp"

#include <algorithm>
#include <array>
#include <cerrno>

#include <sys/socket.h>

namespace nsbuild::engine {

ReportChannel make_report_channel() {
  std::array<int, 2> pair{};
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair.data()) != 0) throw SysError("socketpair");
  return {Fd(pair[0]), Fd(pair[1])};
}

std::optional<Answer> read_report(const Fd& ours) {
  std::array<char, sizeof(init::Report) + init::report_text_max> message{};
  const auto receive = [&] { return init::receive_message(ours.get(), message.data(), message.size(), nullptr, 0); };
  ssize_t size = receive();
  // Told once, and before what the other end said, if it closed without reading all of ours (unix_release_sock() in
  // net/unix/af_unix.c).
  if (size < 0 && errno == ECONNRESET) size = receive();
  init::Report report{};
  if (size < static_cast<ssize_t>(sizeof report)) return std::nullopt;
  std::copy_n(message.data(), sizeof report, reinterpret_cast<char*>(&report));
  if (report.verdict == init::Verdict::done) return Answer{};
  if (report.verdict == init::Verdict::ended) return Answer{exit_text(report.error), true};
  std::string text(message.data() + sizeof report, static_cast<std::size_t>(size) - sizeof report);
  return Answer{report.error == 0 ? text : SysError(text, report.error).what(),
                report.verdict != init::Verdict::gave_up};
}

}  // namespace nsbuild::engine
