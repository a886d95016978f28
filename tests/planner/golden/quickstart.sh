#!/bin/sh
set -e
state=${NSBUILD_SCRIPT_DIR:-/run/nsbuild-script}/quickstart
mkdir -p "$state"/hosts
isolate='
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

mkdir -p "$state"/log
mkdir -p "$state"/stage
ip netns add quickstart.client
ip netns exec quickstart.client sh -c 'printf "%s\n" "$1" >"$2"' sh 0 /proc/sys/net/ipv6/conf/default/accept_dad
ip netns exec quickstart.client sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/lo/promote_secondaries
ip -n quickstart.client link set dev lo up
ip netns add quickstart.router
ip netns exec quickstart.router sh -c 'printf "%s\n" "$1" >"$2"' sh 0 /proc/sys/net/ipv6/conf/default/accept_dad
ip netns exec quickstart.router sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/lo/promote_secondaries
ip -n quickstart.router link set dev lo up
ip netns add quickstart.server
ip netns exec quickstart.server sh -c 'printf "%s\n" "$1" >"$2"' sh 0 /proc/sys/net/ipv6/conf/default/accept_dad
ip netns exec quickstart.server sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/lo/promote_secondaries
ip -n quickstart.server link set dev lo up
ip netns exec quickstart.router sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/ip_forward
ip netns exec quickstart.router sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv6/conf/all/forwarding
ip -n quickstart.client link add name eth0 numtxqueues 1 numrxqueues 1 address 02:41:3c:97:c7:f3 type veth peer name eth0 numtxqueues 1 numrxqueues 1 address 02:a4:87:7a:f4:e0 netns quickstart.router
ip netns exec quickstart.client sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/eth0/promote_secondaries
ip -n quickstart.client link set dev eth0 up
ip netns exec quickstart.router sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/eth0/promote_secondaries
ip -n quickstart.router link set dev eth0 up
ip -n quickstart.router link add name eth1 numtxqueues 1 numrxqueues 1 address 02:73:95:47:4c:2d type veth peer name eth0 numtxqueues 1 numrxqueues 1 address 02:8b:d0:fa:b9:1f netns quickstart.server
ip netns exec quickstart.router sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/eth1/promote_secondaries
ip -n quickstart.router link set dev eth1 up
ip netns exec quickstart.server sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/eth0/promote_secondaries
ip -n quickstart.server link set dev eth0 up
ip -n quickstart.client address add 10.0.1.2/24 dev eth0
ip -n quickstart.router address add 10.0.1.1/24 dev eth0
ip -n quickstart.router address add 10.0.2.1/24 dev eth1
ip -n quickstart.server address add 10.0.2.2/24 dev eth0
ip -n quickstart.client route add 0.0.0.0/0 via 10.0.1.1 dev eth0
ip -n quickstart.server route add 0.0.0.0/0 via 10.0.2.1 dev eth0
printf %s '127.0.0.1	localhost
::1	localhost ip6-localhost ip6-loopback
10.0.1.2	client client.quickstart
10.0.2.1	router router.quickstart
10.0.2.2	server server.quickstart web web.quickstart
' >"$state"/hosts/server
hosts="$state"/hosts/server stage="$state"/stage ip netns exec quickstart.server unshare --mount --uts --ipc --pid --fork --kill-child --mount-proc --propagation private setsid sh -c "$isolate"'
begin web
hold hosts "$hosts"
hide
printf %s '\''Hello from behind the router.
'\'' >file0
file file0 /srv/www/index.html 0644 '\'''\''
finish
home=/root user=root
cd -- /srv/www
exec env -i HOME="$home" USER="$user" LANG=C.UTF-8 NSBUILD_LAB=quickstart NSBUILD_SERVICE=web PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin python3 -m http.server 8080' web </dev/null >"$state"/log/web 2>&1 &
