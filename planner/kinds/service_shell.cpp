// A service as shell commands: what its init does inside new namespaces, in the words of util-linux.
#include "planner/kinds/service.hpp"
#include "planner/script.hpp"
#include "planner/words.hpp"

namespace nsbuild::planner {
namespace {

/// Run inside the service's mount namespace, in a scratch tmpfs that lies hidden below the private /run: names in it
/// stay relative (mount -c). `ours`: where things may be made, since they end with the service; `theirs`: what is bound
/// from outside. What a service binds is held before anything hides it.
constexpr const char* isolation = R"SH(isolate='
set -e
umask 022
nl="
"
ours="${nl}/run$nl" theirs="$nl" covers=0 last=// pivoted=
attach() { mount -c -n "$@"; }
is_ours() {
  at=$1
  while :; do
    case $ours in *"$nl$at$nl"*) return 0;; esac
    case $theirs in *"$nl$at$nl"*) return 1;; esac
    [ "$at" != / ] || return 1
    at=$(dirname -- "$at")
  done
}
new_root() {
  mkdir root upper work
  attach -t overlay overlay -o lowerdir=/,upperdir=upper,workdir=work root
  sort -k2,2 /proc/self/mounts | while read -r _ at _; do
    at=$(printf "%b" "$at")
    case $at in /|"$last"|"$last"/*) continue;; esac
    if [ -e "root$at" ]; then attach --rbind "$at" "root$at"; last=$at; fi
  done
  (cd -P root && pivot_root . .)
  ours="$ours/$nl" pivoted=yes
}
cover() {
  if [ "$1" = / ]; then new_root; return; fi
  covers=$((covers + 1))
  mkdir -p "cover$covers/upper" "cover$covers/work"
  attach -t overlay overlay -o "lowerdir=$1,upperdir=cover$covers/upper,workdir=cover$covers/work" "$1"
  ours="$ours$1$nl"
}
have() {
  [ ! -e "$1" ] || return 0
  parent=$1
  while [ ! -d "$parent" ]; do parent=$(dirname -- "$parent"); done
  is_ours "$parent" || cover "$parent"
  if [ "$2" = directory ]; then mkdir -p -- "$1"; else mkdir -p -- "$(dirname -- "$1")"; : >"$1"; fi
}
hold() {
  if [ -d "$2" ]; then mkdir "$1"; else : >"$1"; fi
  attach --rbind "$2" "$1"
}
bind() {
  target=$(readlink -m -- "$2")
  if [ -d "$1" ]; then have "$target" directory; else have "$target" file; fi
  attach --move "$1" "$target"
  [ "$3" != ro ] || attach -o remount,bind,ro "$target"
  theirs="$theirs$target$nl"
}
temporary() {
  target=$(readlink -m -- "$1")
  have "$target" directory
  attach -t tmpfs -o "nosuid,nodev$2" tmpfs "$target"
  [ -z "$3" ] || chown -- "$3" "$target"
  [ "$4" != ro ] || attach -o remount,bind,ro "$target"
  ours="$ours$target$nl"
}
file() {
  chmod "$3" "$1"
  [ -z "$4" ] || chown -- "$4" "$1"
  target=$(readlink -m -- "$2")
  if [ -e "$target" ]; then attach --bind "$1" "$target"; else have "$target" file; cp -p -- "$1" "$target"; fi
}
begin() {
  printf %s "$1" >/proc/sys/kernel/hostname
  umount -R -l /run/netns
  attach -t tmpfs -o nosuid,nodev,mode=0755 tmpfs "$stage"
  cd "$stage"
}
hide() {
  attach --move "$stage" /run
  cd -P /run
  mkdir run
  attach --bind run /run
}
finish() {
  attach --move hosts /etc/hosts
  [ -z "$pivoted" ] || (cd -P / && umount -l .)
}
'
)SH";

/// Ends a service however it was started: its processes say in their environment whose they are.
constexpr const char* ending = R"SH(stop_service() {
  for signal in TERM KILL; do
    tries=0
    while [ "$tries" -lt 100 ]; do
      found=
      for pid in $(ip netns pids "$1"); do
        if tr '\0' '\n' <"/proc/$pid/environ" 2>/dev/null | grep -qxF "NSBUILD_SERVICE=$2"; then found="$found $pid"; fi
      done
      [ -n "$found" ] || return 0
      [ "$tries" -gt 0 ] || kill -s "$signal" $found 2>/dev/null || :
      tries=$((tries + 1))
      sleep 0.1
    done
  done
})SH";

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

std::string mounts_and_files(const Service& service) {
  std::string text;
  for (std::size_t i = 0; const Mount& mount : service.mounts)
    if (const std::string held = "bind" + std::to_string(i++); mount.type == specs::MountType::bind)
      text += "hold " + held + " " + quoted(mount.source) + "\n";
  text += "hide\n";
  for (std::size_t i = 0; const Mount& mount : service.mounts) {
    const std::string held = "bind" + std::to_string(i++);
    if (mount.type == specs::MountType::bind) {
      text += "bind " + held + " " + quoted(mount.target) + (mount.read_only ? " ro" : " rw") + "\n";
      continue;
    }
    text += "temporary " + quoted(mount.target) + " " + quoted(tmpfs_options(mount)) + " " + quoted(mount.owner) +
            (mount.read_only ? " ro" : " rw") + "\n";
  }
  for (std::size_t i = 0; const File& file : service.files) {
    const std::string copy = "file" + std::to_string(i++);
    text += print_bytes(file.content) + " >" + copy + "\n";
    text += "file " + copy + " " + quoted(file.target) + " " + octal(file.mode) + " " + quoted(file.owner) + "\n";
  }
  return text;
}

/// setpriv(1)'s words for `user[:group]`, and the HOME and USER that follow from it.
std::string identity(const Service& service) {
  if (service.user.empty()) return "home=/root user=root\n";
  const std::size_t colon = service.user.find(':');
  const std::string user = quoted(service.user.substr(0, colon));
  std::string text = "user=" + user + "\n";
  text += "home=$(getent passwd \"$user\" | cut -d: -f6)\nhome=${home:-/}\n";
  if (colon == std::string::npos)
    text += "group=$(id -g -- \"$user\" 2>/dev/null) || group=$user\n";
  else
    text += "group=" + quoted(service.user.substr(colon + 1)) + "\n";
  return text + "if id -- \"$user\" >/dev/null 2>&1; then groups=--init-groups; else groups=--clear-groups; fi\n";
}

std::string run(const Service& service) {
  std::string text = identity(service) + "cd -- " + quoted(service.working_dir) + "\nexec ";
  if (!service.user.empty()) text += "setpriv --reuid=\"$user\" --regid=\"$group\" \"$groups\" -- ";
  // What the file says comes later and wins.
  text += "env -i HOME=\"$home\" USER=\"$user\"";
  for (const auto& [name, value] : service.environment) text += " " + quoted(name + "=" + value);
  return text + " " + words(service.command);
}

void start(Script& script, const Service& service) {
  script.define(isolation);
  const std::string hosts = script.file("hosts", service.place);
  const std::string log = script.file("log", service.name);
  const std::string inside = "\nbegin " + quoted(service.hostname) + "\nhold hosts \"$hosts\"\n" +
                             mounts_and_files(service) + "finish\n" + run(service);
  script.line("hosts=" + hosts + " stage=" + script.directory("stage") + " ip netns exec " +
              script.netns(service.place) +
              " unshare --mount --uts --ipc --pid --fork --kill-child --mount-proc --propagation private setsid sh -c "
              "\"$isolate\"" +
              quoted(inside) + " " + quoted(service.name) + " </dev/null >" + log + " 2>&1 &");
}

}  // namespace

void Service::shell(Script& script, const Service* before, const Service* after) {
  if (before != nullptr) {
    script.define(ending);
    script.line("stop_service " + script.netns(before->place) + " " + quoted(before->name));
  }
  if (after != nullptr) return start(script, *after);
  script.remove_file("log", before->name);
}

}  // namespace nsbuild::planner
