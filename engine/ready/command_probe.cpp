// `command:`: a command that runs inside the service, as the service's user and with its environment, ends with 0.
#include "engine/error.hpp"
#include "engine/ready/probe.hpp"
#include "engine/service/entrant.hpp"
#include "engine/service/find.hpp"
#include "engine/service/memfd.hpp"
#include "engine/service/pidfd.hpp"
#include "planner/words.hpp"

#include <array>
#include <csignal>

#include <sys/wait.h>
#include <unistd.h>

namespace nsbuild::engine {
namespace {

std::string last_line(const Fd& output) {
  std::array<char, 4096> bytes{};
  const off_t end = ::lseek(output.get(), 0, SEEK_END);
  const off_t from = std::max<off_t>(0, end - static_cast<off_t>(bytes.size()));
  const ssize_t size = ::pread(output.get(), bytes.data(), bytes.size(), from);
  std::string text(bytes.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
  while (text.ends_with('\n')) text.pop_back();
  return text.substr(text.rfind('\n') + 1);
}

/// At most one runs at a time, and none longer than its probe lives. One look starts it, a later one takes its result.
class CommandProbe final : public Probe {
 public:
  CommandProbe(const planner::Ready& wish, const RunningService& service) : wish_(wish), service_(service) {}

  ~CommandProbe() override {
    if (pid_ == 0) return;
    ::kill(-pid_, SIGKILL);  // its session, what it started included
    ::waitpid(pid_, nullptr, 0);
  }

  bool look() override {
    if (pid_ != 0) return has_succeeded();
    start();
    return false;
  }

  std::string lack() const override {
    return "the command " + planner::words(wish_.command) + (verdict_.empty() ? " has not ended" : " " + verdict_);
  }

  int descriptor() const override { return running_.get(); }

 private:
  void start() {
    Entrance entrance;
    entrance.init = open_init(service_.init, service_.lab, service_.spec.name);
    if (!entrance.init) return;
    entrance.command = wish_.command;
    for (const auto& [name, value] : service_.spec.environment) entrance.environment.push_back(name + "=" + value);
    entrance.user = service_.spec.user;
    entrance.add_user = true;
    output_ = scratch_memfd("nsbuild-ready");
    entrance.output = output_.get();
    const Entrant entrant = start_entrant(entrance);
    if (entrant.exec_error != 0) verdict_ = SysError("cannot be run", entrant.exec_error).what();
    if (entrant.exec_error != 0) return;
    pid_ = entrant.pid;
    running_ = open_pidfd(pid_);
  }

  bool has_succeeded() {
    int status = 0;
    if (::waitpid(pid_, &status, WNOHANG) != pid_) return false;
    ::kill(-pid_, SIGKILL);  // what it left in its session
    pid_ = 0;
    running_.reset();
    const std::string said = last_line(output_);
    verdict_ = "ended with " + exit_text(status) + (said.empty() ? "" : ": " + said);
    return status == 0;
  }

  planner::Ready wish_;
  RunningService service_;
  pid_t pid_ = 0;
  Fd running_;  // pidfd
  Fd output_;
  std::string verdict_;  // of the last one that ended
};

}  // namespace

std::unique_ptr<Probe> make_command_probe(const planner::Ready& wish, const RunningService& service) {
  return std::make_unique<CommandProbe>(wish, service);
}

}  // namespace nsbuild::engine
