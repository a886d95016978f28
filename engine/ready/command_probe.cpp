// `command:`: a command that runs inside the service, with all the settings of its process, ends with 0.
#include "engine/error.hpp"
#include "engine/ready/probe.hpp"
#include "engine/service/entrant.hpp"
#include "engine/service/find.hpp"
#include "engine/service/memfd.hpp"
#include "engine/service/pidfd.hpp"
#include "engine/service/record.hpp"
#include "planner/words.hpp"

#include <array>
#include <csignal>
#include <utility>

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
  CommandProbe(planner::Ready wish, RunningService service) : wish_(std::move(wish)), service_(std::move(service)) {}

  ~CommandProbe() override {
    if (entrant_.pid == 0) return;
    ::kill(-entrant_.pid, SIGKILL);  // its session, what it started included
    ::kill(entrant_.pid, SIGKILL);   // on its way there, it has none yet
    ::waitpid(entrant_.pid, nullptr, 0);
  }

  /// The first one looks at a process that was made a moment ago: what it would start takes its time and fails.
  bool look() override {
    if (entrant_.pid != 0) return has_succeeded();
    if (std::exchange(is_first_, false)) return false;
    start();
    return false;
  }

  std::string lack() const override {
    return "the command " + planner::words(wish_.command) + (verdict_.empty() ? " has not ended" : " " + verdict_);
  }

  int descriptor() const override { return running_.get(); }

 private:
  /// Does not wait until it runs: many services have theirs at once.
  void start() {
    Entrance entrance;
    entrance.init = open_init(service_);
    if (!entrance.init) return;
    entrance.command = wish_.command;
    for (const auto& [name, value] : service_.spec.environment) entrance.environment.push_back(name + "=" + value);
    entrance.record = make_record({run_dir(), service_.lab, service_.spec});
    entrance.add_user = true;
    output_ = scratch_memfd("nsbuild-ready");
    entrance.output = output_.get();
    entrant_ = fork_entrant(entrance);
    running_ = open_pidfd(entrant_.pid);
  }

  bool has_succeeded() {
    int status = 0;
    if (::waitpid(entrant_.pid, &status, WNOHANG) != entrant_.pid) return false;
    Entrant ended = std::exchange(entrant_, {});
    ::kill(-ended.pid, SIGKILL);  // what it left in its session
    running_.reset();
    hear_out(ended);
    const std::string said = last_line(output_);
    verdict_ = ended.exec_error != 0 ? SysError("cannot be run", ended.exec_error).what()
                                     : "ended with " + exit_text(status) + (said.empty() ? "" : ": " + said);
    return ended.exec_error == 0 && status == 0;
  }

  planner::Ready wish_;
  RunningService service_;
  bool is_first_ = true;
  Entrant entrant_;
  Fd running_;  // pidfd
  Fd output_;
  std::string verdict_;  // of the last one that ended
};

}  // namespace

std::unique_ptr<Probe> make_command_probe(const planner::Ready& wish, const RunningService& service) {
  return std::make_unique<CommandProbe>(wish, service);
}

}  // namespace nsbuild::engine
