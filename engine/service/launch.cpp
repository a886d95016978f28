#include "engine/service/launch.hpp"

#include "engine/error.hpp"
#include "engine/init/setup.hpp"
#include "engine/init/wire.hpp"
#include "engine/service/work_directory.hpp"
#include "planner/words.hpp"

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

#include <sys/stat.h>

namespace nsbuild::engine {
namespace {

using init::Code;
using init::Operation;
using specs::MountType;
using specs::RootMode;

class Compiler {
 public:
  struct Texts {
    std::string_view first, second, third;
  };
  Operation& add(Code code, std::uint32_t flags, std::string_view words, Texts texts) {
    operations_.push_back({code, flags, 0, 0, put(words), put(texts.first), put(texts.second), put(texts.third)});
    return operations_.back();
  }
  std::uint32_t slot() { return slots_++; }
  std::string finish();

 private:
  /// Offsets count from the texts' start until finish() knows where that is.
  init::Span put(std::string_view text) {
    const init::Span span{static_cast<std::uint32_t>(texts_.size()), static_cast<std::uint32_t>(text.size())};
    texts_.append(text).push_back('\0');
    return span;
  }

  std::vector<Operation> operations_;
  std::string texts_;
  std::uint32_t slots_ = 0;
};

std::string Compiler::finish() {
  const init::LaunchHeader header{static_cast<std::uint32_t>(operations_.size()), slots_};
  const std::size_t base = sizeof header + operations_.size() * sizeof(Operation);
  for (Operation& operation : operations_)
    for (init::Span* span : {&operation.words, &operation.first, &operation.second, &operation.third})
      span->offset += static_cast<std::uint32_t>(base);
  std::string bytes(base, '\0');
  std::memcpy(bytes.data(), &header, sizeof header);
  std::memcpy(bytes.data() + sizeof header, operations_.data(), base - sizeof header);
  return bytes + texts_;
}

enum class Way { bind, copy, cover };
struct HeldEtc {
  Way way = Way::bind;
  std::uint32_t slot = 0;  // a copy has none
};

/// The mounts of the machine that a launch holds before anything hides them: the slots they are in.
struct Held {
  std::vector<std::uint32_t> mounts;  // by mount: a bind's source, or an overlay's first lower with the rest behind it
  std::vector<HeldEtc> etc;           // by file
  std::uint32_t rootfs = 0, dev = 0;
  std::vector<std::uint32_t> below_sys;
};

std::string words_of(const planner::Mount& mount) {
  if (mount.type == MountType::bind) return "mount " + mount.source + " on " + mount.target;
  return "mount " + planner::words(mount.type) + " on " + mount.target;
}

std::uint32_t grab(Compiler& compiler, const std::string& words, const std::string& path, std::uint32_t flags = 0) {
  const std::uint32_t slot = compiler.slot();
  compiler.add(Code::grab, flags, words, {path, {}, {}}).slot = slot;
  return slot;
}

/// The slots lie side by side; only the first is told.
std::uint32_t hold_layers(Compiler& compiler, const planner::Mount& mount) {
  std::vector<std::string> layers = mount.lower;
  if (!mount.upper.empty()) {
    layers.push_back(mount.upper);
    layers.push_back(work_directory(mount.upper));
  }
  std::vector<std::uint32_t> slots;
  for (const std::string& layer : layers) {
    slots.push_back(compiler.slot());
    compiler.add(Code::hold, 0, words_of(mount), {layer, {}, {}}).slot = slots.back();
  }
  return slots.empty() ? compiler.slot() : slots.front();
}

std::uint32_t hold_mount(Compiler& compiler, const planner::Mount& mount) {
  if (mount.type == MountType::overlay) return hold_layers(compiler, mount);
  if (mount.type != MountType::bind) return 0;
  return grab(compiler, words_of(mount), mount.source, mount.recursive ? 0U : std::uint32_t{init::shallow});
}

std::vector<std::uint32_t> grab_all(Compiler& compiler, const std::vector<std::string>& points) {
  std::vector<std::uint32_t> slots;
  slots.reserve(points.size());
  for (const std::string& point : points) slots.push_back(grab(compiler, "mount " + point, point, init::optional));
  return slots;
}

/// A new sysfs hides what is mounted below the machine's, so that is put back.
void add_sys(Compiler& compiler, const std::vector<std::string>& kept, const std::vector<std::uint32_t>& slots) {
  compiler.add(Code::mount_new, init::make_target, "mount /sys", {"sysfs", "/sys", {}});
  for (std::size_t i = 0; i < kept.size(); ++i)
    compiler.add(Code::attach, init::optional, "mount " + kept[i], {kept[i], {}, {}}).slot = slots[i];
}

/// A bind of one path onto another that is left out when either does not exist.
void add_optional_bind(Compiler& compiler, const std::string& source, const std::string& on) {
  const std::uint32_t slot = compiler.slot();
  const std::string words = "mount " + source + " on " + on;
  compiler.add(Code::grab, init::optional, words, {source, {}, {}}).slot = slot;
  compiler.add(Code::attach, init::optional, words, {on, {}, {}}).slot = slot;
}

Code code_of(const planner::Mount& mount) {
  switch (mount.type) {
    case MountType::bind:
      return Code::attach;
    case MountType::tmpfs:
      return Code::tmpfs;
    case MountType::overlay:
      return Code::overlay;
    case MountType::proc:
    case MountType::devpts:
      break;
  }
  return Code::mount_new;
}

void add_mount(Compiler& compiler, const planner::Mount& mount, std::uint32_t slot) {
  const std::uint32_t flags = (mount.read_only ? init::read_only : 0U) | (mount.mode ? init::has_mode : 0U) |
                              (mount.upper.empty() ? 0U : init::keeps_upper) | init::make_target;
  const Code code = code_of(mount);
  const std::string type = planner::words(mount.type);
  const Compiler::Texts texts = code == Code::mount_new ? Compiler::Texts{type, mount.target, {}}
                                                        : Compiler::Texts{mount.target, mount.size, mount.owner};
  Operation& operation = compiler.add(code, flags, words_of(mount), texts);
  operation.slot = slot;
  operation.mode = code == Code::overlay ? static_cast<std::uint32_t>(mount.lower.size()) : mount.mode.value_or(0);
}

bool brings(const planner::Service& service, const std::string& target) {
  const auto is_it = [&](const auto& item) { return item.target == target; };
  return std::any_of(service.mounts.begin(), service.mounts.end(), is_it) ||
         std::any_of(service.files.begin(), service.files.end(), is_it);
}

/// How a part of /etc comes into a service.
Way way_of(const EtcFile& file) {
  std::error_code missing;
  const std::filesystem::file_type type = std::filesystem::status(file.source, missing).type();
  if (!file.live && type == std::filesystem::file_type::regular) return Way::copy;
  if (!file.live && type == std::filesystem::file_type::directory) return Way::cover;
  return Way::bind;
}

std::string words_of(const EtcFile& file) { return "mount " + file.source + " on " + file.target; }

std::vector<HeldEtc> hold_etc(Compiler& compiler, const std::vector<EtcFile>& etc) {
  std::vector<HeldEtc> held;
  for (const EtcFile& file : etc) {
    HeldEtc& one = held.emplace_back(HeldEtc{way_of(file)});
    if (one.way == Way::bind)
      one.slot = grab(compiler, words_of(file), file.source, file.make_target ? 0U : std::uint32_t{init::optional});
    if (one.way == Way::cover)
      compiler.add(Code::hold, 0, words_of(file), {file.source, {}, {}}).slot = one.slot = compiler.slot();
  }
  return held;
}

/// The bytes, owner and permissions of now.
void copy_etc(Compiler& compiler, const EtcFile& file, std::uint32_t flags) {
  struct stat status {};
  std::ifstream bytes(file.source, std::ios::binary);
  if (stat(file.source.c_str(), &status) != 0 || !bytes) throw SysError("read " + file.source);
  const std::string content{std::istreambuf_iterator<char>(bytes), {}};
  const std::string owner = std::to_string(status.st_uid) + ":" + std::to_string(status.st_gid);
  compiler.add(Code::write_file, flags | init::has_mode, words_of(file), {file.target, content, owner}).mode =
      status.st_mode & 07777U;
}

/// What the service writes stays its own, and is refused in a root that is read-only.
void lay_etc(Compiler& compiler, const planner::Service& service, const std::vector<EtcFile>& etc,
             const std::vector<HeldEtc>& held) {
  for (std::size_t i = 0; i < etc.size(); ++i) {
    const EtcFile& file = etc[i];
    const bool frozen = held[i].way == Way::bind || service.root_mode == RootMode::read_only;
    const std::uint32_t flags =
        (file.make_target ? init::make_target : init::optional) | (frozen ? init::read_only : 0U);
    if (held[i].way == Way::copy) {
      copy_etc(compiler, file, flags);
    } else {
      const Code code = held[i].way == Way::cover ? Code::overlay : Code::attach;
      Operation& operation = compiler.add(code, flags, words_of(file), {file.target, {}, {}});
      operation.slot = held[i].slot;
      operation.mode = 1;  // the one lower of an overlay
    }
  }
}

bool shares_dev(const planner::Service& service) { return service.dev == specs::DevMode::shared; }

/// What of the machine is still needed once the root is another one, or frozen.
Held hold_all(Compiler& compiler, const planner::Service& service, const std::vector<EtcFile>& etc,
              const std::vector<std::string>& kept) {
  Held held;
  for (const planner::Mount& mount : service.mounts) held.mounts.push_back(hold_mount(compiler, mount));
  held.etc = hold_etc(compiler, etc);
  if (has_rootfs(service)) held.rootfs = grab(compiler, "rootfs " + service.rootfs, service.rootfs);
  if (!shares_dev(service)) {
    held.dev = compiler.slot();
    compiler.add(Code::hold, 0, "mount /dev", {"/dev", {}, {}}).slot = held.dev;
  } else if (has_rootfs(service) || service.root_mode == RootMode::read_only) {
    held.dev = grab(compiler, "mount /dev", "/dev");
  }
  held.below_sys = grab_all(compiler, kept);
  return held;
}

void add_root(Compiler& compiler, const planner::Service& service, const Held& held) {
  const bool freezes = service.root_mode == RootMode::read_only;
  if (freezes && !has_rootfs(service)) compiler.add(Code::freeze_root, 0, "root_mode read_only", {});
  compiler.add(Code::scratch, 0, "mount /run", {"/run", {}, {}});
  if (has_rootfs(service))
    compiler.add(Code::enter_root, freezes ? init::read_only : 0U, "rootfs " + service.rootfs, {}).slot = held.rootfs;
  if (service.root_mode == RootMode::private_overlay) compiler.add(Code::privatize, 0, "root_mode private", {});
}

void add_directory(Compiler& compiler, std::uint32_t flags, const std::string& target, const std::string& name,
                   std::uint32_t mode) {
  compiler.add(Code::private_dir, flags, "mount " + target, {target, name, {}}).mode = mode;
}

/// The machine's, unless it is simply still there, or one of its own. What POSIX calls shared memory, semaphores and
/// message queues (shm_overview(7), sem_overview(7), mq_overview(7)) is the service's own in either.
void add_dev(Compiler& compiler, const planner::Service& service, const Held& held) {
  if (!shares_dev(service)) {
    compiler.add(Code::minimal_dev, 0, "mount /dev", {"/dev", {}, {}}).slot = held.dev;
    return;
  }
  if (has_rootfs(service) || service.root_mode == RootMode::read_only)
    compiler.add(Code::attach, init::make_target, "mount /dev", {"/dev", {}, {}}).slot = held.dev;
  add_directory(compiler, init::optional, "/dev/shm", "shm", 01777);
  compiler.add(Code::mount_new, init::optional, "mount /dev/mqueue", {"mqueue", "/dev/mqueue", {}});
}

}  // namespace

std::string compile_launch(const planner::Service& service, std::vector<EtcFile> etc,
                           const std::vector<std::string>& kept) {
  std::erase_if(etc, [&](const EtcFile& file) { return brings(service, file.target); });
  Compiler compiler;
  compiler.add(Code::set_hostname, 0, "hostname " + service.hostname, {service.hostname, {}, {}});
  const Held held = hold_all(compiler, service, etc, kept);
  add_root(compiler, service, held);
  compiler.add(Code::mount_new, init::make_target, "mount /proc", {"proc", "/proc", {}});
  add_sys(compiler, kept, held.below_sys);
  add_dev(compiler, service, held);
  add_directory(compiler, init::make_target, "/run", "run", 0755);
  for (std::size_t i = 0; i < service.mounts.size(); ++i) add_mount(compiler, service.mounts[i], held.mounts[i]);
  lay_etc(compiler, service, etc, held.etc);
  for (const planner::File& file : service.files)
    compiler.add(Code::write_file, init::has_mode, "file " + file.target, {file.target, file.content, file.owner})
        .mode = file.mode;
  return compiler.finish();
}

std::string compile_visit(const std::vector<EtcFile>& etc, const std::vector<std::string>& kept) {
  Compiler compiler;
  add_sys(compiler, kept, grab_all(compiler, kept));
  for (const EtcFile& file : etc) add_optional_bind(compiler, file.source, file.target);
  return compiler.finish();
}

std::vector<std::string> mounts_below_sys() {
  init::Setup setup;
  std::vector<std::string> points;
  const char* point = init::mounts_below(setup, "/sys");
  for (; point != nullptr && *point != '\0'; point += points.back().size() + 1) points.emplace_back(point);
  return points;
}

}  // namespace nsbuild::engine
