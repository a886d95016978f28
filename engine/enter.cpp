#include "engine/enter.hpp"

#include "engine/error.hpp"
#include "engine/listing.hpp"
#include "engine/names.hpp"
#include "engine/place.hpp"
#include "engine/rundir.hpp"
#include "engine/service/entrant.hpp"
#include "engine/service/etc_files.hpp"
#include "engine/service/find.hpp"
#include "engine/service/launch.hpp"
#include "engine/service/pidfd.hpp"
#include "specs/suggest.hpp"

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include <poll.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

namespace nsbuild::engine {
namespace {

using planner::RunState;

/// The signals that a command should get from whoever signals nsbuild, read instead of acted on.
class Signals {
 public:
  Signals() {
    sigset_t set;
    sigemptyset(&set);
    for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGWINCH}) sigaddset(&set, signal);
    sigprocmask(SIG_BLOCK, &set, &before_);
    fd_.reset(signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
    if (!fd_) throw SysError("signalfd");
  }
  ~Signals() { sigprocmask(SIG_SETMASK, &before_, nullptr); }
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;
  int descriptor() const { return fd_.get(); }
  std::optional<signalfd_siginfo> next() const {
    signalfd_siginfo info{};
    if (read(fd_.get(), &info, sizeof info) != sizeof info) return std::nullopt;
    return info;
  }

