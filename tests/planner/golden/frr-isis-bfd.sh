#!/bin/sh
set -e
state=${NSBUILD_SCRIPT_DIR:-/run/nsbuild-script}/frr-isis-bfd
mkdir -p "$state"/hosts
lab=frr-isis-bfd
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
ip netns add frr-isis-bfd.@switch
ip netns exec frr-isis-bfd.@switch sh -c 'printf "%s\n" "$1" >"$2"' sh 0 /proc/sys/net/ipv6/conf/default/accept_dad
ip netns exec frr-isis-bfd.@switch sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/lo/promote_secondaries
ip -n frr-isis-bfd.@switch link set dev lo up
ip netns add frr-isis-bfd.r1
ip netns exec frr-isis-bfd.r1 sh -c 'printf "%s\n" "$1" >"$2"' sh 0 /proc/sys/net/ipv6/conf/default/accept_dad
ip netns exec frr-isis-bfd.r1 sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/lo/promote_secondaries
ip -n frr-isis-bfd.r1 link set dev lo up
ip netns add frr-isis-bfd.r2
ip netns exec frr-isis-bfd.r2 sh -c 'printf "%s\n" "$1" >"$2"' sh 0 /proc/sys/net/ipv6/conf/default/accept_dad
ip netns exec frr-isis-bfd.r2 sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/lo/promote_secondaries
ip -n frr-isis-bfd.r2 link set dev lo up
ip netns add frr-isis-bfd.r3
ip netns exec frr-isis-bfd.r3 sh -c 'printf "%s\n" "$1" >"$2"' sh 0 /proc/sys/net/ipv6/conf/default/accept_dad
ip netns exec frr-isis-bfd.r3 sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/lo/promote_secondaries
ip -n frr-isis-bfd.r3 link set dev lo up
ip netns exec frr-isis-bfd.r1 sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/ip_forward
ip netns exec frr-isis-bfd.r1 sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv6/conf/all/forwarding
ip netns exec frr-isis-bfd.r2 sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/ip_forward
ip netns exec frr-isis-bfd.r2 sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv6/conf/all/forwarding
ip netns exec frr-isis-bfd.r3 sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/ip_forward
ip netns exec frr-isis-bfd.r3 sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv6/conf/all/forwarding
ip -n frr-isis-bfd.@switch link add name exchange address 02:48:b8:85:ac:cc type bridge
ip -n frr-isis-bfd.@switch link set dev exchange up
ip -n frr-isis-bfd.@switch link add name r1.eth0 numtxqueues 1 numrxqueues 1 address 02:2b:a1:87:b3:31 type veth peer name eth0 numtxqueues 1 numrxqueues 1 address 02:fe:6e:37:49:cb netns frr-isis-bfd.r1
ip netns exec frr-isis-bfd.@switch sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/r1.eth0/promote_secondaries
ip -n frr-isis-bfd.@switch link set dev r1.eth0 master exchange
ip -n frr-isis-bfd.@switch link set dev r1.eth0 up
ip netns exec frr-isis-bfd.r1 sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/eth0/promote_secondaries
ip -n frr-isis-bfd.r1 link set dev eth0 up
ip -n frr-isis-bfd.@switch link add name r2.eth0 numtxqueues 1 numrxqueues 1 address 02:bd:d9:e3:91:45 type veth peer name eth0 numtxqueues 1 numrxqueues 1 address 02:b2:92:dc:4b:b6 netns frr-isis-bfd.r2
ip netns exec frr-isis-bfd.@switch sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/r2.eth0/promote_secondaries
ip -n frr-isis-bfd.@switch link set dev r2.eth0 master exchange
ip -n frr-isis-bfd.@switch link set dev r2.eth0 up
ip netns exec frr-isis-bfd.r2 sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/eth0/promote_secondaries
ip -n frr-isis-bfd.r2 link set dev eth0 up
ip -n frr-isis-bfd.r1 link add name eth1 numtxqueues 1 numrxqueues 1 address 02:07:05:aa:5d:20 type veth peer name eth1 numtxqueues 1 numrxqueues 1 address 02:0e:15:00:ee:ed netns frr-isis-bfd.r3
ip netns exec frr-isis-bfd.r1 sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/eth1/promote_secondaries
ip -n frr-isis-bfd.r1 link set dev eth1 up
ip netns exec frr-isis-bfd.r3 sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/eth1/promote_secondaries
ip -n frr-isis-bfd.r3 link set dev eth1 up
ip -n frr-isis-bfd.r2 link add name eth1 numtxqueues 1 numrxqueues 1 address 02:10:36:56:02:8a type veth peer name eth0 numtxqueues 1 numrxqueues 1 address 02:63:69:33:0b:1b netns frr-isis-bfd.r3
ip netns exec frr-isis-bfd.r2 sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/eth1/promote_secondaries
ip -n frr-isis-bfd.r2 link set dev eth1 up
ip netns exec frr-isis-bfd.r3 sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/eth0/promote_secondaries
ip -n frr-isis-bfd.r3 link set dev eth0 up
ip -n frr-isis-bfd.r1 address add 10.0.12.1/24 dev eth0
ip -n frr-isis-bfd.r1 address add 10.0.31.2/30 dev eth1
ip -n frr-isis-bfd.r1 address add 10.255.0.1/32 dev lo
ip -n frr-isis-bfd.r2 address add 10.0.12.2/24 dev eth0
ip -n frr-isis-bfd.r2 address add 10.0.23.1/30 dev eth1
ip -n frr-isis-bfd.r2 address add 10.255.0.2/32 dev lo
ip -n frr-isis-bfd.r3 address add 10.0.23.2/30 dev eth0
ip -n frr-isis-bfd.r3 address add 10.0.31.1/30 dev eth1
ip -n frr-isis-bfd.r3 address add 10.255.0.3/32 dev lo
printf %s '127.0.0.1	localhost
::1	localhost ip6-localhost ip6-loopback
10.0.12.1	r1 r1.frr-isis-bfd r1-zebra r1-zebra.frr-isis-bfd r1-isisd r1-isisd.frr-isis-bfd r1-bfdd r1-bfdd.frr-isis-bfd
10.0.12.2	r2 r2.frr-isis-bfd r2-zebra r2-zebra.frr-isis-bfd r2-isisd r2-isisd.frr-isis-bfd r2-bfdd r2-bfdd.frr-isis-bfd
10.0.31.1	r3 r3.frr-isis-bfd r3-zebra r3-zebra.frr-isis-bfd r3-isisd r3-isisd.frr-isis-bfd r3-bfdd r3-bfdd.frr-isis-bfd
' >"$state"/hosts/r1
printf %s '127.0.0.1	localhost
::1	localhost ip6-localhost ip6-loopback
10.0.12.1	r1 r1.frr-isis-bfd r1-zebra r1-zebra.frr-isis-bfd r1-isisd r1-isisd.frr-isis-bfd r1-bfdd r1-bfdd.frr-isis-bfd
10.0.12.2	r2 r2.frr-isis-bfd r2-zebra r2-zebra.frr-isis-bfd r2-isisd r2-isisd.frr-isis-bfd r2-bfdd r2-bfdd.frr-isis-bfd
10.0.23.2	r3 r3.frr-isis-bfd r3-zebra r3-zebra.frr-isis-bfd r3-isisd r3-isisd.frr-isis-bfd r3-bfdd r3-bfdd.frr-isis-bfd
' >"$state"/hosts/r2
printf %s '127.0.0.1	localhost
::1	localhost ip6-localhost ip6-loopback
10.0.31.2	r1 r1.frr-isis-bfd r1-zebra r1-zebra.frr-isis-bfd r1-isisd r1-isisd.frr-isis-bfd r1-bfdd r1-bfdd.frr-isis-bfd
10.0.23.1	r2 r2.frr-isis-bfd r2-zebra r2-zebra.frr-isis-bfd r2-isisd r2-isisd.frr-isis-bfd r2-bfdd r2-bfdd.frr-isis-bfd
10.0.23.2	r3 r3.frr-isis-bfd r3-zebra r3-zebra.frr-isis-bfd r3-isisd r3-isisd.frr-isis-bfd r3-bfdd r3-bfdd.frr-isis-bfd
' >"$state"/hosts/r3
init r1 r1-zebra <<'END'
eval "$isolate"
begin r1
hold hosts "$state"/hosts/r1
hide
private_ipc
temporary /run/frr '' frr:frr rw
temporary /var/tmp ,mode=01777 '' rw
finish
printf %s '
' >file0
file file0 /etc/frr/zebra.conf 0644 ''
printf %s 'no service integrated-vtysh-config
' >file1
file file1 /etc/frr/vtysh.conf 0644 ''
printf %s 'router isis lab
 lsp-gen-interval 1
 net 49.0001.0000.0000.0001.00
 is-type level-2-only
