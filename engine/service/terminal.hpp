// The caller's terminal while a command runs on a pseudo-terminal of its own: raw outside, line discipline and job
// control inside, the window size passed on.
#pragma once
#include "engine/fd.hpp"

#include <string>

#include <poll.h>
#include <sys/ioctl.h>
#include <termios.h>

namespace nsbuild::engine {

/// How the caller's terminal is set up, to give the inner one the same.
struct TerminalSettings {
  termios modes{};
  winsize window{};
};
TerminalSettings terminal_settings(int terminal);

/// Raw from here until the end of this object, which puts the old modes back.
class RawTerminal {
 public:
  explicit RawTerminal(int terminal);
  ~RawTerminal();
  RawTerminal(const RawTerminal&) = delete;
  RawTerminal& operator=(const RawTerminal&) = delete;

 private:
  int terminal_;
  termios before_{};
};

/// What goes back and forth between the caller's standard descriptors and a pseudo-terminal's master.
class Relay {
 public:
  /// Takes the master over; it becomes non-blocking.
  explicit Relay(Fd master);
  /// What to poll(2): standard input and the master. Negative descriptors where nothing is to be waited for.
  pollfd input() const;
  pollfd master() const;
  void from_input();
  void from_master(short events);
  /// What the command wrote before it ended.
  void drain();
  /// TIOCSWINSZ with the size of the caller's.
  void pass_window_size() const;

 private:
  Fd master_;
  std::string pending_;  // typed, and not taken by the pseudo-terminal yet
  bool input_open_ = true;
  bool master_open_ = true;
};

}  // namespace nsbuild::engine
