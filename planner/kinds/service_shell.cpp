// A service as shell commands, of the functions in service_functions.cpp.
#include "planner/diff.hpp"
#include "planner/kinds/hosts.hpp"
#include "planner/kinds/service.hpp"
#include "planner/kinds/service_functions.hpp"
#include "planner/script.hpp"
#include "planner/words.hpp"

#include <algorithm>

namespace nsbuild::planner {
namespace {

/// Bytes as an argument of printf(1): quoted text where that is safe, else octal escapes of a format.
std::string print_bytes(const std::string& bytes) {
  bool is_text = true;
  for (char c : bytes) is_text = is_text && (c == '\n' || c == '\t' || (c >= ' ' && c != '\x7f'));
  if (is_text) return "printf %s " + quoted(bytes);
  std::string format;
  for (char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    format += {'\\', static_cast<char>('0' + (byte >> 6U)), static_cast<char>('0' + ((byte >> 3U) & 7U)),
               static_cast<char>('0' + (byte & 7U))};
  }
  return "printf '" + format + "'";
}

std::string octal(std::uint32_t mode) {
  std::string digits;
  for (; mode != 0; mode >>= 3U) digits.insert(digits.begin(), static_cast<char>('0' + (mode & 7U)));
  return "0" + digits;
}

/// For the kernel what is not said has its default.
std::string tmpfs_options(const Mount& mount) {
  return (mount.mode ? ",mode=" + octal(*mount.mode) : "") + (mount.size.empty() ? "" : ",size=" + mount.size);
}

bool has_rootfs(const Service& service) { return !service.rootfs.empty() && service.rootfs != "/"; }

bool brings(const Service& service, const std::string& target) {
  const auto is_it = [&](const auto& item) { return item.target == target; };
  return std::any_of(service.mounts.begin(), service.mounts.end(), is_it) ||
         std::any_of(service.files.begin(), service.files.end(), is_it);
}

/// `/srv/data` as `/srv` and `data`.
std::pair<std::string, std::string> split(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return {slash == 0 ? "/" : path.substr(0, slash), path.substr(slash + 1)};
}

std::string work_name(const std::string& upper) { return "." + split(upper).second + ".nsbuild-work"; }

std::string work_path(const std::string& upper) {
  const std::string parent = split(upper).first;
  return (parent == "/" ? "" : parent) + "/" + work_name(upper);
}

std::string mode_of(const Mount& mount) { return mount.read_only ? "ro" : "rw"; }

/// An overlay's upper is held with its parent: it and its work directory must be on one mount.
std::string hold_overlay(const Mount& mount, const std::string& number) {
  std::string text;
  for (std::size_t i = 0; const std::string& lower : mount.lower)
    text += "hold lower" + number + "." + std::to_string(i++) + " " + quoted(lower) + "\n";
  if (mount.upper.empty()) return text;
  return text + "mkdir -p -- " + quoted(work_path(mount.upper)) + "\nhold upper" + number + " " +
         quoted(split(mount.upper).first) + "\n";
}

std::string hold_mounts(const Service& service) {
  std::string text;
  for (std::size_t i = 0; const Mount& mount : service.mounts) {
    const std::string number = std::to_string(i++);
    if (mount.type == specs::MountType::bind)
      text += "hold bind" + number + " " + quoted(mount.source) + (mount.recursive ? "" : " --bind") + "\n";
    if (mount.type == specs::MountType::overlay) text += hold_overlay(mount, number);
  }
  return text;
}

std::string stack(const Mount& mount, const std::string& number) {
  std::string lowers;
  for (std::size_t i = 0; i < mount.lower.size(); ++i)
    lowers += (i == 0 ? "lower" : ":lower") + number + "." + std::to_string(i);
  std::string upper;
  if (!mount.upper.empty())
    upper = "upperdir=upper" + number + "/" + split(mount.upper).second + ",workdir=upper" + number + "/" +
            work_name(mount.upper);
  return "stack " + quoted(mount.target) + " " + mode_of(mount) + " " + lowers + " " + quoted(upper) + "\n";
}

std::string apply_mount(const Mount& mount, const std::string& number) {
  switch (mount.type) {
    case specs::MountType::bind:
      return "bind bind" + number + " " + quoted(mount.target) + " " + mode_of(mount) + "\n";
    case specs::MountType::tmpfs:
      return "temporary " + quoted(mount.target) + " " + quoted(tmpfs_options(mount)) + " " + quoted(mount.owner) +
             " " + mode_of(mount) + "\n";
    case specs::MountType::overlay:
      return stack(mount, number);
    case specs::MountType::proc:
    case specs::MountType::devpts:
      break;
  }
  return "fresh " + words(mount.type) + " " + quoted(mount.target) + " " + mode_of(mount) + "\n";
}

/// Which root there is, with what of /dev in it, up to the private /run.
std::string enter_root(const Service& service) {
  const bool minimal = service.dev == specs::DevMode::minimal;
  std::string text;
  if (has_rootfs(service) || minimal) text += "hold dev /dev\n";
  if (has_rootfs(service))
    text += "hold tree " + quoted(service.rootfs) + "\nenter_root tree " + words(service.root_mode) + " " +
            words(service.dev) + "\n";
  else if (service.root_mode == specs::RootMode::read_only)
    text += "freeze\n";
  text += "hide\n";
  if (service.root_mode == specs::RootMode::private_overlay) text += "throw_away\n";
  return text + (minimal ? "minimal_dev\n" : "private_ipc\n");
}

std::string mounts_and_files(const Service& service) {
  std::string text = hold_mounts(service) + enter_root(service);
  for (std::size_t i = 0; const Mount& mount : service.mounts) text += apply_mount(mount, std::to_string(i++));
  text += "finish\n";
  for (std::size_t i = 0; const File& file : service.files) {
    const std::string copy = "file" + std::to_string(i++);
    text += print_bytes(file.content) + " >" + copy + "\n";
    text += "file " + copy + " " + quoted(file.target) + " " + octal(file.mode) + " " + quoted(file.owner) + "\n";
  }
  return text + "leave\n";
}

/// Else they are simply those of the user.
bool chooses_groups(const Service& service) {
  return !service.group.empty() || !service.groups.empty() || service.user.find(':') != std::string::npos;
}

/// The supplementary groups for setpriv(1).
std::string groups_of(const Service& service, const std::string& user) {
  if (!chooses_groups(service))
    return "if id -- " + user + " >/dev/null 2>&1; then groups=--init-groups; else groups=--clear-groups; fi\n";
  std::string text = "groups=--groups=$group$(memberships " + user + ")\n";
  for (const std::string& group : service.groups) text += "groups=$groups,$(gid_of " + quoted(group) + ")\n";
  return text;
}

/// setpriv(1)'s words for the user and its groups, and the HOME and USER that follow from it.
std::string identity(const Service& service) {
  const std::size_t colon = service.user.find(':');
  const std::string user = service.user.empty() ? "root" : quoted(service.user.substr(0, colon));
  const std::string group = !service.group.empty()       ? service.group
                            : colon == std::string::npos ? ""
                                                         : service.user.substr(colon + 1);
  if (user == "root" && group.empty() && service.groups.empty())
    return "home=/root user=root group=0 groups=--init-groups\n";
  std::string text = "user=" + user + "\nhome=$(getent passwd \"$user\" | cut -d: -f6)\nhome=${home:-/}\n";
  if (group.empty())
    text += "group=$(id -g -- \"$user\" 2>/dev/null) || group=$user\n";
  else
    text += "group=$(gid_of " + quoted(group) + ")\n";
  return text + groups_of(service, "\"$user\"");
}

/// prlimit(1) has setrlimit(2)'s names, too.
std::string limits(const Service& service) {
  std::string text;
  for (const Rlimit& limit : service.rlimits)
    text += " --" + limit.name + "=" + (limit.soft ? std::to_string(*limit.soft) : "unlimited") + ":" +
            (limit.hard ? std::to_string(*limit.hard) : "unlimited");
  return text.empty() ? "" : "prlimit" + text + " ";
}

std::string process(const Service& service) {
  std::string text = identity(service) + "cd -- " + quoted(service.working_dir) + "\n";
  if (service.umask != 022) text += "umask " + octal(service.umask) + "\n";
  if (service.nice) text += "renice -n " + std::to_string(*service.nice) + " -p $$ >/dev/null\n";
  text += "exec " + limits(service);
  text += "setpriv --reuid=\"$user\" --regid=\"$group\" \"$groups\" -- ";
  // What the file says comes later and wins.
  text += "env -i HOME=\"$home\" USER=\"$user\"";
  for (const auto& [name, value] : service.environment) text += " " + quoted(name + "=" + value);
  return text + " " + words(service.command) + " </dev/null";
}

bool has_type(const Service& service, specs::MountType type) {
  return std::any_of(service.mounts.begin(), service.mounts.end(),
                     [&](const Mount& mount) { return mount.type == type; });
}

void define_functions(Script& script, const Service& service) {
  const bool minimal = service.dev == specs::DevMode::minimal;
  script.define(isolation_functions);
  if (has_type(service, specs::MountType::overlay)) script.define(overlay_functions);
  if (minimal || has_type(service, specs::MountType::proc) || has_type(service, specs::MountType::devpts))
    script.define(terminal_functions);
  if (minimal) script.define(device_functions);
  if (has_rootfs(service) || service.root_mode != specs::RootMode::shared) script.define(root_functions);
  script.define(running_functions);
}

/// A text as a here-document, behind the command that reads it.
std::string document(const std::string& command, const std::string& text, const char* behind = "") {
  std::string end = "END";
  while (("\n" + text).find("\n" + end + "\n") != std::string::npos) end += "_";
  return command + " <<'" + end + "'" + behind + "\n" + text + end;
}

/// The init: what is mounted, before anything runs.
void make(Script& script, const Service& service) {
  const Hosts names{.place = service.place, .service = service.own_hosts ? service.name : ""};
  script.directory("stage");
  std::string inside = "begin " + quoted(service.hostname) + "\n";
  if (!brings(service, "/etc/hosts")) inside += "hold hosts " + script.file("hosts", names.file_name()) + "\n";
  if (service.own_resolver && !brings(service, "/etc/resolv.conf"))
    inside += "hold resolver " + script.file("resolv.conf", service.place) + "\n";
  script.line(document("init " + quoted(service.place) + " " + quoted(service.name),
                       "eval \"$isolate\"\n" + inside + mounts_and_files(service)));
}

/// The command, in the namespaces of an init. A oneshot is waited for; the script ends when it fails.
void run(Script& script, const Service& service) {
  const std::string& owner = service.join.empty() ? service.name : service.join;
  const std::string enter = "enter " + quoted(owner) + " " + quoted(service.name);
  const std::string log = " >" + script.file("log", service.name) + " 2>&1";
  const std::string inside = (chooses_groups(service) ? group_functions : "") + process(service) + "\n";
  script.line(document((service.oneshot ? "(" + enter + ")" : enter) + log, inside, service.oneshot ? "" : " &"));
}

/// Nothing that the process would notice: only what its supervisor does with it.
bool same_process(Service before, const Service& after) {
  before.restart = after.restart;
  before.restart_attempts = after.restart_attempts;
  before.stop_signal = after.stop_signal;
  before.stop_timeout = after.stop_timeout;
  return agrees(before, after);
}

void stop(Script& script, const Service& service) {
  script.define(ending_functions);
  script.line("stop " + quoted(service.name) + " " + std::to_string(service.stop_signal) + " " +
              std::to_string(service.stop_timeout));
}

/// Its init goes along, and with that whatever is in its namespaces.
void remove(Script& script, const Service& service) {
  stop(script, service);
  script.line("end " + quoted(service.name));
  for (const Mount& mount : service.mounts)
    if (!mount.upper.empty()) script.line("rm -rf -- " + quoted(work_path(mount.upper)));
  script.remove_file("log", service.name);
}

}  // namespace

void Service::shell(Script& script, const Service* before, const Service* after) {
  if (after != nullptr && before != nullptr && same_process(*before, *after)) return;
  script.define("lab=" + script.lab());
  script.define(finding_functions);
  if (after == nullptr) return remove(script, *before);
  define_functions(script, *after);
  if (before != nullptr)
    stop(script, *before);
  else if (after->join.empty())
    make(script, *after);
  run(script, *after);
}

}  // namespace nsbuild::planner
