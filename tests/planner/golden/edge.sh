#!/bin/sh
set -e
state=${NSBUILD_SCRIPT_DIR:-/run/nsbuild-script}/edge
mkdir -p "$state"/hosts
lab=edge
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
ip netns add edge.@switch
ip netns exec edge.@switch sh -c 'printf "%s\n" "$1" >"$2"' sh 0 /proc/sys/net/ipv6/conf/default/accept_dad
ip netns exec edge.@switch sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/lo/promote_secondaries
ip -n edge.@switch link set dev lo up
ip netns add edge.client
ip netns exec edge.client sh -c 'printf "%s\n" "$1" >"$2"' sh 0 /proc/sys/net/ipv6/conf/default/accept_dad
ip netns exec edge.client sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/lo/promote_secondaries
ip -n edge.client link set dev lo up
ip netns add edge.router
ip netns exec edge.router sh -c 'printf "%s\n" "$1" >"$2"' sh 0 /proc/sys/net/ipv6/conf/default/accept_dad
ip netns exec edge.router sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/lo/promote_secondaries
ip -n edge.router link set dev lo up
ip netns add edge.server
ip netns exec edge.server sh -c 'printf "%s\n" "$1" >"$2"' sh 0 /proc/sys/net/ipv6/conf/default/accept_dad
ip netns exec edge.server sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/lo/promote_secondaries
ip -n edge.server link set dev lo up
ip netns exec edge.router sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/ip_forward
ip netns exec edge.router sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv6/conf/all/forwarding
ip netns exec edge.router sh -c 'printf "%s\n" "$1" >"$2"' sh 0 /proc/sys/net/ipv4/conf/all/rp_filter
ip -n edge.@switch link add name lan address 02:cd:4f:43:6d:1a type bridge
ip -n edge.@switch link set dev lan up
ip -n edge.@switch link add name client.lan0 numtxqueues 1 numrxqueues 1 address 02:eb:e4:54:eb:da type veth peer name lan0 numtxqueues 1 numrxqueues 1 address 02:31:0f:30:14:f8 netns edge.client
ip netns exec edge.@switch sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/client.lan0/promote_secondaries
ip -n edge.@switch link set dev client.lan0 master lan
ip -n edge.@switch link set dev client.lan0 up
ip netns exec edge.client sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/lan0/promote_secondaries
ip -n edge.client link set dev lan0 up
ip -n edge.@switch link add name server.lan0 numtxqueues 1 numrxqueues 1 address 02:44:c5:b0:72:3b type veth peer name lan0 numtxqueues 1 numrxqueues 1 address 02:6b:9e:8c:05:fe netns edge.server
ip netns exec edge.@switch sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/server.lan0/promote_secondaries
ip -n edge.@switch link set dev server.lan0 master lan
ip -n edge.@switch link set dev server.lan0 up
ip netns exec edge.server sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/lan0/promote_secondaries
ip -n edge.server link set dev lan0 up
ip -n edge.client link add name eth0 numtxqueues 1 numrxqueues 1 address 02:41:3c:97:c7:f3 mtu 1500 type veth peer name eth0 numtxqueues 1 numrxqueues 1 address 02:a4:87:7a:f4:e0 mtu 1500 netns edge.router
ip netns exec edge.client sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/eth0/promote_secondaries
ip -n edge.client link set dev eth0 up
ip netns exec edge.router sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/eth0/promote_secondaries
ip -n edge.router link set dev eth0 up
ip -n edge.client link add name eth1 numtxqueues 1 numrxqueues 1 address 02:a5:ea:0d:e8:eb mtu 1500 type veth peer name eth1 numtxqueues 1 numrxqueues 1 address 02:79:02:fc:88:4b mtu 1500 netns edge.server
ip netns exec edge.client sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/eth1/promote_secondaries
ip -n edge.client link set dev eth1 up
ip netns exec edge.server sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/eth1/promote_secondaries
ip -n edge.server link set dev eth1 up
ip -n edge.router link add name eth1 numtxqueues 1 numrxqueues 1 address 02:73:95:47:4c:2d mtu 1400 type veth peer name eth0 numtxqueues 1 numrxqueues 1 address 02:00:00:00:02:02 mtu 1400 netns edge.server
ip netns exec edge.router sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/eth1/promote_secondaries
ip -n edge.router link set dev eth1 up
ip netns exec edge.server sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/eth0/promote_secondaries
ip -n edge.server link set dev eth0 up
ip -n edge.client address add 10.0.1.2/24 dev eth0
ip -n edge.client address add fd00:1::2/64 dev eth0 nodad
ip -n edge.client address add 10.0.3.1/30 dev eth1
ip -n edge.client address add 10.1.0.1/24 dev lan0
ip -n edge.router address add 10.0.1.1/24 dev eth0
ip -n edge.router address add fd00:1::1/64 dev eth0 nodad
ip -n edge.router address add 10.0.2.1/24 dev eth1
ip -n edge.server address add 10.0.2.2/24 dev eth0
ip -n edge.server address add 10.0.3.2/30 dev eth1
ip -n edge.server address add 10.1.0.20/24 dev lan0
ip -n edge.server address add 10.255.0.3/32 dev lo
ip -n edge.client -6 route add ::/0 metric 1024 via fd00:1::1 dev eth0
ip -n edge.client route add 0.0.0.0/0 via 10.0.1.1 dev eth0
ip -n edge.router route add blackhole 198.51.100.0/24
ip -n edge.router route add 203.0.113.0/24 table 100 metric 50 nexthop via 10.0.1.2 dev eth0 weight 3 nexthop via 10.0.2.2 dev eth1 weight 1
ip -n edge.server route add 0.0.0.0/0 via 10.0.2.1 dev eth0
ip -n edge.router rule add priority 1000 from 10.0.1.0/24 lookup 100
printf %s '127.0.0.1	localhost
::1	localhost ip6-localhost ip6-loopback
10.0.3.1	client client.edge
fd00:1::2	client client.edge
10.0.2.1	router router.edge
fd00:1::1	router router.edge
10.0.2.2	server server.edge web web.edge migrate migrate.edge sidecar sidecar.edge
' >"$state"/hosts/server
init server web <<'END'
eval "$isolate"
begin web
hold hosts "$state"/hosts/server
hold bind0 @SOURCE@/examples/edge/www
hold bind1 @SOURCE@/examples/edge/bin
hide
private_ipc
bind bind0 /srv ro
bind bind1 /opt ro
temporary /var/cache '' '' rw
finish
printf %s 'hello
' >file0
file file0 /etc/motd 0644 ''
printf %s 'name = edge
' >file1
file file1 /etc/app.conf 0644 ''
leave
END
enter web web >"$state"/log/web 2>&1 <<'END' &
user=nobody
home=$(getent passwd "$user" | cut -d: -f6)
home=${home:-/}
group=$(id -g -- "$user" 2>/dev/null) || group=$user
if id -- "$user" >/dev/null 2>&1; then groups=--init-groups; else groups=--clear-groups; fi
cd -- /srv
exec setpriv --reuid="$user" --regid="$group" "$groups" -- env -i HOME="$home" USER="$user" LANG=C.UTF-8 NSBUILD_LAB=edge NSBUILD_SERVICE=web PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin python3 -u -m http.server 8080 </dev/null
END
enter web sidecar >"$state"/log/sidecar 2>&1 <<'END' &
home=/root user=root group=0 groups=--init-groups
cd -- /opt
exec setpriv --reuid="$user" --regid="$group" "$groups" -- env -i HOME="$home" USER="$user" LANG=C.UTF-8 NSBUILD_LAB=edge NSBUILD_SERVICE=sidecar PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin /bin/sh -c ./exporter </dev/null
END
ready web 10000 'tcp 8080' listens t -e ':8080$'
init server migrate <<'END'
eval "$isolate"
begin migrate
hold hosts "$state"/hosts/server
hold bind0 @SOURCE@/examples/edge/bin
hide
private_ipc
bind bind0 /opt ro
finish
leave
END
(enter migrate migrate) >"$state"/log/migrate 2>&1 <<'END'
home=/root user=root group=0 groups=--init-groups
cd -- /opt
exec setpriv --reuid="$user" --regid="$group" "$groups" -- env -i HOME="$home" USER="$user" LANG=C.UTF-8 NSBUILD_LAB=edge NSBUILD_SERVICE=migrate PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin /bin/sh -c ./migrate </dev/null
END
ready sidecar 30000 'tcp 9100' listens t -e ':9100$'
