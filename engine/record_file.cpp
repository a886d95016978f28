#include "engine/record_file.hpp"

#include "engine/error.hpp"
#include "engine/fd.hpp"

#include <cerrno>
#include <cstdio>

#include <fcntl.h>
#include <unistd.h>

namespace nsbuild::engine {

namespace {

void write_new(const std::string& path, const std::string& text) {
  const Fd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  if (!fd) throw SysError("open " + path);
  for (std::size_t done = 0; done < text.size();) {
    const ssize_t wrote = ::write(fd.get(), text.data() + done, text.size() - done);
    if (wrote < 0 && errno != EINTR) throw SysError("write " + path);
    if (wrote > 0) done += static_cast<std::size_t>(wrote);
  }
}

}  // namespace

void replace_file(const std::string& path, const std::string& text) {
  const std::string next = path + ".new";
  try {
    write_new(next, text);
    if (::rename(next.c_str(), path.c_str()) != 0) throw SysError("rename " + next);
  } catch (const SysError&) {
    ::unlink(next.c_str());
    throw;
  }
}

}  // namespace nsbuild::engine