interface lo
 ip router isis lab
 isis passive
interface eth0
 ip router isis lab
 isis network point-to-point
 isis bfd
 isis bfd profile fast
interface eth1
 ip router isis lab
 isis network point-to-point
 isis bfd
 isis bfd profile fast

' >file2
file file2 /etc/frr/isisd.conf 0644 ''
printf %s 'bfd
 profile fast
  receive-interval 200
  transmit-interval 200
  detect-multiplier 4

' >file3
file file3 /etc/frr/bfdd.conf 0644 ''
leave
END
enter r1-zebra r1-zebra >"$state"/log/r1-zebra 2>&1 <<'END' &
home=/root user=root group=0 groups=--init-groups
cd -- /
exec setpriv --reuid="$user" --regid="$group" "$groups" -- env -i HOME="$home" USER="$user" LANG=C.UTF-8 NSBUILD_LAB=frr-isis-bfd NSBUILD_SERVICE=r1-zebra PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin /usr/lib/frr/zebra --log stdout -f /etc/frr/zebra.conf </dev/null
END
init r2 r2-zebra <<'END'
eval "$isolate"
begin r2
hold hosts "$state"/hosts/r2
hide
private_ipc
temporary /run/frr '' frr:frr rw
temporary /var/tmp ,mode=01777 '' rw
finish
printf %s '
' >file0
file file0 /etc/frr/zebra.conf 0644 ''
printf %s 'no service integrated-vtysh-config
' >file1
file file1 /etc/frr/vtysh.conf 0644 ''
printf %s 'router isis lab
 lsp-gen-interval 1
 net 49.0001.0000.0000.0002.00
 is-type level-2-only
