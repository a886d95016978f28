#include "cli/child.hpp"

#include "cli/signals.hpp"
#include "engine/error.hpp"

#include <cerrno>
#include <cstdlib>

#include <fmt/format.h>
#include <spawn.h>
#include <spdlog/spdlog.h>
#include <sys/wait.h>
#include <unistd.h>

namespace nsbuild::cli {

namespace {

int not_started(const std::string& command, int error) {
  if (error != ENOENT && error != EACCES && error != ENOEXEC && error != ENOTDIR)
    throw engine::SysError("cannot run " + command, error);
  spdlog::error("{}", engine::SysError("cannot run " + command, error).what());
  return error == ENOENT || error == ENOTDIR ? 127 : 126;
}

int wait_for(pid_t pid) {
  int status = 0;
  Interrupts::pass_on_to(pid);
  while (waitpid(pid, &status, 0) < 0)
    if (errno != EINTR) throw engine::SysError("waitpid");
  Interrupts::pass_on_to(0);
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

}  // namespace

int run_child(const std::vector<std::string>& argv, const std::string& lab) {
  std::vector<char*> words;
  words.reserve(argv.size() + 1);
  for (const auto& word : argv) words.push_back(const_cast<char*>(word.c_str()));  // execve(2) does not write to them
  words.push_back(nullptr);
  setenv("NSBUILD_LAB", lab.c_str(), 1);
  pid_t pid = 0;
  if (const int error = posix_spawnp(&pid, words[0], nullptr, nullptr, words.data(), environ))
    return not_started(argv[0], error);
  return wait_for(pid);
}

}  // namespace nsbuild::cli
