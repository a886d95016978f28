#include "engine/service/launch.hpp"

#include "engine/init/setup.hpp"
#include "engine/init/wire.hpp"

#include <algorithm>
#include <cstring>
#include <filesystem>

namespace nsbuild::engine {
namespace {

using init::Code;
using init::Operation;

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

std::string words_of(const planner::Mount& mount) {
  return mount.type == specs::MountType::tmpfs ? "mount tmpfs on " + mount.target
                                               : "mount " + mount.source + " on " + mount.target;
}

/// Bind sources are the machine's: they are held before anything of it is covered. Which slot has which is the order.
std::vector<std::uint32_t> grab_sources(Compiler& compiler, const planner::Service& service) {
  std::vector<std::uint32_t> slots;
  for (const planner::Mount& mount : service.mounts) {
    slots.push_back(compiler.slot());
    if (mount.type == specs::MountType::bind)
      compiler.add(Code::grab, 0, words_of(mount), {mount.source, {}, {}}).slot = slots.back();
  }
  return slots;
}

/// A new sysfs hides what is mounted below the machine's, so that is put back.
void add_sys(Compiler& compiler, const std::vector<std::string>& kept) {
  std::vector<std::uint32_t> slots;
  for (const std::string& point : kept) {
    slots.push_back(compiler.slot());
    compiler.add(Code::grab, init::optional, "mount " + point, {point, {}, {}}).slot = slots.back();
  }
  compiler.add(Code::mount_new, 0, "mount /sys", {"sysfs", "/sys", {}});
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

void add_mount(Compiler& compiler, const planner::Mount& mount, std::uint32_t slot) {
  const std::uint32_t flags =
      (mount.read_only ? init::read_only : 0U) | (mount.mode ? init::has_mode : 0U) | init::make_target;
  const bool is_bind = mount.type == specs::MountType::bind;
  Operation& operation = compiler.add(is_bind ? Code::attach : Code::tmpfs, flags, words_of(mount),
                                      {mount.target, mount.size, mount.owner});
  operation.slot = slot;
  operation.mode = mount.mode.value_or(0);
}

bool brings_hosts(const planner::Service& service) {
  const auto is_hosts = [](const auto& item) { return item.target == "/etc/hosts"; };
  return std::any_of(service.mounts.begin(), service.mounts.end(), is_hosts) ||
         std::any_of(service.files.begin(), service.files.end(), is_hosts);
}

}  // namespace

std::string compile_launch(const planner::Service& service, const std::string& hosts,
                           const std::vector<std::string>& kept) {
  Compiler compiler;
  compiler.add(Code::set_hostname, 0, "hostname " + service.hostname, {service.hostname, {}, {}});
  const std::vector<std::uint32_t> slots = grab_sources(compiler, service);
  const std::uint32_t hosts_slot = compiler.slot();
  const bool own_hosts = brings_hosts(service);
  const std::string hosts_words = "mount " + hosts + " on /etc/hosts";
  if (!own_hosts) compiler.add(Code::grab, 0, hosts_words, {hosts, {}, {}}).slot = hosts_slot;
  compiler.add(Code::mount_new, 0, "mount /proc", {"proc", "/proc", {}});
  add_sys(compiler, kept);
  compiler.add(Code::mount_new, init::optional, "mount /dev/mqueue", {"mqueue", "/dev/mqueue", {}});
  compiler.add(Code::private_run, 0, "mount /run", {"/run", {}, {}});
  for (std::size_t i = 0; i < service.mounts.size(); ++i) add_mount(compiler, service.mounts[i], slots[i]);
  if (!own_hosts) compiler.add(Code::attach, init::make_target, hosts_words, {"/etc/hosts", {}, {}}).slot = hosts_slot;
  for (const planner::File& file : service.files)
    compiler.add(Code::write_file, init::has_mode, "file " + file.target, {file.target, file.content, file.owner})
        .mode = file.mode;
  return compiler.finish();
}

std::string compile_visit(const std::string& hosts, const std::string& etc, const std::vector<std::string>& kept) {
  Compiler compiler;
  add_sys(compiler, kept);
  add_optional_bind(compiler, hosts, "/etc/hosts");
  std::error_code missing;
  for (const auto& entry : std::filesystem::directory_iterator(etc, missing))
    add_optional_bind(compiler, entry.path(), "/etc/" + entry.path().filename().string());
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