interface lo
 ip router isis lab
 isis passive
interface eth0
 ip router isis lab
 isis network point-to-point
 isis bfd
 isis bfd profile fast
interface eth1
 ip router isis lab
 isis network point-to-point
 isis bfd
 isis bfd profile fast

' >file2
file file2 /etc/frr/isisd.conf 0644 ''
printf %s 'bfd
 profile fast
  receive-interval 200
  transmit-interval 200
  detect-multiplier 4

' >file3
file file3 /etc/frr/bfdd.conf 0644 ''
leave
END
enter r2-zebra r2-zebra >"$state"/log/r2-zebra 2>&1 <<'END' &
home=/root user=root group=0 groups=--init-groups
cd -- /
exec setpriv --reuid="$user" --regid="$group" "$groups" -- env -i HOME="$home" USER="$user" LANG=C.UTF-8 NSBUILD_LAB=frr-isis-bfd NSBUILD_SERVICE=r2-zebra PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin /usr/lib/frr/zebra --log stdout -f /etc/frr/zebra.conf </dev/null
END
init r3 r3-zebra <<'END'
eval "$isolate"
begin r3
hold hosts "$state"/hosts/r3
hide
private_ipc
temporary /run/frr '' frr:frr rw
temporary /var/tmp ,mode=01777 '' rw
finish
printf %s '
' >file0
file file0 /etc/frr/zebra.conf 0644 ''
printf %s 'no service integrated-vtysh-config
' >file1
file file1 /etc/frr/vtysh.conf 0644 ''
printf %s 'router isis lab
 lsp-gen-interval 1
 net 49.0001.0000.0000.0003.00
 is-type level-2-only
interface lo
 ip router isis lab
 isis passive
interface eth0
 ip router isis lab
 isis network point-to-point
 isis bfd
 isis bfd profile fast
interface eth1
 ip router isis lab
 isis network point-to-point
 isis bfd
 isis bfd profile fast

' >file2
file file2 /etc/frr/isisd.conf 0644 ''
printf %s 'bfd
 profile fast
  receive-interval 200
  transmit-interval 200
  detect-multiplier 4