 private:
  sigset_t before_{};
  Fd fd_;
};

std::string state_words(const RunningService& service) {
  if (service.spec.state == RunState::stopped) return "is stopped";
  if (service.spec.state == RunState::completed) return "has completed";
  if (service.spec.state == RunState::restarting) return "is about to be restarted (" + service.spec.exit + ")";
  return "has ended (" + service.spec.exit + ")";
}

std::string list(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text.empty() ? "none" : text;
}

enum class Kind { either, service, place };

std::pair<Kind, std::string> split_name(const std::string& said) {
  if (said.starts_with("svc:")) return {Kind::service, said.substr(4)};
  if (said.starts_with("ns:")) return {Kind::place, said.substr(3)};
  return {Kind::either, said};
}

/// Of the kind that was asked for; of both when none was.
[[noreturn]] void throw_unknown(const std::string& lab, const std::string& name, Kind kind,
                                const std::vector<RunningService>& services, const std::vector<std::string>& places) {
  if (services.empty() && places.empty() && !is_there(lab_dir(lab))) throw Error("there is no lab \"" + lab + "\"");
  std::vector<std::string> names, known = places;
  for (const RunningService& service : services) names.push_back(service.spec.name);
  known.insert(known.end(), names.begin(), names.end());
  const std::string hint = specs::did_you_mean(name, {known.begin(), known.end()});
  const char* what = kind == Kind::service ? "service " : kind == Kind::place ? "namespace " : "";
  throw Error("lab " + lab + " has no " + what + "\"" + name + "\"" +
              (kind == Kind::place ? "" : "; services: " + list(names)) +
              (kind == Kind::service ? "" : "; namespaces: " + list(places)) + (hint.empty() ? "" : "; " + hint));
}

void fill_in(Entrance& entrance, const RunningService& service) {
  if (service.spec.state != RunState::running) throw Error("service " + service.spec.name + " " + state_words(service));
  entrance.init = open_init(service);
  if (!entrance.init) throw Error("service " + service.spec.name + " has just gone");
  for (const auto& [name, value] : service.spec.environment) entrance.environment.push_back(name + "=" + value);
  entrance.add_user = true;
  const char* term = std::getenv("TERM");
  const bool has_term = std::any_of(entrance.environment.begin(), entrance.environment.end(),
                                    [](const std::string& variable) { return variable.starts_with("TERM="); });
  if (entrance.terminal && term != nullptr && !has_term) entrance.environment.push_back(std::string("TERM=") + term);
}

void fill_in(Entrance& entrance, const Place& place, std::optional<VisitorsHosts>& hosts) {
  entrance.netns = open_place(place);
  hosts.emplace(place.lab, place.name);
  entrance.operations =
      compile_visit(etc_of_visitor(place.lab, place.name, hosts->path(), hosts->says_hosts()), mounts_below_sys());
  for (char** variable = environ; *variable != nullptr; ++variable) entrance.environment.emplace_back(*variable);
}

/// Every process is looked at for services. Each has written into the lab's directory of logs, so where a lab has its
/// record, but no such directory, there is none to find.
bool may_have_services(const std::string& lab) { return is_there(log_dir(lab)) || !is_there(lab_dir(lab)); }

/// A service, else a namespace of that name, unless `svc:` or `ns:` says which.
void find_target(Entrance& entrance, const EnterRequest& request, std::optional<VisitorsHosts>& hosts) {
  const auto [kind, name] = split_name(request.name);
  const Place place{request.lab, name};
  const bool is_place = kind != Kind::service && is_pinned(place);
  std::vector<RunningService> services;
  if (kind != Kind::place && (!is_place || may_have_services(request.lab))) services = find_services(request.lab);
  for (const RunningService& service : services)
    if (service.spec.name == name) return fill_in(entrance, service);
  if (is_place) return fill_in(entrance, place, hosts);
  throw_unknown(request.lab, name, kind, services,
                kind == Kind::service ? std::vector<std::string>() : pinned(request.lab));
}

Entrance make_entrance(const EnterRequest& request, std::optional<VisitorsHosts>& hosts) {
  Entrance entrance;
  if (isatty(STDIN_FILENO) != 0) entrance.terminal = terminal_settings(STDIN_FILENO);
  find_target(entrance, request, hosts);
  entrance.command = request.command;
  if (entrance.command.empty()) {
    const char* shell = std::getenv("SHELL");
    entrance.command = {shell != nullptr && *shell != '\0' ? shell : "/bin/sh"};
    entrance.or_default_shell = true;
  }
  entrance.user = request.user.value_or("");
  return entrance;
}

int exec_failed(const Entrance& entrance, int error) {
  std::fprintf(stderr, "nsbuild: %s\n", SysError(entrance.command.front(), error).what());
  return error == ENOENT || error == ENOTDIR ? 127 : 126;
}

/// A key that a terminal turned into a signal has reached the command already: it is in our process group.
void pass_signals(const Signals& signals, const Fd& child, const Relay* relay) {
  while (const std::optional<signalfd_siginfo> info = signals.next()) {
    const int signal = static_cast<int>(info->ssi_signo);
    const bool from_terminal = info->ssi_code == SI_KERNEL && relay == nullptr;
    if (signal == SIGWINCH && relay != nullptr) {
      relay->pass_window_size();
    } else if (!from_terminal) {
      send_signal(child, signal);
    }
  }
}

/// Until the command has ended; what it wrote last is still shown.
void attend(const Signals& signals, const Fd& child, Relay* relay) {
  for (;;) {
    std::array<pollfd, 4> wait{{{signals.descriptor(), POLLIN, 0}, {child.get(), POLLIN, 0}, {-1, 0, 0}, {-1, 0, 0}}};
    if (relay != nullptr) wait[2] = relay->input(), wait[3] = relay->master();
    poll(wait.data(), wait.size(), -1);
    pass_signals(signals, child, relay);
    if (wait[2].revents != 0) relay->from_input();
    if (wait[3].revents != 0) relay->from_master(wait[3].revents);
    if (wait[1].revents == 0) continue;
    if (relay != nullptr) relay->drain();
    return;
  }
}

int wait_for(pid_t pid) {
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/// Stays with the command: passes on signals and what a terminal says, and waits.
int attend_entrant(const Entrance& entrance, std::optional<VisitorsHosts>& hosts) {
  const Signals signals;
  Entrant entrant = start_entrant(entrance);
  hosts.reset();  // mounted by now
  if (entrant.exec_error != 0) return exec_failed(entrance, entrant.exec_error);
  const Fd child = open_pidfd(entrant.pid);
  if (!child) throw SysError("watch the command");
  if (!entrant.master) {
    attend(signals, child, nullptr);
  } else {
    const RawTerminal raw(STDIN_FILENO);
    Relay relay(std::move(entrant.master));
    relay.pass_window_size();
    attend(signals, child, &relay);
  }
  return wait_for(entrant.pid);
}

}  // namespace

int enter(const EnterRequest& request) {
  std::optional<VisitorsHosts> hosts;
  const Entrance entrance = make_entrance(request, hosts);
  return attend_entrant(entrance, hosts);
}

int enter_for_good(const EnterRequest& request) {
  std::optional<VisitorsHosts> hosts;
  const Entrance entrance = make_entrance(request, hosts);
  if (entrance.init) return attend_entrant(entrance, hosts);  // only a child comes into a PID namespace (setns(2))
  sigset_t signals_before;
  sigprocmask(SIG_SETMASK, nullptr, &signals_before);
  const Signals signals;
  const Entrant entrant = go_in(entrance, signals_before, [&] { hosts.reset(); });
  if (entrant.exec_error != 0) return exec_failed(entrance, entrant.exec_error);
  const Fd child = open_pidfd(entrant.pid);
  if (!child) throw SysError("watch the command");
  attend(signals, child, nullptr);
  return wait_for(entrant.pid);
}

}  // namespace nsbuild::engine
