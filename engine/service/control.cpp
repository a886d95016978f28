#include "engine/service/control.hpp"

#include "engine/error.hpp"
#include "engine/service/find.hpp"
#include "engine/service/pidfd.hpp"
#include "engine/service/report.hpp"
#include "engine/service/work_directory.hpp"

#include <algorithm>
#include <csignal>

#include <poll.h>

namespace nsbuild::engine {
namespace {

constexpr int kill_timeout = 10000;  // ms

init::Order order_of(Control control) {
  switch (control) {
    case Control::start:
      return init::Order::start;
    case Control::stop:
      return init::Order::stop;
    case Control::restart:
      break;
  }
  return init::Order::replace;  // by the record that it has
}

std::string ask(const Fd& init, init::Order order, std::uint64_t starts = 0, std::uint64_t hash = 0) {
  if (!init) return "its init has just gone";
  ReportChannel channel = make_report_channel();
  send_order(init, {order, 0, starts, hash}, {channel.theirs.get()});
  channel.theirs.reset();
  const std::optional<Answer> answer = read_report(channel.ours);
  return answer ? answer->error : "its init gave no answer";
}

}  // namespace

Outcome control_service(const std::string& lab, const std::string& service, Control control) {
  const std::vector<RunningService> all = find_services(lab);
  const auto found = std::find_if(all.begin(), all.end(), [&](const auto& one) { return one.spec.name == service; });
  const std::string name = "service " + service + ": ";
  if (found == all.end()) return {0, name + "is not there"};
  if (found->foreign) return {0, name + "was started by another version of nsbuild"};
  try {
    const std::string error = ask(open_init(*found), order_of(control));
    return {0, error.empty() ? "" : name + error};
  } catch (const Error& error) {
    return {0, name + error.what()};
  }
}

void end_half_started(const std::string& lab) {
  for (const RunningService& service : find_inits(lab)) {
    if (!service.starting) continue;
    const Fd init = open_init(service);
    if (!init) continue;
    send_signal(init, SIGKILL);
    pollfd end{init.get(), POLLIN, 0};
    if (poll(&end, 1, kill_timeout) <= 0)
      throw Error("service " + service.spec.name + ": its init, which an nsbuild that was killed had begun to start, " +
                  "does not end (pid " + std::to_string(service.init) + ")");
  }
  sweep_work_directories(lab);
}

std::string confirm_ready(const Fd& init, std::uint64_t starts, std::uint64_t hash) {
  try {
    return ask(init, init::Order::ready, starts, hash);
  } catch (const Error& error) {
    return error.what();
  }
}

}  // namespace nsbuild::engine
