#include "engine/service/terminal.hpp"

#include "engine/error.hpp"

#include <array>
#include <cerrno>
#include <string_view>

#include <fcntl.h>
#include <unistd.h>

namespace nsbuild::engine {
namespace {

/// More than a paste is held back only as long as nobody reads it.
constexpr std::size_t pending_max = std::size_t{64} * 1024;

void write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t wrote = write(fd, text.data(), text.size());
    if (wrote < 0 && errno != EINTR && errno != EAGAIN) return;  // nobody looks at it any more
    if (wrote > 0) text.remove_prefix(static_cast<std::size_t>(wrote));
  }
}

}  // namespace

TerminalSettings terminal_settings(int terminal) {
  TerminalSettings settings;
  if (tcgetattr(terminal, &settings.modes) != 0) throw SysError("read the terminal's modes");
  ioctl(terminal, TIOCGWINSZ, &settings.window);
  return settings;
}

RawTerminal::RawTerminal(int terminal) : terminal_(terminal), before_(terminal_settings(terminal).modes) {
  termios raw = before_;
  cfmakeraw(&raw);
  if (tcsetattr(terminal_, TCSADRAIN, &raw) != 0) throw SysError("set the terminal's modes");
}

RawTerminal::~RawTerminal() { tcsetattr(terminal_, TCSADRAIN, &before_); }

Relay::Relay(Fd master) : master_(std::move(master)) {
  if (fcntl(master_.get(), F_SETFL, O_RDWR | O_NONBLOCK) != 0) throw SysError("use the pseudo-terminal");
}

pollfd Relay::input() const { return {input_open_ && pending_.size() < pending_max ? STDIN_FILENO : -1, POLLIN, 0}; }

pollfd Relay::master() const {
  const int events = POLLIN | (pending_.empty() ? 0 : POLLOUT);
  return {master_open_ ? master_.get() : -1, static_cast<short>(events), 0};
}

void Relay::from_input() {
  std::array<char, 4096> bytes{};
  const ssize_t size = read(STDIN_FILENO, bytes.data(), bytes.size());
  if (size > 0) pending_.append(bytes.data(), static_cast<std::size_t>(size));
  if (size == 0 || (size < 0 && errno != EINTR && errno != EAGAIN)) input_open_ = false;
}

void Relay::from_master(short events) {
  if ((events & POLLOUT) != 0 && !pending_.empty()) {
    const ssize_t wrote = write(master_.get(), pending_.data(), pending_.size());
    if (wrote > 0) pending_.erase(0, static_cast<std::size_t>(wrote));
  }
  if ((events & (POLLIN | POLLHUP | POLLERR)) == 0) return;
  std::array<char, 16384> bytes{};
  const ssize_t size = read(master_.get(), bytes.data(), bytes.size());
  if (size > 0) write_all(STDOUT_FILENO, {bytes.data(), static_cast<std::size_t>(size)});
  if (size == 0 || (size < 0 && errno == EIO)) master_open_ = false;  // pty(7): nobody has the other side open
}

void Relay::drain() {
  for (;;) {
    pollfd wait{master_.get(), POLLIN, 0};
    if (!master_open_ || poll(&wait, 1, 0) <= 0) return;
    from_master(wait.revents);
  }
}

void Relay::pass_window_size() const {
  winsize window{};
  if (ioctl(STDIN_FILENO, TIOCGWINSZ, &window) == 0) ioctl(master_.get(), TIOCSWINSZ, &window);
}

}  // namespace nsbuild::engine
