// Files of the service's own.
#include "engine/init/operations.hpp"

#include <fcntl.h>
#include <unistd.h>

namespace nsbuild::init {
namespace {

bool fill(Doing& doing, const engine::Fd& file) noexcept {
  Identity identity;
  if (!find_owner(doing, identity)) return false;
  for (std::size_t done = 0; done < doing.operation.second.size;) {
    const ssize_t wrote = write(file.get(), doing.second + done, doing.operation.second.size - done);
    if (wrote < 0) return doing.setup.fail();
    done += static_cast<std::size_t>(wrote);
  }
  return (fchown(file.get(), identity.uid, identity.gid) == 0 &&
          fchmod(file.get(), doing.operation.mode & 07777U) == 0) ||
         doing.setup.fail();
}

/// A copy on the scratch, bound onto what is there.
bool bind_file(Doing& doing, const char* path) noexcept {
  Setup& setup = doing.setup;
  const char* name = concat(setup.arena, "file", Decimal(++setup.counter).text);
  if (name == nullptr) return setup.fail("", ENOMEM);
  const engine::Fd file(openat(setup.scratch.get(), name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!file) return setup.fail();
  if (!fill(doing, file)) return false;
  const engine::Fd tree(open_tree(setup.scratch.get(), name, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC));
  if (!tree || (doing.has(read_only) && !set_read_only(tree.get(), false))) return setup.fail();
  const engine::Fd at = target(setup, path, false, true);
  if (!at) return false;
  struct stat status {};
  if (fstat(file.get(), &status) != 0) return setup.fail();
  return same_kind(setup, status, at) &&
         (move_mount(tree.get(), "", at.get(), "", move_by_descriptor) == 0 || setup.fail());
}

}  // namespace

/// A missing target is simply made, so that a daemon may replace it by rename(2); what exists is covered.
bool do_write_file(Doing& doing) noexcept {
  if (access(doing.first, F_OK) == 0) return bind_file(doing, doing.first);
  if (doing.has(optional)) return true;
  Missing missing;
  if (!prepare_missing(doing.setup, doing.first, missing)) return false;
  if (missing.owner->read_only) return bind_file(doing, missing.path);
  const engine::Fd file(openat(missing.existing.get(), missing.rest, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!file) return doing.setup.fail(missing.path);
  return fill(doing, file);
}

}  // namespace nsbuild::init
