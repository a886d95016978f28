#!/bin/sh
set -e
state=${NSBUILD_SCRIPT_DIR:-/run/nsbuild-script}/load-balancer
mkdir -p "$state"/hosts
lab=load-balancer
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
ip netns add load-balancer.@switch
ip netns exec load-balancer.@switch sh -c 'printf "%s\n" "$1" >"$2"' sh 0 /proc/sys/net/ipv6/conf/default/accept_dad
ip netns exec load-balancer.@switch sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/lo/promote_secondaries
ip -n load-balancer.@switch link set dev lo up
ip netns add load-balancer.client
ip netns exec load-balancer.client sh -c 'printf "%s\n" "$1" >"$2"' sh 0 /proc/sys/net/ipv6/conf/default/accept_dad
ip netns exec load-balancer.client sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/lo/promote_secondaries
ip -n load-balancer.client link set dev lo up
ip netns add load-balancer.lb
ip netns exec load-balancer.lb sh -c 'printf "%s\n" "$1" >"$2"' sh 0 /proc/sys/net/ipv6/conf/default/accept_dad
ip netns exec load-balancer.lb sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/lo/promote_secondaries
ip -n load-balancer.lb link set dev lo up
ip netns add load-balancer.web1
ip netns exec load-balancer.web1 sh -c 'printf "%s\n" "$1" >"$2"' sh 0 /proc/sys/net/ipv6/conf/default/accept_dad
ip netns exec load-balancer.web1 sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/lo/promote_secondaries
ip -n load-balancer.web1 link set dev lo up
ip netns add load-balancer.web2
ip netns exec load-balancer.web2 sh -c 'printf "%s\n" "$1" >"$2"' sh 0 /proc/sys/net/ipv6/conf/default/accept_dad
ip netns exec load-balancer.web2 sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/lo/promote_secondaries
ip -n load-balancer.web2 link set dev lo up
ip -n load-balancer.@switch link add name farm address 02:09:63:20:84:54 type bridge
ip -n load-balancer.@switch link set dev farm up
ip -n load-balancer.@switch link add name lb.eth1 numtxqueues 1 numrxqueues 1 address 02:db:2d:f9:e0:a6 type veth peer name eth1 numtxqueues 1 numrxqueues 1 address 02:b0:0a:72:f8:e6 netns load-balancer.lb
ip netns exec load-balancer.@switch sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/lb.eth1/promote_secondaries
ip -n load-balancer.@switch link set dev lb.eth1 master farm
ip -n load-balancer.@switch link set dev lb.eth1 up
ip netns exec load-balancer.lb sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/eth1/promote_secondaries
ip -n load-balancer.lb link set dev eth1 up
ip -n load-balancer.@switch link add name web1.eth0 numtxqueues 1 numrxqueues 1 address 02:8e:6e:45:3f:84 type veth peer name eth0 numtxqueues 1 numrxqueues 1 address 02:41:e3:8e:e2:5a netns load-balancer.web1
ip netns exec load-balancer.@switch sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/web1.eth0/promote_secondaries
ip -n load-balancer.@switch link set dev web1.eth0 master farm
ip -n load-balancer.@switch link set dev web1.eth0 up
ip netns exec load-balancer.web1 sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/eth0/promote_secondaries
ip -n load-balancer.web1 link set dev eth0 up
ip -n load-balancer.@switch link add name web2.eth0 numtxqueues 1 numrxqueues 1 address 02:b8:d6:1b:e4:eb type veth peer name eth0 numtxqueues 1 numrxqueues 1 address 02:e5:4c:4d:63:f9 netns load-balancer.web2
ip netns exec load-balancer.@switch sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/web2.eth0/promote_secondaries
ip -n load-balancer.@switch link set dev web2.eth0 master farm
ip -n load-balancer.@switch link set dev web2.eth0 up
ip netns exec load-balancer.web2 sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/eth0/promote_secondaries
ip -n load-balancer.web2 link set dev eth0 up
ip -n load-balancer.client link add name eth0 numtxqueues 1 numrxqueues 1 address 02:41:3c:97:c7:f3 type veth peer name eth0 numtxqueues 1 numrxqueues 1 address 02:a5:3d:ca:2f:6b netns load-balancer.lb
ip netns exec load-balancer.client sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/eth0/promote_secondaries
ip -n load-balancer.client link set dev eth0 up
ip netns exec load-balancer.lb sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/eth0/promote_secondaries
ip -n load-balancer.lb link set dev eth0 up
ip -n load-balancer.client address add 10.0.0.1/24 dev eth0
ip -n load-balancer.lb address add 10.0.0.2/24 dev eth0
ip -n load-balancer.lb address add 10.0.1.1/24 dev eth1
ip -n load-balancer.web1 address add 10.0.1.2/24 dev eth0
ip -n load-balancer.web2 address add 10.0.1.3/24 dev eth0
printf %s '127.0.0.1	localhost
::1	localhost ip6-localhost ip6-loopback
10.0.0.1	client client.load-balancer
10.0.0.2	lb lb.load-balancer lb-haproxy lb-haproxy.load-balancer
10.0.1.2	web1 web1.load-balancer web1-nginx web1-nginx.load-balancer
10.0.1.3	web2 web2.load-balancer web2-nginx web2-nginx.load-balancer
' >"$state"/hosts/lb
printf %s '127.0.0.1	localhost
::1	localhost ip6-localhost ip6-loopback
10.0.0.1	client client.load-balancer
10.0.1.1	lb lb.load-balancer lb-haproxy lb-haproxy.load-balancer
10.0.1.2	web1 web1.load-balancer web1-nginx web1-nginx.load-balancer
10.0.1.3	web2 web2.load-balancer web2-nginx web2-nginx.load-balancer
' >"$state"/hosts/web1
printf %s '127.0.0.1	localhost
::1	localhost ip6-localhost ip6-loopback
10.0.0.1	client client.load-balancer
10.0.1.1	lb lb.load-balancer lb-haproxy lb-haproxy.load-balancer
10.0.1.2	web1 web1.load-balancer web1-nginx web1-nginx.load-balancer
10.0.1.3	web2 web2.load-balancer web2-nginx web2-nginx.load-balancer
' >"$state"/hosts/web2
init web1 web1-nginx <<'END'
eval "$isolate"
begin web1-nginx
hold hosts "$state"/hosts/web1
hide
private_ipc
temporary /var/lib/nginx '' '' rw
finish
printf %s 'worker_processes 1;
events {}
http {
  access_log /dev/stdout;
  default_type text/plain;
  server { listen 80; return 200 "$hostname\n"; }

}
' >file0
file file0 /etc/nginx/nginx.conf 0644 ''
leave
END
enter web1-nginx web1-nginx >"$state"/log/web1-nginx 2>&1 <<'END' &
home=/root user=root group=0 groups=--init-groups
cd -- /
exec setpriv --reuid="$user" --regid="$group" "$groups" -- env -i HOME="$home" USER="$user" LANG=C.UTF-8 NSBUILD_LAB=load-balancer NSBUILD_SERVICE=web1-nginx PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin nginx -e stderr -g 'daemon off;' </dev/null
END
init web2 web2-nginx <<'END'
eval "$isolate"
begin web2-nginx
hold hosts "$state"/hosts/web2
hide
private_ipc
temporary /var/lib/nginx '' '' rw
finish
printf %s 'worker_processes 1;
events {}
http {
  access_log /dev/stdout;
  default_type text/plain;
  server { listen 80; return 200 "$hostname\n"; }

}
' >file0
file file0 /etc/nginx/nginx.conf 0644 ''
leave
END
enter web2-nginx web2-nginx >"$state"/log/web2-nginx 2>&1 <<'END' &
home=/root user=root group=0 groups=--init-groups
cd -- /
exec setpriv --reuid="$user" --regid="$group" "$groups" -- env -i HOME="$home" USER="$user" LANG=C.UTF-8 NSBUILD_LAB=load-balancer NSBUILD_SERVICE=web2-nginx PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin nginx -e stderr -g 'daemon off;' </dev/null
END
ready web1-nginx 30000 'tcp 80' listens t -e ':80$'
ready web2-nginx 30000 'tcp 80' listens t -e ':80$'
init lb lb-haproxy <<'END'
eval "$isolate"
begin lb-haproxy
hold hosts "$state"/hosts/lb
hide
private_ipc
finish
printf %s 'global
  log stdout format iso daemon
  user haproxy
  group haproxy
  stats socket /run/haproxy.sock mode 600 level admin
defaults
  mode http
  log global
  option httplog
  timeout connect 1s
  timeout client 10s
  timeout server 10s
frontend http
  bind :80
  default_backend web
backend web
  balance roundrobin
  option log-health-checks
  default-server check inter 200ms fall 2 rise 2
  server web1 web1:80
  server web2 web2:80

' >file0
file file0 /etc/haproxy/haproxy.cfg 0644 ''
leave
END
enter lb-haproxy lb-haproxy >"$state"/log/lb-haproxy 2>&1 <<'END' &
home=/root user=root group=0 groups=--init-groups
cd -- /
exec setpriv --reuid="$user" --regid="$group" "$groups" -- env -i HOME="$home" USER="$user" LANG=C.UTF-8 NSBUILD_LAB=load-balancer NSBUILD_SERVICE=lb-haproxy PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin haproxy -db -f /etc/haproxy/haproxy.cfg </dev/null
END
ready lb-haproxy 30000 'unix /run/haproxy.sock' has_socket /run/haproxy.sock
