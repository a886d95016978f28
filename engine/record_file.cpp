#include "engine/record_file.hpp"

#include "engine/error.hpp"
#include "engine/fd.hpp"
#include "engine/lab_files.hpp"
#include "engine/rundir.hpp"

#include <cstdio>

#include <fcntl.h>
#include <unistd.h>

namespace nsbuild::engine {

namespace {

void write_draft(const std::string& lab, const std::string& name, const std::string& text) {
  const Fd fd = open_in_lab(lab, name, O_WRONLY | O_CREAT | O_TRUNC, 0600);
  if (!fd) throw_unopened(lab, name);
  write_whole(fd, text, lab_dir(lab) + '/' + name);
}

}  // namespace

void replace_in_lab(const std::string& lab, const std::string& name, const std::string& text) {
  const std::string path = lab_dir(lab) + '/' + name, draft = path + draft_suffix;
  try {
    write_draft(lab, name + draft_suffix, text);
    if (::rename(draft.c_str(), path.c_str()) != 0) throw SysError("rename " + draft);
  } catch (const Error&) {
    ::unlink(draft.c_str());
    throw;
  }
}

}  // namespace nsbuild::engine
