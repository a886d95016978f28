#!/bin/sh
set -e
state=${NSBUILD_SCRIPT_DIR:-/run/nsbuild-script}/host-web
mkdir -p "$state"/hosts
lab=host-web
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
ip netns add host-web.web
ip netns exec host-web.web sh -c 'printf "%s\n" "$1" >"$2"' sh 0 /proc/sys/net/ipv6/conf/default/accept_dad
ip netns exec host-web.web sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/lo/promote_secondaries
ip -n host-web.web link set dev lo up
ip link add name veth-web numtxqueues 1 numrxqueues 1 address 02:9e:fb:f8:1b:a2 type veth peer name eth0 numtxqueues 1 numrxqueues 1 address 02:2a:fb:b6:88:8f netns host-web.web
sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/veth-web/promote_secondaries
ip link set dev veth-web up
ip netns exec host-web.web sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/eth0/promote_secondaries
ip -n host-web.web link set dev eth0 up
ip address add 172.16.0.1/24 dev veth-web
ip -n host-web.web address add 172.16.0.2/24 dev eth0
ip -n host-web.web route add 0.0.0.0/0 via 172.16.0.1 dev eth0
printf %s '127.0.0.1	localhost
::1	localhost ip6-localhost ip6-loopback
172.16.0.2	web web.host-web
172.16.0.1	host host.host-web
' >"$state"/hosts/web
init web web <<'END'
eval "$isolate"
begin web
hold hosts "$state"/hosts/web
hide
private_ipc
finish
printf %s 'Hello from another namespace.
' >file0
file file0 /srv/www/index.html 0644 ''
leave
END
enter web web >"$state"/log/web 2>&1 <<'END' &
user=nobody
home=$(getent passwd "$user" | cut -d: -f6)
home=${home:-/}
group=$(id -g -- "$user" 2>/dev/null) || group=$user
if id -- "$user" >/dev/null 2>&1; then groups=--init-groups; else groups=--clear-groups; fi
cd -- /srv/www
exec setpriv --reuid="$user" --regid="$group" "$groups" -- env -i HOME="$home" USER="$user" LANG=C.UTF-8 NSBUILD_LAB=host-web NSBUILD_SERVICE=web PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin python3 -m http.server 8080 </dev/null
END
