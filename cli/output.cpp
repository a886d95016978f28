#include "cli/output.hpp"

#include "engine/error.hpp"

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>

#include <fmt/format.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>
#include <sys/ioctl.h>
#include <unistd.h>

namespace nsbuild::cli {

namespace {

/// `%*` in a pattern: the level where a reader needs it, nothing before plain words.
class Level : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& message, const std::tm&, spdlog::memory_buf_t& out) override {
    const std::string_view label = message.level >= spdlog::level::err    ? "error: "
                                   : message.level == spdlog::level::warn ? "warning: "
                                                                          : "";
    out.append(label.data(), label.data() + label.size());
  }
  std::unique_ptr<custom_flag_formatter> clone() const override { return std::make_unique<Level>(); }
};

}  // namespace

void start_messages(Verbosity verbosity) {
  const auto colour = color_on(STDERR_FILENO) ? spdlog::color_mode::always : spdlog::color_mode::never;
  auto sink = std::make_shared<spdlog::sinks::stderr_color_sink_st>(colour);
  auto logger = std::make_shared<spdlog::logger>("nsbuild", std::move(sink));
  auto formatter = std::make_unique<spdlog::pattern_formatter>();
  formatter->add_flag<Level>('*').set_pattern("nsbuild: %^%*%$%v");
  logger->set_formatter(std::move(formatter));
  logger->set_level(verbosity == Verbosity::quiet     ? spdlog::level::warn
                    : verbosity == Verbosity::verbose ? spdlog::level::debug
                                                      : spdlog::level::info);
  spdlog::set_default_logger(std::move(logger));
}

void print_error(std::string_view text) {
  for (std::size_t end = 0; end != std::string_view::npos;
       text.remove_prefix(end == std::string_view::npos ? 0 : end + 1)) {
    end = text.find('\n');
    while (end != std::string_view::npos && text.substr(end + 1).starts_with(' ')) end = text.find('\n', end + 1);
    spdlog::error("{}", text.substr(0, end));
  }
}

bool color_on(int fd) {
  const char* no_color = std::getenv("NO_COLOR");
  if (no_color != nullptr && *no_color != '\0') return false;
  const char* term = std::getenv("TERM");
  return term != nullptr && std::string_view(term) != "dumb" && isatty(fd) == 1;
}

void put(std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size())
    throw engine::SysError("cannot write to standard output");
}

void flush() {
  if (std::fflush(stdout) != 0) throw engine::SysError("cannot write to standard output");
}

std::size_t terminal_width(int fd) {
  winsize size{};
  return ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

std::string count(std::size_t number, std::string_view singular) {
  return fmt::format("{} {}{}", number, singular, number == 1 ? "" : "s");
}

}  // namespace nsbuild::cli
