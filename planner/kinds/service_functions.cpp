// The shell functions of a script that starts services: what a service's init does with system calls, in the words of
// util-linux.
#include "planner/kinds/service_functions.hpp"

namespace nsbuild::planner {

/// Run by the init inside the service's mount namespace, in a scratch tmpfs that lies hidden below the private /run:
/// names in it stay relative (mount -c). `ours`: where things may be made, since they end with the service; `theirs`:
/// what is bound from outside; `frozen`: overlays over what is read-only, which become so at the end. What a service
/// binds is held before anything hides it. A rootfs needs mount(8), coreutils and setpriv(1) of its own here.
const char* const isolation_functions = R"SH(isolate='
set -e
umask 022
nl="
"
ours="${nl}/run$nl" theirs="$nl" frozen= covers=0 pivoted= rooted=
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
below() {
  sort -T . -k2,2 /proc/self/mounts | while read -r _ at _; do
    at=$(printf "%b" "$at")
    case $at in "${1%/}"/?*) [ ! -e "$at" ] || printf "%s\n" "$at";; esac
  done
}
outermost() {
  last=//
  while read -r at; do
    case $at in "$last"|"$last"/*) continue;; esac
    printf "%s\n" "$at"
    last=$at
  done
}
layers() {
  mkdir -p "$1/upper" "$1/work"
  chmod --reference="$2" "$1/upper"
  chown --reference="$2" "$1/upper"
}
carry() {
  below "$1" | outermost | while read -r at; do attach --rbind "$at" "$2${at#"${1%/}"}"; done
}
new_root() {
  layers . "$1"
  [ -w "$1" ] || frozen="$frozen/$nl"
  mkdir root
  attach -t overlay overlay -o "lowerdir=$1,upperdir=upper,workdir=work" root
  if [ "$1" = / ]; then carry / root; else carry "$stage/$1" root; fi
  ours="$ours/$nl"
}
cover() {
  if [ "$1" = / ]; then
    new_root /
    (cd -P root && pivot_root . .)
    pivoted=yes
    return
  fi
  covers=$((covers + 1))
  layers "cover$covers" "$1"
  [ -w "$1" ] || frozen="$frozen$1$nl"
  mkdir "cover$covers/all"
  attach -t overlay overlay -o "lowerdir=$1,upperdir=cover$covers/upper,workdir=cover$covers/work" "cover$covers/all"
  carry "$1" "cover$covers/all"
  attach --move "cover$covers/all" "$1"
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
  attach "${3:---rbind}" "$2" "$1"
}
place() {
  target=$(readlink -m -- "$1")
  have "$target" "$2"
}
read_only() { [ "$1" != ro ] || attach -o remount,bind,ro "$target"; }
bind() {
  if [ -d "$1" ]; then place "$2" directory; else place "$2" file; fi
  attach --move "$1" "$target"
  read_only "$3"
  theirs="$theirs$target$nl"
}
temporary() {
  place "$1" directory
  attach -t tmpfs -o "nosuid,nodev$2" tmpfs "$target"
  [ -z "$3" ] || chown -- "$3" "$target"
  read_only "$4"
  ours="$ours$target$nl"
}
file() {
  chmod "$3" "$1"
  [ -z "$4" ] || chown -- "$4" "$1"
  target=$(readlink -m -- "$2")
  if [ -e "$target" ]; then attach --bind "$1" "$target"; else have "$target" file; cp -p -- "$1" "$target"; fi
}
begin() {
  stage=$state/stage
  printf %s "$1" >/proc/sys/kernel/hostname
  umount -R -l /run/netns
  attach -t tmpfs -o nosuid,nodev,mode=0755 tmpfs "$stage"
  cd "$stage"
  below /sys | outermost >kept
  while read -r at; do covers=$((covers + 1)); hold "sys$covers" "$at"; done <kept
  attach -t sysfs -o nosuid,nodev,noexec sysfs /sys
  covers=0
  while read -r at; do covers=$((covers + 1)); [ ! -d "$at" ] || attach --move "sys$covers" "$at"; done <kept
}
hide() {
  [ -n "$rooted" ] || attach --move "$stage" /run
  cd -P /run
  mkdir run
  attach --bind run /run
}
private_ipc() {
  if [ -d /dev/shm ]; then
    mkdir -m 1777 shm
    attach --bind shm /dev/shm
    ours="$ours/dev/shm$nl"
  fi
  [ ! -d /dev/mqueue ] || attach -t mqueue -o nosuid,nodev,noexec mqueue /dev/mqueue
}
finish() {
  [ ! -e hosts ] || bind hosts /etc/hosts ro
  [ ! -e resolver ] || bind resolver /etc/resolv.conf ro
}
leave() {
  printf %s "$frozen" | while read -r at; do attach -o remount,bind,ro "$at"; done
  [ -z "$pivoted" ] || (cd -P / && umount -c -n -i -l .)
  cd /
  tail -f /dev/null &
  while grep -qsx sh "/proc/$!/comm"; do :; done
  echo made
  exec </dev/null >/dev/null 2>&1
  while :; do
    wait
    tail -f /dev/null &
  done
}
'
)SH";

const char* const overlay_functions = R"SH(isolate="$isolate"'
stack() {
  place "$1" directory
  if [ -n "$4" ]; then
    attach -t overlay -o "lowerdir=$3,$4" overlay "$target"
    theirs="$theirs$target$nl"
  else
    covers=$((covers + 1))
    layers "cover$covers" "${3%%:*}"
    attach -t overlay -o "lowerdir=$3,upperdir=cover$covers/upper,workdir=cover$covers/work" overlay "$target"
    ours="$ours$target$nl"
  fi
  read_only "$2"
}
'
)SH";

const char* const terminal_functions = R"SH(isolate="$isolate"'
terminals() {
  group=$(getent group tty | cut -d: -f3)
  attach -t devpts -o "nosuid,noexec,ptmxmode=0666,mode=0620${group:+,gid=$group}" devpts "$1"
}
fresh() {
  place "$2" directory
  if [ "$1" = devpts ]; then terminals "$target"; else attach -t "$1" -o nosuid,nodev,noexec "$1" "$target"; fi
  read_only "$3"
  theirs="$theirs$target$nl"
}
'
)SH";

const char* const device_functions = R"SH(isolate="$isolate"'
minimal_dev() {
  have /dev directory
  attach -t tmpfs -o nosuid,noexec,mode=0755 tmpfs /dev
  mkdir /dev/net /dev/pts /dev/mqueue
  mkdir -m 1777 /dev/shm
  while read -r name major minor; do
    case $name in net/tun|fuse) [ -e "dev/$name" ] || continue;; esac
    mknod -m 0666 "/dev/$name" c "$major" "$minor"
  done <<END
null 1 3
zero 1 5
full 1 7
random 1 8
urandom 1 9
tty 5 0
net/tun 10 200
fuse 10 229
END
  ln -s /proc/self/fd /dev/fd
  ln -s /proc/self/fd/0 /dev/stdin
  ln -s /proc/self/fd/1 /dev/stdout
  ln -s /proc/self/fd/2 /dev/stderr
  ln -s pts/ptmx /dev/ptmx
  terminals /dev/pts
  attach -t mqueue -o nosuid,nodev,noexec mqueue /dev/mqueue
  ours="$ours/dev$nl"
}
'
)SH";

const char* const root_functions = R"SH(isolate="$isolate"'
freeze() {
  { echo "${1:-/}"; below "${1:-/}"; } | while read -r at; do
    case $at in /dev|/dev/*|/proc|/proc/*|/sys|/sys/*) continue;; "$stage"|"$stage"/*) [ -n "$1" ] || continue;; esac
    attach -o remount,bind,ro "$at"
  done
}
throw_away() {
  is_ours / || cover /
  below / >mounts
  while read -r at; do
    case $at in /dev|/dev/*|/proc|/proc/*|/run|/run/*|/sys|/sys/*) continue;; esac
    if [ ! -d "$at" ]; then
      attach -o remount,bind,ro "$at"
    elif [ -w "$at" ]; then
      cover "$at"
    fi
  done <mounts
  frozen=
}
enter_root() {
  hold proc /proc
  hold sys /sys
  top=$1 whole=yes
  for at in dev proc run sys; do [ -d "$1/$at" ] || whole=; done
  [ "$2" != read_only ] || freeze "$stage/$1"
  if [ "$2" = private ] || [ -z "$whole" ]; then
    new_root "$1"
    top=root
    mkdir -p root/dev root/proc root/run root/sys
  fi
  attach --move proc "$top/proc"
  attach --move sys "$top/sys"
  [ ! -d dev ] || [ "$3" = minimal ] || attach --move dev "$top/dev"
  (cd -P "$top" && pivot_root . .)
  attach --move . /run
  (cd -P / && umount -c -n -i -l .)
  rooted=yes
}
'
)SH";

const char* const group_functions =
    R"SH(gid_of() { case $1 in *[!0-9]*) getent group -- "$1" | cut -d: -f3;; *) printf "%s\n" "$1";; esac; }
memberships() {
  getent group | while IFS=: read -r _ _ gid list; do case ",$list," in *",$1,"*) printf ",%s" "$gid";; esac; done
}
)SH";

/// Known by what they were started as, which no process can take from its parent: a daemon may write over its own
/// arguments and environment. A process of that title in another lab's world is not in one of our namespaces. nsbuild's
/// init has the command and the inits of those that joined it as children. What it has just forked has its title yet,
/// and is younger.
const char* const finding_functions = R"SH(titled() {
  for pid in $(pgrep -fx "$2 $lab/$1 *"); do
    for pin in "/run/netns/$lab".*; do [ ! "/proc/$pid/ns/net" -ef "$pin" ] || echo "$pid"; done
  done
}
init_of() { titled "$1" "(sh -s init|nsbuild-init)" | sed 1q; }
command_of() {
  for parent in $(titled "$1" "(nsenter .* sh -s run|nsbuild-init)"); do
    ps -o pid=,stat=,args= --ppid "$parent" | awk '$2 !~ /^Z/ && $3 != "nsbuild-init" { print $1 }'
  done
}
now() { date +%s%3N; })SH";

/// The init reads on its standard input how to make what is in its namespaces, says so, and stays, as their PID 1.
const char* const running_functions = R"SH(init() {
  {
    state=$state isolate=$isolate nsenter --net="/run/netns/$lab.$1" unshare --mount --uts --ipc --pid --fork \
      --kill-child --mount-proc --propagation private setsid sh -s init "$lab/$2" <&4 2>"$state/log/$2" &
  } 4<&0 | read -r made || { cat "$state/log/$2" >&2 && return 1; }
}
enter() {
  exec env --default-signal=INT,QUIT nsenter --target "$(init_of "$1")" --net --mount --uts --ipc --pid -- \
    setsid sh -s run "$lab/$2"
})SH";

/// `stop` gives a command the time to end that it has, `end` takes its namespaces.
const char* const ending_functions = R"SH(stop() {
  for signal in "$2" KILL; do
    deadline=$(($(now) + $3))
    for pid in $(command_of "$1"); do
      kill -s "$signal" -- "-$pid" 2>/dev/null || kill -s "$signal" "$pid" 2>/dev/null || :
      while kill -s 0 "$pid" 2>/dev/null && [ "$(now)" -lt "$deadline" ]; do sleep 0.05; done
    done
  done
}
end() {
  init_of "$1" | xargs -r kill -s KILL
  while [ -n "$(init_of "$1")" ]; do sleep 0.05; done
})SH";

}  // namespace nsbuild::planner
