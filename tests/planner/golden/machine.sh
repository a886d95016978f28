#!/bin/sh
set -e
state=${NSBUILD_SCRIPT_DIR:-/run/nsbuild-script}/machine
mkdir -p "$state"/hosts
lab=machine
titled() {
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
now() { date +%s%3N; }
isolate='
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

isolate="$isolate"'
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

isolate="$isolate"'
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

isolate="$isolate"'
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

init() {
  {
    state=$state isolate=$isolate nsenter --net="/run/netns/$lab.$1" unshare --mount --uts --ipc --pid --fork \
      --kill-child --mount-proc --propagation private setsid sh -s init "$lab/$2" <&4 2>"$state/log/$2" &
  } 4<&0 | read -r made || { cat "$state/log/$2" >&2 && return 1; }
}
enter() {
  exec env --default-signal=INT,QUIT nsenter --target "$(init_of "$1")" --net --mount --uts --ipc --pid -- \
    setsid sh -s run "$lab/$2"
}
mkdir -p "$state"/stage
mkdir -p "$state"/log
ready() {
  service=$1 deadline=$(($(now) + $2)) words=$3
  shift 3
  while :; do
    pid=$(command_of "$service" | head -n 1)
    if [ -n "$pid" ] && "$@"; then return 0; fi
    if [ "$(now)" -ge "$deadline" ]; then
      echo "service $service: not ready: $words" >&2
      return 1
    fi
    sleep 0.05
  done
}
listens() {
  protocol=$1
  shift
  nsenter --target "$pid" --net ss -Hln"$protocol" | awk '{print $4}' | grep -q "$@"
}
has_socket() { [ -S "/proc/$pid/root$1" ]; }
has_file() { [ -e "/proc/$pid/root$1" ]; }
has_line() { grep -qP -- "$2" "$1"; }
succeeds() {
  xargs -0 -a "/proc/$pid/environ" sh -c 'words=$1 pid=$2
    shift 2
    while [ "$words" -gt 0 ]; do
      set -- "$@" "$1"
      shift
      words=$((words - 1))
    done
    exec nsenter --target "$pid" --mount --uts --ipc --net --pid -- setpriv --reuid="$(stat -c %u "/proc/$pid")" \
      --regid="$(stat -c %g "/proc/$pid")" --clear-groups env -i "$@"' sh "$#" "$pid" "$@" </dev/null >/dev/null 2>&1
}
ip netns add machine.client
ip netns exec machine.client sh -c 'printf "%s\n" "$1" >"$2"' sh 0 /proc/sys/net/ipv6/conf/default/accept_dad
ip netns exec machine.client sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/lo/promote_secondaries
ip -n machine.client link set dev lo up
ip netns add machine.machine
ip netns exec machine.machine sh -c 'printf "%s\n" "$1" >"$2"' sh 0 /proc/sys/net/ipv6/conf/default/accept_dad
ip netns exec machine.machine sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/lo/promote_secondaries
ip -n machine.machine link set dev lo up
ip -n machine.client link add name eth0 numtxqueues 1 numrxqueues 1 address 02:41:3c:97:c7:f3 type veth peer name eth0 numtxqueues 1 numrxqueues 1 address 02:ed:84:f8:f9:e2 netns machine.machine
ip netns exec machine.client sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/eth0/promote_secondaries
ip -n machine.client link set dev eth0 up
ip netns exec machine.machine sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/eth0/promote_secondaries
ip -n machine.machine link set dev eth0 up
ip -n machine.client address add 10.0.0.1/30 dev eth0
ip -n machine.client address add fd00::1/64 dev eth0 nodad
ip -n machine.machine address add 10.0.0.2/30 dev eth0
ip -n machine.machine address add fd00::2/64 dev eth0 nodad
printf %s '127.0.0.1	localhost
::1	localhost ip6-localhost ip6-loopback
10.0.0.1	client client.machine
fd00::1	client client.machine
10.0.0.2	machine machine.machine web web.machine
fd00::2	machine machine.machine web web.machine
' >"$state"/hosts/machine
init machine web <<'END'
eval "$isolate"
begin web
hold hosts "$state"/hosts/machine
hold dev /dev
hold tree /usr
enter_root tree private minimal
hide
throw_away
minimal_dev
finish
printf %s 'Hello from web, a Debian of its own.
' >file0
file file0 /var/www/html/index.html 0644 ''
leave
END
enter web web >"$state"/log/web 2>&1 <<'END' &
home=/root user=root group=0 groups=--init-groups
cd -- /
exec setpriv --reuid="$user" --regid="$group" "$groups" -- env -i HOME="$home" USER="$user" LANG=C.UTF-8 NSBUILD_LAB=machine NSBUILD_SERVICE=web PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin nginx -g 'daemon off;' </dev/null
END
ready web 30000 'tcp 80' listens t -e ':80$'
