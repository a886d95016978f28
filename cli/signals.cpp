#include "cli/signals.hpp"

#include <array>
#include <csignal>

namespace nsbuild::cli {

namespace {

constexpr std::array stopping{SIGINT, SIGTERM, SIGHUP};
volatile std::sig_atomic_t last_signal = 0;
volatile std::sig_atomic_t unpassed = 0;  // sent by a process while there was no child
volatile std::sig_atomic_t child_pid = 0;
std::array<struct sigaction, stopping.size() + 1> previous;

extern "C" void note_signal(int signal, siginfo_t* info, void*) {
  last_signal = signal;
  if (info->si_code > 0) return;  // from the kernel, here the terminal (sigaction(2)), not from a process
  if (child_pid > 0)
    kill(child_pid, signal);
  else
    unpassed = signal;
}

extern "C" void ignore_signal(int) {}

}  // namespace

Interrupts::Interrupts() {
  last_signal = 0;
  unpassed = 0;
  child_pid = 0;
  struct sigaction action {};
  sigemptyset(&action.sa_mask);
  action.sa_sigaction = note_signal;
  action.sa_flags = SA_SIGINFO;  // no SA_RESTART: whoever waits must notice
  for (std::size_t i = 0; i < stopping.size(); ++i) sigaction(stopping[i], &action, &previous[i]);
  // A handler instead of SIG_IGN, which programs started from here would inherit.
  struct sigaction nothing {};
  sigemptyset(&nothing.sa_mask);
  nothing.sa_handler = ignore_signal;
  nothing.sa_flags = SA_RESTART;
  sigaction(SIGPIPE, &nothing, &previous.back());
}

Interrupts::~Interrupts() {
  for (std::size_t i = 0; i < stopping.size(); ++i) sigaction(stopping[i], &previous[i], nullptr);
  sigaction(SIGPIPE, &previous.back(), nullptr);
}

bool Interrupts::requested() { return last_signal != 0; }

void Interrupts::forget() { last_signal = 0; }

void Interrupts::pass_on_to(pid_t child) {
  child_pid = child;
  const int signal = unpassed;
  unpassed = 0;
  if (child > 0 && signal != 0) kill(child, signal);
}

const char* Interrupts::name() {
  return last_signal == SIGINT ? "SIGINT" : last_signal == SIGTERM ? "SIGTERM" : "SIGHUP";
}

}  // namespace nsbuild::cli
