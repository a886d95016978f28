// `log:`: a line that the current run of the command has written matches a regular expression.
#include "engine/error.hpp"
#include "engine/ready/probe.hpp"
#include "engine/service/log_file.hpp"
#include "specs/expression.hpp"

#include <optional>

namespace nsbuild::engine {
namespace {

/// What is behind this of a line is not looked at.
constexpr std::size_t line_max = 8192;

class LogProbe final : public Probe {
 public:
  LogProbe(const planner::Ready& wish, const RunningService& service)
      : words_(wish.text),
        lab_(service.lab),
        service_(service.spec.name),
        place_(service.log_start),
        expression_(wish.text) {
    if (const std::string problem = expression_.problem(); !problem.empty())
      throw Error("log " + wish.text + ": " + problem);
  }

  bool look() override {
    if (found_) return true;
    const std::optional<Log> log = open_log(lab_, service_);
    if (!log) return false;
    const std::uint64_t from = log->position(place_);
    std::uint64_t at = from;
    for (std::string text; !found_ && !(text = log->read(at)).empty(); at += text.size()) take(text);
    place_ = log->place(at);
    const bool grown = at > from;
    // A prompt has no end of line; what is still being written has not come to rest.
    return found_ = found_ || (!grown && matches());
  }

  std::string lack() const override { return "no line of its log matches " + words_; }

 private:
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
    return expression_.is_in(line);
  }

  std::string words_;
  std::string lab_, service_;
  init::LogPlace place_;  // what stands before has been read
  specs::Expression expression_;
  std::string line_;  // what has been read of the last one
  bool found_ = false;
};

}  // namespace

std::unique_ptr<Probe> make_log_probe(const planner::Ready& wish, const RunningService& service) {
  return std::make_unique<LogProbe>(wish, service);
}

}  // namespace nsbuild::engine
