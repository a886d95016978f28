// `log:`: a line that the current run of the command has written matches a regular expression.
#include "engine/error.hpp"
#include "engine/fd.hpp"
#include "engine/ready/probe.hpp"
#include "engine/rundir.hpp"

#include <array>
#include <regex>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace nsbuild::engine {
namespace {

/// libstdc++ matches by recursion, one step for each character: what is behind this of a line is not looked at.
constexpr std::size_t line_max = 8192;

class LogProbe final : public Probe {
 public:
  LogProbe(const planner::Ready& wish, const RunningService& service)
      : words_(wish.text), path_(log_path(service.lab, service.spec.name)), at_(static_cast<off_t>(service.log_start)) {
    try {
      pattern_.assign(wish.text, std::regex::ECMAScript);
    } catch (const std::regex_error& error) {
      throw Error("log " + wish.text + ": " + error.what());
    }
  }

  bool look() override {
    if (found_) return true;
    const Fd log(::open(path_.c_str(), O_RDONLY | O_CLOEXEC));
    if (!log) return false;
    start_again_if_cut(log);
    std::array<char, 65536> bytes{};
    bool grown = false;
    for (ssize_t size = 0; !found_ && (size = ::pread(log.get(), bytes.data(), bytes.size(), at_)) > 0; grown = true) {
      at_ += size;
      take({bytes.data(), static_cast<std::size_t>(size)});
    }
    // A prompt has no end of line; what is still being written has not come to rest.
    return found_ = found_ || (!grown && matches());
  }

  std::string lack() const override { return "no line of its log matches " + words_; }

 private:
  /// Somebody opened it with O_TRUNC, as a shell's `> /dev/stdout` does.
  void start_again_if_cut(const Fd& log) {
    struct stat status {};
    if (::fstat(log.get(), &status) != 0 || status.st_size >= at_) return;
    at_ = 0;
    line_.clear();
  }

  void take(std::string_view bytes) {
    for (const char c : bytes) {
      if (c != '\n') {
        if (line_.size() < line_max) line_.push_back(c);
        continue;
      }
      found_ = found_ || matches();
      line_.clear();
      if (found_) return;
    }
  }

  bool matches() const {
    std::string_view line = line_;
    if (line.ends_with('\r')) line.remove_suffix(1);
    return std::regex_search(line.begin(), line.end(), pattern_);
  }

  std::string words_;
  std::string path_;
  std::regex pattern_;
  off_t at_;
  std::string line_;  // what has been read of the last one
  bool found_ = false;
};

}  // namespace

std::unique_ptr<Probe> make_log_probe(const planner::Ready& wish, const RunningService& service) {
  return std::make_unique<LogProbe>(wish, service);
}

}  // namespace nsbuild::engine
