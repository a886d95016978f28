#include "engine/init/setup.hpp"

#include "engine/init/operations.hpp"

#include <cerrno>

#include <sys/stat.h>
#include <unistd.h>

namespace nsbuild::init {
namespace {

bool do_set_hostname(Doing& doing) noexcept {
  return sethostname(doing.first, doing.operation.first.size) == 0 || doing.setup.fail();
}

bool perform(Doing& doing) noexcept {
  switch (doing.operation.code) {
    case Code::set_hostname:
      return do_set_hostname(doing);
    case Code::grab:
      return do_grab(doing);
    case Code::hold:
      return do_hold(doing);
    case Code::mount_new:
      return do_mount_new(doing);
    case Code::attach:
      return do_attach(doing);
    case Code::freeze_root:
      return do_freeze_root(doing);
    case Code::scratch:
      return do_scratch(doing);
    case Code::enter_root:
      return do_enter_root(doing);
    case Code::privatize:
      return do_privatize(doing);
    case Code::private_dir:
      return do_private_dir(doing);
    case Code::minimal_dev:
      return do_minimal_dev(doing);
    case Code::tmpfs:
      return do_tmpfs(doing);
    case Code::overlay:
      return do_overlay(doing);
    case Code::write_file:
      return do_write_file(doing);
  }
  return doing.setup.fail("unknown operation", EPROTO);
}

/// What lies over something read-only, or was asked to be so, becomes it now that everything is made; not what is
/// mounted on it, which the service may write.
bool seal(Setup& setup) noexcept {
  setup.words = "read-only";
  for (const Own* own = setup.owned; own != nullptr; own = own->next)
    if (own->read_only && !set_read_only(own->mount, false)) return setup.fail();
  return true;
}

}  // namespace

bool Setup::fail(const char* detail, int error) noexcept {
  failure.set(error < 0 ? errno : error, words, std::strstr(words, detail) != nullptr ? "" : detail);
  return false;
}

bool Setup::own(int mount, bool read_only) noexcept {
  auto* entry = arena.array<Own>(1);
  struct stat status {};
  if (entry == nullptr || fstat(mount, &status) != 0) return fail("", entry == nullptr ? ENOMEM : errno);
  *entry = {owned, status.st_dev, mount, read_only};
  owned = entry;
  return true;
}

const Own* Setup::owner_of(const char* directory) const noexcept {
  struct stat status {};
  return stat(directory, &status) == 0 ? owner_of(status.st_dev) : nullptr;
}

const Own* Setup::owner_of(const engine::Fd& directory) const noexcept {
  struct stat status {};
  return fstat(directory.get(), &status) == 0 ? owner_of(status.st_dev) : nullptr;
}

const Own* Setup::owner_of(dev_t device) const noexcept {
  const Own* own = owned;
  while (own != nullptr && own->device != device) own = own->next;
  return own;
}

bool furnish(Setup& setup, int launch) noexcept {
  const Mapping memory(launch);
  return memory ? furnish(setup, memory.at<char>(0)) : setup.fail("launch");
}

bool furnish(Setup& setup, const char* launch) noexcept {
  const auto* header = reinterpret_cast<const LaunchHeader*>(launch);
  const auto* operations = reinterpret_cast<const Operation*>(launch + sizeof *header);
  const auto text = [launch](Span span) { return launch + span.offset; };
  auto* slots = setup.arena.array<int>(header->slot_count + 1);
  if (slots == nullptr) return setup.fail("launch", ENOMEM);
  for (std::uint32_t i = 0; i < header->operation_count; ++i) {
    const Operation& operation = operations[i];
    setup.words = text(operation.words);
    Doing doing{setup, operation, text(operation.first), text(operation.second), text(operation.third), slots};
    if (!perform(doing)) return false;
  }
  return seal(setup) && setup.leave_machine();
}

}  // namespace nsbuild::init