' >file3
file file3 /etc/frr/bfdd.conf 0644 ''
leave
END
enter r3-zebra r3-zebra >"$state"/log/r3-zebra 2>&1 <<'END' &
home=/root user=root group=0 groups=--init-groups
cd -- /
exec setpriv --reuid="$user" --regid="$group" "$groups" -- env -i HOME="$home" USER="$user" LANG=C.UTF-8 NSBUILD_LAB=frr-isis-bfd NSBUILD_SERVICE=r3-zebra PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin /usr/lib/frr/zebra --log stdout -f /etc/frr/zebra.conf </dev/null
END
ready r1-zebra 30000 'unix /run/frr/zserv.api' has_socket /run/frr/zserv.api
ready r2-zebra 30000 'unix /run/frr/zserv.api' has_socket /run/frr/zserv.api
ready r3-zebra 30000 'unix /run/frr/zserv.api' has_socket /run/frr/zserv.api
enter r1-zebra r1-bfdd >"$state"/log/r1-bfdd 2>&1 <<'END' &
home=/root user=root group=0 groups=--init-groups
cd -- /
exec setpriv --reuid="$user" --regid="$group" "$groups" -- env -i HOME="$home" USER="$user" LANG=C.UTF-8 NSBUILD_LAB=frr-isis-bfd NSBUILD_SERVICE=r1-bfdd PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin /usr/lib/frr/bfdd --log stdout -f /etc/frr/bfdd.conf </dev/null
END
enter r1-zebra r1-isisd >"$state"/log/r1-isisd 2>&1 <<'END' &
home=/root user=root group=0 groups=--init-groups
cd -- /
exec setpriv --reuid="$user" --regid="$group" "$groups" -- env -i HOME="$home" USER="$user" LANG=C.UTF-8 NSBUILD_LAB=frr-isis-bfd NSBUILD_SERVICE=r1-isisd PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin /usr/lib/frr/isisd --log stdout -f /etc/frr/isisd.conf </dev/null
END
enter r2-zebra r2-bfdd >"$state"/log/r2-bfdd 2>&1 <<'END' &
home=/root user=root group=0 groups=--init-groups
cd -- /
exec setpriv --reuid="$user" --regid="$group" "$groups" -- env -i HOME="$home" USER="$user" LANG=C.UTF-8 NSBUILD_LAB=frr-isis-bfd NSBUILD_SERVICE=r2-bfdd PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin /usr/lib/frr/bfdd --log stdout -f /etc/frr/bfdd.conf </dev/null
END
enter r2-zebra r2-isisd >"$state"/log/r2-isisd 2>&1 <<'END' &
home=/root user=root group=0 groups=--init-groups
cd -- /
exec setpriv --reuid="$user" --regid="$group" "$groups" -- env -i HOME="$home" USER="$user" LANG=C.UTF-8 NSBUILD_LAB=frr-isis-bfd NSBUILD_SERVICE=r2-isisd PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin /usr/lib/frr/isisd --log stdout -f /etc/frr/isisd.conf </dev/null
END
enter r3-zebra r3-bfdd >"$state"/log/r3-bfdd 2>&1 <<'END' &
home=/root user=root group=0 groups=--init-groups
cd -- /
exec setpriv --reuid="$user" --regid="$group" "$groups" -- env -i HOME="$home" USER="$user" LANG=C.UTF-8 NSBUILD_LAB=frr-isis-bfd NSBUILD_SERVICE=r3-bfdd PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin /usr/lib/frr/bfdd --log stdout -f /etc/frr/bfdd.conf </dev/null
END
enter r3-zebra r3-isisd >"$state"/log/r3-isisd 2>&1 <<'END' &
home=/root user=root group=0 groups=--init-groups
cd -- /
exec setpriv --reuid="$user" --regid="$group" "$groups" -- env -i HOME="$home" USER="$user" LANG=C.UTF-8 NSBUILD_LAB=frr-isis-bfd NSBUILD_SERVICE=r3-isisd PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin /usr/lib/frr/isisd --log stdout -f /etc/frr/isisd.conf </dev/null
END
ready r1-bfdd 30000 'unix /run/frr/bfdd.vty' has_socket /run/frr/bfdd.vty
ready r1-isisd 30000 'unix /run/frr/isisd.vty' has_socket /run/frr/isisd.vty
ready r2-bfdd 30000 'unix /run/frr/bfdd.vty' has_socket /run/frr/bfdd.vty
ready r2-isisd 30000 'unix /run/frr/isisd.vty' has_socket /run/frr/isisd.vty
ready r3-bfdd 30000 'unix /run/frr/bfdd.vty' has_socket /run/frr/bfdd.vty
ready r3-isisd 30000 'unix /run/frr/isisd.vty' has_socket /run/frr/isisd.vty
