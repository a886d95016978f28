#!/bin/sh
set -e
ip netns add fifty-hosts.@switch
ip netns exec fifty-hosts.@switch sh -c 'printf "%s\n" "$1" >"$2"' sh 0 /proc/sys/net/ipv6/conf/default/accept_dad
ip netns exec fifty-hosts.@switch sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/lo/promote_secondaries
ip -n fifty-hosts.@switch link set dev lo up
ip netns add fifty-hosts.h1
ip netns exec fifty-hosts.h1 sh -c 'printf "%s\n" "$1" >"$2"' sh 0 /proc/sys/net/ipv6/conf/default/accept_dad
ip netns exec fifty-hosts.h1 sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/lo/promote_secondaries
ip -n fifty-hosts.h1 link set dev lo up
ip netns add fifty-hosts.h10
ip netns exec fifty-hosts.h10 sh -c 'printf "%s\n" "$1" >"$2"' sh 0 /proc/sys/net/ipv6/conf/default/accept_dad
ip netns exec fifty-hosts.h10 sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/lo/promote_secondaries
ip -n fifty-hosts.h10 link set dev lo up
ip netns add fifty-hosts.h11
ip netns exec fifty-hosts.h11 sh -c 'printf "%s\n" "$1" >"$2"' sh 0 /proc/sys/net/ipv6/conf/default/accept_dad
ip netns exec fifty-hosts.h11 sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/lo/promote_secondaries
ip -n fifty-hosts.h11 link set dev lo up
ip netns add fifty-hosts.h12
ip netns exec fifty-hosts.h12 sh -c 'printf "%s\n" "$1" >"$2"' sh 0 /proc/sys/net/ipv6/conf/default/accept_dad
ip netns exec fifty-hosts.h12 sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/lo/promote_secondaries
ip -n fifty-hosts.h12 link set dev lo up
ip netns add fifty-hosts.h13
ip netns exec fifty-hosts.h13 sh -c 'printf "%s\n" "$1" >"$2"' sh 0 /proc/sys/net/ipv6/conf/default/accept_dad
ip netns exec fifty-hosts.h13 sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/lo/promote_secondaries
ip -n fifty-hosts.h13 link set dev lo up
ip netns add fifty-hosts.h14
ip netns exec fifty-hosts.h14 sh -c 'printf "%s\n" "$1" >"$2"' sh 0 /proc/sys/net/ipv6/conf/default/accept_dad
ip netns exec fifty-hosts.h14 sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/lo/promote_secondaries
ip -n fifty-hosts.h14 link set dev lo up
ip netns add fifty-hosts.h15
ip netns exec fifty-hosts.h15 sh -c 'printf "%s\n" "$1" >"$2"' sh 0 /proc/sys/net/ipv6/conf/default/accept_dad
ip netns exec fifty-hosts.h15 sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/lo/promote_secondaries
ip -n fifty-hosts.h15 link set dev lo up
ip netns add fifty-hosts.h16
ip netns exec fifty-hosts.h16 sh -c 'printf "%s\n" "$1" >"$2"' sh 0 /proc/sys/net/ipv6/conf/default/accept_dad
ip netns exec fifty-hosts.h16 sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/lo/promote_secondaries
ip -n fifty-hosts.h16 link set dev lo up
ip netns add fifty-hosts.h17
ip netns exec fifty-hosts.h17 sh -c 'printf "%s\n" "$1" >"$2"' sh 0 /proc/sys/net/ipv6/conf/default/accept_dad
ip netns exec fifty-hosts.h17 sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/lo/promote_secondaries
ip -n fifty-hosts.h17 link set dev lo up
ip netns add fifty-hosts.h18
ip netns exec fifty-hosts.h18 sh -c 'printf "%s\n" "$1" >"$2"' sh 0 /proc/sys/net/ipv6/conf/default/accept_dad
ip netns exec fifty-hosts.h18 sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/lo/promote_secondaries
ip -n fifty-hosts.h18 link set dev lo up
ip netns add fifty-hosts.h19
ip netns exec fifty-hosts.h19 sh -c 'printf "%s\n" "$1" >"$2"' sh 0 /proc/sys/net/ipv6/conf/default/accept_dad
ip netns exec fifty-hosts.h19 sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/lo/promote_secondaries
ip -n fifty-hosts.h19 link set dev lo up
ip netns add fifty-hosts.h2
ip netns exec fifty-hosts.h2 sh -c 'printf "%s\n" "$1" >"$2"' sh 0 /proc/sys/net/ipv6/conf/default/accept_dad
ip netns exec fifty-hosts.h2 sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/lo/promote_secondaries
ip -n fifty-hosts.h2 link set dev lo up
ip netns add fifty-hosts.h20
ip netns exec fifty-hosts.h20 sh -c 'printf "%s\n" "$1" >"$2"' sh 0 /proc/sys/net/ipv6/conf/default/accept_dad
ip netns exec fifty-hosts.h20 sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/lo/promote_secondaries
ip -n fifty-hosts.h20 link set dev lo up
ip netns add fifty-hosts.h21
ip netns exec fifty-hosts.h21 sh -c 'printf "%s\n" "$1" >"$2"' sh 0 /proc/sys/net/ipv6/conf/default/accept_dad
ip netns exec fifty-hosts.h21 sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/lo/promote_secondaries
ip -n fifty-hosts.h21 link set dev lo up
ip netns add fifty-hosts.h22
ip netns exec fifty-hosts.h22 sh -c 'printf "%s\n" "$1" >"$2"' sh 0 /proc/sys/net/ipv6/conf/default/accept_dad
ip netns exec fifty-hosts.h22 sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/lo/promote_secondaries
ip -n fifty-hosts.h22 link set dev lo up
ip netns add fifty-hosts.h23
ip netns exec fifty-hosts.h23 sh -c 'printf "%s\n" "$1" >"$2"' sh 0 /proc/sys/net/ipv6/conf/default/accept_dad
ip netns exec fifty-hosts.h23 sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/lo/promote_secondaries
ip -n fifty-hosts.h23 link set dev lo up
ip netns add fifty-hosts.h24
ip netns exec fifty-hosts.h24 sh -c 'printf "%s\n" "$1" >"$2"' sh 0 /proc/sys/net/ipv6/conf/default/accept_dad
ip netns exec fifty-hosts.h24 sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/lo/promote_secondaries
ip -n fifty-hosts.h24 link set dev lo up
ip netns add fifty-hosts.h25
ip netns exec fifty-hosts.h25 sh -c 'printf "%s\n" "$1" >"$2"' sh 0 /proc/sys/net/ipv6/conf/default/accept_dad
ip netns exec fifty-hosts.h25 sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/lo/promote_secondaries
ip -n fifty-hosts.h25 link set dev lo up
ip netns add fifty-hosts.h26
ip netns exec fifty-hosts.h26 sh -c 'printf "%s\n" "$1" >"$2"' sh 0 /proc/sys/net/ipv6/conf/default/accept_dad
ip netns exec fifty-hosts.h26 sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/lo/promote_secondaries
ip -n fifty-hosts.h26 link set dev lo up
ip netns add fifty-hosts.h27
ip netns exec fifty-hosts.h27 sh -c 'printf "%s\n" "$1" >"$2"' sh 0 /proc/sys/net/ipv6/conf/default/accept_dad
ip netns exec fifty-hosts.h27 sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/lo/promote_secondaries
ip -n fifty-hosts.h27 link set dev lo up
ip netns add fifty-hosts.h28
ip netns exec fifty-hosts.h28 sh -c 'printf "%s\n" "$1" >"$2"' sh 0 /proc/sys/net/ipv6/conf/default/accept_dad
ip netns exec fifty-hosts.h28 sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/lo/promote_secondaries
ip -n fifty-hosts.h28 link set dev lo up
ip netns add fifty-hosts.h29
ip netns exec fifty-hosts.h29 sh -c 'printf "%s\n" "$1" >"$2"' sh 0 /proc/sys/net/ipv6/conf/default/accept_dad
ip netns exec fifty-hosts.h29 sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/lo/promote_secondaries
ip -n fifty-hosts.h29 link set dev lo up
ip netns add fifty-hosts.h3
ip netns exec fifty-hosts.h3 sh -c 'printf "%s\n" "$1" >"$2"' sh 0 /proc/sys/net/ipv6/conf/default/accept_dad
ip netns exec fifty-hosts.h3 sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/lo/promote_secondaries
ip -n fifty-hosts.h3 link set dev lo up
ip netns add fifty-hosts.h30
ip netns exec fifty-hosts.h30 sh -c 'printf "%s\n" "$1" >"$2"' sh 0 /proc/sys/net/ipv6/conf/default/accept_dad
ip netns exec fifty-hosts.h30 sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/lo/promote_secondaries
ip -n fifty-hosts.h30 link set dev lo up
ip netns add fifty-hosts.h31
ip netns exec fifty-hosts.h31 sh -c 'printf "%s\n" "$1" >"$2"' sh 0 /proc/sys/net/ipv6/conf/default/accept_dad
ip netns exec fifty-hosts.h31 sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/lo/promote_secondaries
ip -n fifty-hosts.h31 link set dev lo up
ip netns add fifty-hosts.h32
ip netns exec fifty-hosts.h32 sh -c 'printf "%s\n" "$1" >"$2"' sh 0 /proc/sys/net/ipv6/conf/default/accept_dad
ip netns exec fifty-hosts.h32 sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/lo/promote_secondaries
ip -n fifty-hosts.h32 link set dev lo up
ip netns add fifty-hosts.h33
ip netns exec fifty-hosts.h33 sh -c 'printf "%s\n" "$1" >"$2"' sh 0 /proc/sys/net/ipv6/conf/default/accept_dad
ip netns exec fifty-hosts.h33 sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/lo/promote_secondaries
ip -n fifty-hosts.h33 link set dev lo up
ip netns add fifty-hosts.h34
ip netns exec fifty-hosts.h34 sh -c 'printf "%s\n" "$1" >"$2"' sh 0 /proc/sys/net/ipv6/conf/default/accept_dad
ip netns exec fifty-hosts.h34 sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/lo/promote_secondaries
ip -n fifty-hosts.h34 link set dev lo up
ip netns add fifty-hosts.h35
ip netns exec fifty-hosts.h35 sh -c 'printf "%s\n" "$1" >"$2"' sh 0 /proc/sys/net/ipv6/conf/default/accept_dad
ip netns exec fifty-hosts.h35 sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/lo/promote_secondaries
ip -n fifty-hosts.h35 link set dev lo up
ip netns add fifty-hosts.h36
ip netns exec fifty-hosts.h36 sh -c 'printf "%s\n" "$1" >"$2"' sh 0 /proc/sys/net/ipv6/conf/default/accept_dad
ip netns exec fifty-hosts.h36 sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/lo/promote_secondaries
ip -n fifty-hosts.h36 link set dev lo up
ip netns add fifty-hosts.h37
ip netns exec fifty-hosts.h37 sh -c 'printf "%s\n" "$1" >"$2"' sh 0 /proc/sys/net/ipv6/conf/default/accept_dad
ip netns exec fifty-hosts.h37 sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/lo/promote_secondaries
ip -n fifty-hosts.h37 link set dev lo up
ip netns add fifty-hosts.h38
ip netns exec fifty-hosts.h38 sh -c 'printf "%s\n" "$1" >"$2"' sh 0 /proc/sys/net/ipv6/conf/default/accept_dad
ip netns exec fifty-hosts.h38 sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/lo/promote_secondaries
ip -n fifty-hosts.h38 link set dev lo up
ip netns add fifty-hosts.h39
ip netns exec fifty-hosts.h39 sh -c 'printf "%s\n" "$1" >"$2"' sh 0 /proc/sys/net/ipv6/conf/default/accept_dad
ip netns exec fifty-hosts.h39 sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/lo/promote_secondaries
ip -n fifty-hosts.h39 link set dev lo up
ip netns add fifty-hosts.h4
ip netns exec fifty-hosts.h4 sh -c 'printf "%s\n" "$1" >"$2"' sh 0 /proc/sys/net/ipv6/conf/default/accept_dad
ip netns exec fifty-hosts.h4 sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/lo/promote_secondaries
ip -n fifty-hosts.h4 link set dev lo up
ip netns add fifty-hosts.h40
ip netns exec fifty-hosts.h40 sh -c 'printf "%s\n" "$1" >"$2"' sh 0 /proc/sys/net/ipv6/conf/default/accept_dad
ip netns exec fifty-hosts.h40 sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/lo/promote_secondaries
ip -n fifty-hosts.h40 link set dev lo up
ip netns add fifty-hosts.h41
ip netns exec fifty-hosts.h41 sh -c 'printf "%s\n" "$1" >"$2"' sh 0 /proc/sys/net/ipv6/conf/default/accept_dad
ip netns exec fifty-hosts.h41 sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/lo/promote_secondaries
ip -n fifty-hosts.h41 link set dev lo up
ip netns add fifty-hosts.h42
ip netns exec fifty-hosts.h42 sh -c 'printf "%s\n" "$1" >"$2"' sh 0 /proc/sys/net/ipv6/conf/default/accept_dad
ip netns exec fifty-hosts.h42 sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/lo/promote_secondaries
ip -n fifty-hosts.h42 link set dev lo up
ip netns add fifty-hosts.h43
ip netns exec fifty-hosts.h43 sh -c 'printf "%s\n" "$1" >"$2"' sh 0 /proc/sys/net/ipv6/conf/default/accept_dad
ip netns exec fifty-hosts.h43 sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/lo/promote_secondaries
ip -n fifty-hosts.h43 link set dev lo up
ip netns add fifty-hosts.h44
ip netns exec fifty-hosts.h44 sh -c 'printf "%s\n" "$1" >"$2"' sh 0 /proc/sys/net/ipv6/conf/default/accept_dad
ip netns exec fifty-hosts.h44 sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/lo/promote_secondaries
ip -n fifty-hosts.h44 link set dev lo up
ip netns add fifty-hosts.h45
ip netns exec fifty-hosts.h45 sh -c 'printf "%s\n" "$1" >"$2"' sh 0 /proc/sys/net/ipv6/conf/default/accept_dad
ip netns exec fifty-hosts.h45 sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/lo/promote_secondaries
ip -n fifty-hosts.h45 link set dev lo up
ip netns add fifty-hosts.h46
ip netns exec fifty-hosts.h46 sh -c 'printf "%s\n" "$1" >"$2"' sh 0 /proc/sys/net/ipv6/conf/default/accept_dad
ip netns exec fifty-hosts.h46 sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/lo/promote_secondaries
ip -n fifty-hosts.h46 link set dev lo up
ip netns add fifty-hosts.h47
ip netns exec fifty-hosts.h47 sh -c 'printf "%s\n" "$1" >"$2"' sh 0 /proc/sys/net/ipv6/conf/default/accept_dad
ip netns exec fifty-hosts.h47 sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/lo/promote_secondaries
ip -n fifty-hosts.h47 link set dev lo up
ip netns add fifty-hosts.h48
ip netns exec fifty-hosts.h48 sh -c 'printf "%s\n" "$1" >"$2"' sh 0 /proc/sys/net/ipv6/conf/default/accept_dad
ip netns exec fifty-hosts.h48 sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/lo/promote_secondaries
ip -n fifty-hosts.h48 link set dev lo up
ip netns add fifty-hosts.h49
ip netns exec fifty-hosts.h49 sh -c 'printf "%s\n" "$1" >"$2"' sh 0 /proc/sys/net/ipv6/conf/default/accept_dad
ip netns exec fifty-hosts.h49 sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/lo/promote_secondaries
ip -n fifty-hosts.h49 link set dev lo up
ip netns add fifty-hosts.h5
ip netns exec fifty-hosts.h5 sh -c 'printf "%s\n" "$1" >"$2"' sh 0 /proc/sys/net/ipv6/conf/default/accept_dad
ip netns exec fifty-hosts.h5 sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/lo/promote_secondaries
ip -n fifty-hosts.h5 link set dev lo up
ip netns add fifty-hosts.h50
ip netns exec fifty-hosts.h50 sh -c 'printf "%s\n" "$1" >"$2"' sh 0 /proc/sys/net/ipv6/conf/default/accept_dad
ip netns exec fifty-hosts.h50 sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/lo/promote_secondaries
ip -n fifty-hosts.h50 link set dev lo up
ip netns add fifty-hosts.h6
ip netns exec fifty-hosts.h6 sh -c 'printf "%s\n" "$1" >"$2"' sh 0 /proc/sys/net/ipv6/conf/default/accept_dad
ip netns exec fifty-hosts.h6 sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/lo/promote_secondaries
ip -n fifty-hosts.h6 link set dev lo up
ip netns add fifty-hosts.h7
ip netns exec fifty-hosts.h7 sh -c 'printf "%s\n" "$1" >"$2"' sh 0 /proc/sys/net/ipv6/conf/default/accept_dad
ip netns exec fifty-hosts.h7 sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/lo/promote_secondaries
ip -n fifty-hosts.h7 link set dev lo up
ip netns add fifty-hosts.h8
ip netns exec fifty-hosts.h8 sh -c 'printf "%s\n" "$1" >"$2"' sh 0 /proc/sys/net/ipv6/conf/default/accept_dad
ip netns exec fifty-hosts.h8 sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/lo/promote_secondaries
ip -n fifty-hosts.h8 link set dev lo up
ip netns add fifty-hosts.h9
ip netns exec fifty-hosts.h9 sh -c 'printf "%s\n" "$1" >"$2"' sh 0 /proc/sys/net/ipv6/conf/default/accept_dad
ip netns exec fifty-hosts.h9 sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/lo/promote_secondaries
ip -n fifty-hosts.h9 link set dev lo up
ip -n fifty-hosts.@switch link add name lan address 02:cd:4f:43:6d:1a type bridge
ip -n fifty-hosts.@switch link set dev lan up
ip -n fifty-hosts.@switch link add name h1.eth0 numtxqueues 1 numrxqueues 1 address 02:a5:74:f0:dd:47 type veth peer name eth0 numtxqueues 1 numrxqueues 1 address 02:bd:a2:c3:d1:e7 netns fifty-hosts.h1
ip netns exec fifty-hosts.@switch sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/h1.eth0/promote_secondaries
ip -n fifty-hosts.@switch link set dev h1.eth0 master lan
ip -n fifty-hosts.@switch link set dev h1.eth0 up
ip netns exec fifty-hosts.h1 sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/eth0/promote_secondaries
ip -n fifty-hosts.h1 link set dev eth0 up
ip -n fifty-hosts.@switch link add name h10.eth0 numtxqueues 1 numrxqueues 1 address 02:2c:f8:c9:15:ac type veth peer name eth0 numtxqueues 1 numrxqueues 1 address 02:7b:aa:15:f5:df netns fifty-hosts.h10
ip netns exec fifty-hosts.@switch sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/h10.eth0/promote_secondaries
ip -n fifty-hosts.@switch link set dev h10.eth0 master lan
ip -n fifty-hosts.@switch link set dev h10.eth0 up
ip netns exec fifty-hosts.h10 sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/eth0/promote_secondaries
ip -n fifty-hosts.h10 link set dev eth0 up
ip -n fifty-hosts.@switch link add name h11.eth0 numtxqueues 1 numrxqueues 1 address 02:83:b5:7b:78:b1 type veth peer name eth0 numtxqueues 1 numrxqueues 1 address 02:89:b0:35:86:3a netns fifty-hosts.h11
ip netns exec fifty-hosts.@switch sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/h11.eth0/promote_secondaries
ip -n fifty-hosts.@switch link set dev h11.eth0 master lan
ip -n fifty-hosts.@switch link set dev h11.eth0 up
ip netns exec fifty-hosts.h11 sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/eth0/promote_secondaries
ip -n fifty-hosts.h11 link set dev eth0 up
ip -n fifty-hosts.@switch link add name h12.eth0 numtxqueues 1 numrxqueues 1 address 02:05:95:e8:b3:44 type veth peer name eth0 numtxqueues 1 numrxqueues 1 address 02:ef:97:a7:c8:78 netns fifty-hosts.h12
ip netns exec fifty-hosts.@switch sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/h12.eth0/promote_secondaries
ip -n fifty-hosts.@switch link set dev h12.eth0 master lan
ip -n fifty-hosts.@switch link set dev h12.eth0 up
ip netns exec fifty-hosts.h12 sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/eth0/promote_secondaries
ip -n fifty-hosts.h12 link set dev eth0 up
ip -n fifty-hosts.@switch link add name h13.eth0 numtxqueues 1 numrxqueues 1 address 02:b4:50:2f:a5:39 type veth peer name eth0 numtxqueues 1 numrxqueues 1 address 02:1a:c5:6c:3e:2e netns fifty-hosts.h13
ip netns exec fifty-hosts.@switch sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/h13.eth0/promote_secondaries
ip -n fifty-hosts.@switch link set dev h13.eth0 master lan
ip -n fifty-hosts.@switch link set dev h13.eth0 up
ip netns exec fifty-hosts.h13 sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/eth0/promote_secondaries
ip -n fifty-hosts.h13 link set dev eth0 up
ip -n fifty-hosts.@switch link add name h14.eth0 numtxqueues 1 numrxqueues 1 address 02:5a:4e:5f:af:f4 type veth peer name eth0 numtxqueues 1 numrxqueues 1 address 02:d2:c0:fb:e2:05 netns fifty-hosts.h14
ip netns exec fifty-hosts.@switch sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/h14.eth0/promote_secondaries
ip -n fifty-hosts.@switch link set dev h14.eth0 master lan
ip -n fifty-hosts.@switch link set dev h14.eth0 up
ip netns exec fifty-hosts.h14 sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/eth0/promote_secondaries
ip -n fifty-hosts.h14 link set dev eth0 up
ip -n fifty-hosts.@switch link add name h15.eth0 numtxqueues 1 numrxqueues 1 address 02:a0:2e:6b:19:97 type veth peer name eth0 numtxqueues 1 numrxqueues 1 address 02:10:f5:f9:d0:db netns fifty-hosts.h15
ip netns exec fifty-hosts.@switch sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/h15.eth0/promote_secondaries
ip -n fifty-hosts.@switch link set dev h15.eth0 master lan
ip -n fifty-hosts.@switch link set dev h15.eth0 up
ip netns exec fifty-hosts.h15 sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/eth0/promote_secondaries
ip -n fifty-hosts.h15 link set dev eth0 up
ip -n fifty-hosts.@switch link add name h16.eth0 numtxqueues 1 numrxqueues 1 address 02:63:bb:fa:8d:2f type veth peer name eth0 numtxqueues 1 numrxqueues 1 address 02:65:95:0c:3c:37 netns fifty-hosts.h16
ip netns exec fifty-hosts.@switch sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/h16.eth0/promote_secondaries
ip -n fifty-hosts.@switch link set dev h16.eth0 master lan
ip -n fifty-hosts.@switch link set dev h16.eth0 up
ip netns exec fifty-hosts.h16 sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/eth0/promote_secondaries
ip -n fifty-hosts.h16 link set dev eth0 up
ip -n fifty-hosts.@switch link add name h17.eth0 numtxqueues 1 numrxqueues 1 address 02:8b:23:35:dd:87 type veth peer name eth0 numtxqueues 1 numrxqueues 1 address 02:bf:d8:17:6e:61 netns fifty-hosts.h17
ip netns exec fifty-hosts.@switch sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/h17.eth0/promote_secondaries
ip -n fifty-hosts.@switch link set dev h17.eth0 master lan
ip -n fifty-hosts.@switch link set dev h17.eth0 up
ip netns exec fifty-hosts.h17 sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/eth0/promote_secondaries
ip -n fifty-hosts.h17 link set dev eth0 up
ip -n fifty-hosts.@switch link add name h18.eth0 numtxqueues 1 numrxqueues 1 address 02:fc:fd:49:97:3b type veth peer name eth0 numtxqueues 1 numrxqueues 1 address 02:c4:52:32:68:f4 netns fifty-hosts.h18
ip netns exec fifty-hosts.@switch sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/h18.eth0/promote_secondaries
ip -n fifty-hosts.@switch link set dev h18.eth0 master lan
ip -n fifty-hosts.@switch link set dev h18.eth0 up
ip netns exec fifty-hosts.h18 sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/eth0/promote_secondaries
ip -n fifty-hosts.h18 link set dev eth0 up
ip -n fifty-hosts.@switch link add name h19.eth0 numtxqueues 1 numrxqueues 1 address 02:6d:66:28:12:3d type veth peer name eth0 numtxqueues 1 numrxqueues 1 address 02:25:71:21:83:27 netns fifty-hosts.h19
ip netns exec fifty-hosts.@switch sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/h19.eth0/promote_secondaries
ip -n fifty-hosts.@switch link set dev h19.eth0 master lan
ip -n fifty-hosts.@switch link set dev h19.eth0 up
ip netns exec fifty-hosts.h19 sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/eth0/promote_secondaries
ip -n fifty-hosts.h19 link set dev eth0 up
ip -n fifty-hosts.@switch link add name h2.eth0 numtxqueues 1 numrxqueues 1 address 02:e3:51:67:75:43 type veth peer name eth0 numtxqueues 1 numrxqueues 1 address 02:b3:b3:32:a9:42 netns fifty-hosts.h2
ip netns exec fifty-hosts.@switch sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/h2.eth0/promote_secondaries
ip -n fifty-hosts.@switch link set dev h2.eth0 master lan
ip -n fifty-hosts.@switch link set dev h2.eth0 up
ip netns exec fifty-hosts.h2 sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/eth0/promote_secondaries
ip -n fifty-hosts.h2 link set dev eth0 up
ip -n fifty-hosts.@switch link add name h20.eth0 numtxqueues 1 numrxqueues 1 address 02:e4:90:58:0a:5f type veth peer name eth0 numtxqueues 1 numrxqueues 1 address 02:d6:19:4e:14:de netns fifty-hosts.h20
ip netns exec fifty-hosts.@switch sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/h20.eth0/promote_secondaries
ip -n fifty-hosts.@switch link set dev h20.eth0 master lan
ip -n fifty-hosts.@switch link set dev h20.eth0 up
ip netns exec fifty-hosts.h20 sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/eth0/promote_secondaries
ip -n fifty-hosts.h20 link set dev eth0 up
ip -n fifty-hosts.@switch link add name h21.eth0 numtxqueues 1 numrxqueues 1 address 02:c0:1a:7a:28:53 type veth peer name eth0 numtxqueues 1 numrxqueues 1 address 02:9d:d0:a8:b7:5a netns fifty-hosts.h21
ip netns exec fifty-hosts.@switch sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/h21.eth0/promote_secondaries
ip -n fifty-hosts.@switch link set dev h21.eth0 master lan
ip -n fifty-hosts.@switch link set dev h21.eth0 up
ip netns exec fifty-hosts.h21 sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/eth0/promote_secondaries
ip -n fifty-hosts.h21 link set dev eth0 up
ip -n fifty-hosts.@switch link add name h22.eth0 numtxqueues 1 numrxqueues 1 address 02:21:0b:1e:57:9a type veth peer name eth0 numtxqueues 1 numrxqueues 1 address 02:a8:67:cf:90:a7 netns fifty-hosts.h22
ip netns exec fifty-hosts.@switch sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/h22.eth0/promote_secondaries
ip -n fifty-hosts.@switch link set dev h22.eth0 master lan
ip -n fifty-hosts.@switch link set dev h22.eth0 up
ip netns exec fifty-hosts.h22 sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/eth0/promote_secondaries
ip -n fifty-hosts.h22 link set dev eth0 up
ip -n fifty-hosts.@switch link add name h23.eth0 numtxqueues 1 numrxqueues 1 address 02:7a:10:81:48:b1 type veth peer name eth0 numtxqueues 1 numrxqueues 1 address 02:d2:61:18:74:aa netns fifty-hosts.h23
ip netns exec fifty-hosts.@switch sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/h23.eth0/promote_secondaries
ip -n fifty-hosts.@switch link set dev h23.eth0 master lan
ip -n fifty-hosts.@switch link set dev h23.eth0 up
ip netns exec fifty-hosts.h23 sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/eth0/promote_secondaries
ip -n fifty-hosts.h23 link set dev eth0 up
ip -n fifty-hosts.@switch link add name h24.eth0 numtxqueues 1 numrxqueues 1 address 02:4d:d1:73:ae:16 type veth peer name eth0 numtxqueues 1 numrxqueues 1 address 02:97:95:a6:8b:ea netns fifty-hosts.h24
ip netns exec fifty-hosts.@switch sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/h24.eth0/promote_secondaries
ip -n fifty-hosts.@switch link set dev h24.eth0 master lan
ip -n fifty-hosts.@switch link set dev h24.eth0 up
ip netns exec fifty-hosts.h24 sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/eth0/promote_secondaries
ip -n fifty-hosts.h24 link set dev eth0 up
ip -n fifty-hosts.@switch link add name h25.eth0 numtxqueues 1 numrxqueues 1 address 02:a4:11:16:41:10 type veth peer name eth0 numtxqueues 1 numrxqueues 1 address 02:fb:a9:0f:64:83 netns fifty-hosts.h25
ip netns exec fifty-hosts.@switch sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/h25.eth0/promote_secondaries
ip -n fifty-hosts.@switch link set dev h25.eth0 master lan
ip -n fifty-hosts.@switch link set dev h25.eth0 up
ip netns exec fifty-hosts.h25 sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/eth0/promote_secondaries
ip -n fifty-hosts.h25 link set dev eth0 up
ip -n fifty-hosts.@switch link add name h26.eth0 numtxqueues 1 numrxqueues 1 address 02:61:41:52:78:2c type veth peer name eth0 numtxqueues 1 numrxqueues 1 address 02:cf:c2:72:68:c4 netns fifty-hosts.h26
ip netns exec fifty-hosts.@switch sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/h26.eth0/promote_secondaries
ip -n fifty-hosts.@switch link set dev h26.eth0 master lan
ip -n fifty-hosts.@switch link set dev h26.eth0 up
ip netns exec fifty-hosts.h26 sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/eth0/promote_secondaries
ip -n fifty-hosts.h26 link set dev eth0 up
ip -n fifty-hosts.@switch link add name h27.eth0 numtxqueues 1 numrxqueues 1 address 02:5e:d2:a9:cb:25 type veth peer name eth0 numtxqueues 1 numrxqueues 1 address 02:dd:32:86:be:f4 netns fifty-hosts.h27
ip netns exec fifty-hosts.@switch sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/h27.eth0/promote_secondaries
ip -n fifty-hosts.@switch link set dev h27.eth0 master lan
ip -n fifty-hosts.@switch link set dev h27.eth0 up
ip netns exec fifty-hosts.h27 sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/eth0/promote_secondaries
ip -n fifty-hosts.h27 link set dev eth0 up
ip -n fifty-hosts.@switch link add name h28.eth0 numtxqueues 1 numrxqueues 1 address 02:9a:29:b7:f4:bc type veth peer name eth0 numtxqueues 1 numrxqueues 1 address 02:b2:15:2e:3a:13 netns fifty-hosts.h28
ip netns exec fifty-hosts.@switch sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/h28.eth0/promote_secondaries
ip -n fifty-hosts.@switch link set dev h28.eth0 master lan
ip -n fifty-hosts.@switch link set dev h28.eth0 up
ip netns exec fifty-hosts.h28 sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/eth0/promote_secondaries
ip -n fifty-hosts.h28 link set dev eth0 up
ip -n fifty-hosts.@switch link add name h29.eth0 numtxqueues 1 numrxqueues 1 address 02:ba:aa:16:57:b1 type veth peer name eth0 numtxqueues 1 numrxqueues 1 address 02:fe:0f:62:a5:18 netns fifty-hosts.h29
ip netns exec fifty-hosts.@switch sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/h29.eth0/promote_secondaries
ip -n fifty-hosts.@switch link set dev h29.eth0 master lan
ip -n fifty-hosts.@switch link set dev h29.eth0 up
ip netns exec fifty-hosts.h29 sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/eth0/promote_secondaries
ip -n fifty-hosts.h29 link set dev eth0 up
ip -n fifty-hosts.@switch link add name h3.eth0 numtxqueues 1 numrxqueues 1 address 02:8f:ba:5d:e8:ee type veth peer name eth0 numtxqueues 1 numrxqueues 1 address 02:e4:4e:0f:5f:41 netns fifty-hosts.h3
ip netns exec fifty-hosts.@switch sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/h3.eth0/promote_secondaries
ip -n fifty-hosts.@switch link set dev h3.eth0 master lan
ip -n fifty-hosts.@switch link set dev h3.eth0 up
ip netns exec fifty-hosts.h3 sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/eth0/promote_secondaries
ip -n fifty-hosts.h3 link set dev eth0 up
ip -n fifty-hosts.@switch link add name h30.eth0 numtxqueues 1 numrxqueues 1 address 02:3a:e3:73:e7:22 type veth peer name eth0 numtxqueues 1 numrxqueues 1 address 02:5a:ed:ba:27:a1 netns fifty-hosts.h30
ip netns exec fifty-hosts.@switch sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/h30.eth0/promote_secondaries
ip -n fifty-hosts.@switch link set dev h30.eth0 master lan
ip -n fifty-hosts.@switch link set dev h30.eth0 up
ip netns exec fifty-hosts.h30 sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/eth0/promote_secondaries
ip -n fifty-hosts.h30 link set dev eth0 up
ip -n fifty-hosts.@switch link add name h31.eth0 numtxqueues 1 numrxqueues 1 address 02:72:e0:e6:42:b3 type veth peer name eth0 numtxqueues 1 numrxqueues 1 address 02:8f:f0:eb:cd:1b netns fifty-hosts.h31
ip netns exec fifty-hosts.@switch sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/h31.eth0/promote_secondaries
ip -n fifty-hosts.@switch link set dev h31.eth0 master lan
ip -n fifty-hosts.@switch link set dev h31.eth0 up
ip netns exec fifty-hosts.h31 sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/eth0/promote_secondaries
ip -n fifty-hosts.h31 link set dev eth0 up
ip -n fifty-hosts.@switch link add name h32.eth0 numtxqueues 1 numrxqueues 1 address 02:19:83:49:3c:14 type veth peer name eth0 numtxqueues 1 numrxqueues 1 address 02:2f:d8:45:6d:a2 netns fifty-hosts.h32
ip netns exec fifty-hosts.@switch sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/h32.eth0/promote_secondaries
ip -n fifty-hosts.@switch link set dev h32.eth0 master lan
ip -n fifty-hosts.@switch link set dev h32.eth0 up
ip netns exec fifty-hosts.h32 sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/eth0/promote_secondaries
ip -n fifty-hosts.h32 link set dev eth0 up
ip -n fifty-hosts.@switch link add name h33.eth0 numtxqueues 1 numrxqueues 1 address 02:b5:74:b0:0e:09 type veth peer name eth0 numtxqueues 1 numrxqueues 1 address 02:9a:39:84:61:32 netns fifty-hosts.h33
ip netns exec fifty-hosts.@switch sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/h33.eth0/promote_secondaries
ip -n fifty-hosts.@switch link set dev h33.eth0 master lan
ip -n fifty-hosts.@switch link set dev h33.eth0 up
ip netns exec fifty-hosts.h33 sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/eth0/promote_secondaries
ip -n fifty-hosts.h33 link set dev eth0 up
ip -n fifty-hosts.@switch link add name h34.eth0 numtxqueues 1 numrxqueues 1 address 02:cb:4d:c7:45:4a type veth peer name eth0 numtxqueues 1 numrxqueues 1 address 02:ab:1d:89:08:10 netns fifty-hosts.h34
ip netns exec fifty-hosts.@switch sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/h34.eth0/promote_secondaries
ip -n fifty-hosts.@switch link set dev h34.eth0 master lan
ip -n fifty-hosts.@switch link set dev h34.eth0 up
ip netns exec fifty-hosts.h34 sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/eth0/promote_secondaries
ip -n fifty-hosts.h34 link set dev eth0 up
ip -n fifty-hosts.@switch link add name h35.eth0 numtxqueues 1 numrxqueues 1 address 02:84:57:5f:47:5c type veth peer name eth0 numtxqueues 1 numrxqueues 1 address 02:a0:a6:9a:ed:0b netns fifty-hosts.h35
ip netns exec fifty-hosts.@switch sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/h35.eth0/promote_secondaries
ip -n fifty-hosts.@switch link set dev h35.eth0 master lan
ip -n fifty-hosts.@switch link set dev h35.eth0 up
ip netns exec fifty-hosts.h35 sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/eth0/promote_secondaries
ip -n fifty-hosts.h35 link set dev eth0 up
ip -n fifty-hosts.@switch link add name h36.eth0 numtxqueues 1 numrxqueues 1 address 02:bc:d0:b7:0c:7d type veth peer name eth0 numtxqueues 1 numrxqueues 1 address 02:4d:5a:63:b6:1d netns fifty-hosts.h36
ip netns exec fifty-hosts.@switch sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/h36.eth0/promote_secondaries
ip -n fifty-hosts.@switch link set dev h36.eth0 master lan
ip -n fifty-hosts.@switch link set dev h36.eth0 up
ip netns exec fifty-hosts.h36 sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/eth0/promote_secondaries
ip -n fifty-hosts.h36 link set dev eth0 up
ip -n fifty-hosts.@switch link add name h37.eth0 numtxqueues 1 numrxqueues 1 address 02:50:07:17:e7:d1 type veth peer name eth0 numtxqueues 1 numrxqueues 1 address 02:03:d0:9d:71:3e netns fifty-hosts.h37
ip netns exec fifty-hosts.@switch sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/h37.eth0/promote_secondaries
ip -n fifty-hosts.@switch link set dev h37.eth0 master lan
ip -n fifty-hosts.@switch link set dev h37.eth0 up
ip netns exec fifty-hosts.h37 sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/eth0/promote_secondaries
ip -n fifty-hosts.h37 link set dev eth0 up
ip -n fifty-hosts.@switch link add name h38.eth0 numtxqueues 1 numrxqueues 1 address 02:bd:b3:44:28:f0 type veth peer name eth0 numtxqueues 1 numrxqueues 1 address 02:8b:d7:78:bf:a7 netns fifty-hosts.h38
ip netns exec fifty-hosts.@switch sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/h38.eth0/promote_secondaries
ip -n fifty-hosts.@switch link set dev h38.eth0 master lan
ip -n fifty-hosts.@switch link set dev h38.eth0 up
ip netns exec fifty-hosts.h38 sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/eth0/promote_secondaries
ip -n fifty-hosts.h38 link set dev eth0 up
ip -n fifty-hosts.@switch link add name h39.eth0 numtxqueues 1 numrxqueues 1 address 02:71:3e:c6:fe:80 type veth peer name eth0 numtxqueues 1 numrxqueues 1 address 02:04:57:36:2f:7e netns fifty-hosts.h39
ip netns exec fifty-hosts.@switch sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/h39.eth0/promote_secondaries
ip -n fifty-hosts.@switch link set dev h39.eth0 master lan
ip -n fifty-hosts.@switch link set dev h39.eth0 up
ip netns exec fifty-hosts.h39 sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/eth0/promote_secondaries
ip -n fifty-hosts.h39 link set dev eth0 up
ip -n fifty-hosts.@switch link add name h4.eth0 numtxqueues 1 numrxqueues 1 address 02:1c:19:4d:18:9a type veth peer name eth0 numtxqueues 1 numrxqueues 1 address 02:23:cc:bd:eb:7f netns fifty-hosts.h4
ip netns exec fifty-hosts.@switch sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/h4.eth0/promote_secondaries
ip -n fifty-hosts.@switch link set dev h4.eth0 master lan
ip -n fifty-hosts.@switch link set dev h4.eth0 up
ip netns exec fifty-hosts.h4 sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/eth0/promote_secondaries
ip -n fifty-hosts.h4 link set dev eth0 up
ip -n fifty-hosts.@switch link add name h40.eth0 numtxqueues 1 numrxqueues 1 address 02:4d:7a:40:bf:1e type veth peer name eth0 numtxqueues 1 numrxqueues 1 address 02:32:e6:5c:07:49 netns fifty-hosts.h40
ip netns exec fifty-hosts.@switch sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/h40.eth0/promote_secondaries
ip -n fifty-hosts.@switch link set dev h40.eth0 master lan
ip -n fifty-hosts.@switch link set dev h40.eth0 up
ip netns exec fifty-hosts.h40 sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/eth0/promote_secondaries
ip -n fifty-hosts.h40 link set dev eth0 up
ip -n fifty-hosts.@switch link add name h41.eth0 numtxqueues 1 numrxqueues 1 address 02:1c:b8:ad:d1:52 type veth peer name eth0 numtxqueues 1 numrxqueues 1 address 02:d7:c4:1c:5b:75 netns fifty-hosts.h41
ip netns exec fifty-hosts.@switch sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/h41.eth0/promote_secondaries
ip -n fifty-hosts.@switch link set dev h41.eth0 master lan
ip -n fifty-hosts.@switch link set dev h41.eth0 up
ip netns exec fifty-hosts.h41 sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/eth0/promote_secondaries
ip -n fifty-hosts.h41 link set dev eth0 up
ip -n fifty-hosts.@switch link add name h42.eth0 numtxqueues 1 numrxqueues 1 address 02:56:b9:ee:6d:79 type veth peer name eth0 numtxqueues 1 numrxqueues 1 address 02:fb:61:19:1e:41 netns fifty-hosts.h42
ip netns exec fifty-hosts.@switch sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/h42.eth0/promote_secondaries
ip -n fifty-hosts.@switch link set dev h42.eth0 master lan
ip -n fifty-hosts.@switch link set dev h42.eth0 up
ip netns exec fifty-hosts.h42 sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/eth0/promote_secondaries
ip -n fifty-hosts.h42 link set dev eth0 up
ip -n fifty-hosts.@switch link add name h43.eth0 numtxqueues 1 numrxqueues 1 address 02:bb:03:30:22:42 type veth peer name eth0 numtxqueues 1 numrxqueues 1 address 02:c1:f1:1b:1b:f1 netns fifty-hosts.h43
ip netns exec fifty-hosts.@switch sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/h43.eth0/promote_secondaries
ip -n fifty-hosts.@switch link set dev h43.eth0 master lan
ip -n fifty-hosts.@switch link set dev h43.eth0 up
ip netns exec fifty-hosts.h43 sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/eth0/promote_secondaries
ip -n fifty-hosts.h43 link set dev eth0 up
ip -n fifty-hosts.@switch link add name h44.eth0 numtxqueues 1 numrxqueues 1 address 02:04:b3:79:d0:07 type veth peer name eth0 numtxqueues 1 numrxqueues 1 address 02:02:41:dc:5e:93 netns fifty-hosts.h44
ip netns exec fifty-hosts.@switch sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/h44.eth0/promote_secondaries
ip -n fifty-hosts.@switch link set dev h44.eth0 master lan
ip -n fifty-hosts.@switch link set dev h44.eth0 up
ip netns exec fifty-hosts.h44 sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/eth0/promote_secondaries
ip -n fifty-hosts.h44 link set dev eth0 up
ip -n fifty-hosts.@switch link add name h45.eth0 numtxqueues 1 numrxqueues 1 address 02:a8:e1:83:2f:5a type veth peer name eth0 numtxqueues 1 numrxqueues 1 address 02:4f:a4:f6:20:fa netns fifty-hosts.h45
ip netns exec fifty-hosts.@switch sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/h45.eth0/promote_secondaries
ip -n fifty-hosts.@switch link set dev h45.eth0 master lan
ip -n fifty-hosts.@switch link set dev h45.eth0 up
ip netns exec fifty-hosts.h45 sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/eth0/promote_secondaries
ip -n fifty-hosts.h45 link set dev eth0 up
ip -n fifty-hosts.@switch link add name h46.eth0 numtxqueues 1 numrxqueues 1 address 02:62:7d:fa:cc:d8 type veth peer name eth0 numtxqueues 1 numrxqueues 1 address 02:ea:91:3c:dc:dd netns fifty-hosts.h46
ip netns exec fifty-hosts.@switch sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/h46.eth0/promote_secondaries
ip -n fifty-hosts.@switch link set dev h46.eth0 master lan
ip -n fifty-hosts.@switch link set dev h46.eth0 up
ip netns exec fifty-hosts.h46 sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/eth0/promote_secondaries
ip -n fifty-hosts.h46 link set dev eth0 up
ip -n fifty-hosts.@switch link add name h47.eth0 numtxqueues 1 numrxqueues 1 address 02:57:32:08:3d:7a type veth peer name eth0 numtxqueues 1 numrxqueues 1 address 02:89:4d:0d:65:b2 netns fifty-hosts.h47
ip netns exec fifty-hosts.@switch sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/h47.eth0/promote_secondaries
ip -n fifty-hosts.@switch link set dev h47.eth0 master lan
ip -n fifty-hosts.@switch link set dev h47.eth0 up
ip netns exec fifty-hosts.h47 sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/eth0/promote_secondaries
ip -n fifty-hosts.h47 link set dev eth0 up
ip -n fifty-hosts.@switch link add name h48.eth0 numtxqueues 1 numrxqueues 1 address 02:3c:6f:82:b6:31 type veth peer name eth0 numtxqueues 1 numrxqueues 1 address 02:b5:93:b5:23:24 netns fifty-hosts.h48
ip netns exec fifty-hosts.@switch sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/h48.eth0/promote_secondaries
ip -n fifty-hosts.@switch link set dev h48.eth0 master lan
ip -n fifty-hosts.@switch link set dev h48.eth0 up
ip netns exec fifty-hosts.h48 sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/eth0/promote_secondaries
ip -n fifty-hosts.h48 link set dev eth0 up
ip -n fifty-hosts.@switch link add name h49.eth0 numtxqueues 1 numrxqueues 1 address 02:22:1d:85:86:66 type veth peer name eth0 numtxqueues 1 numrxqueues 1 address 02:c5:31:1a:a5:2c netns fifty-hosts.h49
ip netns exec fifty-hosts.@switch sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/h49.eth0/promote_secondaries
ip -n fifty-hosts.@switch link set dev h49.eth0 master lan
ip -n fifty-hosts.@switch link set dev h49.eth0 up
ip netns exec fifty-hosts.h49 sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/eth0/promote_secondaries
ip -n fifty-hosts.h49 link set dev eth0 up
ip -n fifty-hosts.@switch link add name h5.eth0 numtxqueues 1 numrxqueues 1 address 02:ff:6a:58:63:77 type veth peer name eth0 numtxqueues 1 numrxqueues 1 address 02:60:d2:c7:97:6a netns fifty-hosts.h5
ip netns exec fifty-hosts.@switch sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/h5.eth0/promote_secondaries
ip -n fifty-hosts.@switch link set dev h5.eth0 master lan
ip -n fifty-hosts.@switch link set dev h5.eth0 up
ip netns exec fifty-hosts.h5 sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/eth0/promote_secondaries
ip -n fifty-hosts.h5 link set dev eth0 up
ip -n fifty-hosts.@switch link add name h50.eth0 numtxqueues 1 numrxqueues 1 address 02:7d:de:37:23:ee type veth peer name eth0 numtxqueues 1 numrxqueues 1 address 02:f1:1e:80:82:28 netns fifty-hosts.h50
ip netns exec fifty-hosts.@switch sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/h50.eth0/promote_secondaries
ip -n fifty-hosts.@switch link set dev h50.eth0 master lan
ip -n fifty-hosts.@switch link set dev h50.eth0 up
ip netns exec fifty-hosts.h50 sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/eth0/promote_secondaries
ip -n fifty-hosts.h50 link set dev eth0 up
ip -n fifty-hosts.@switch link add name h6.eth0 numtxqueues 1 numrxqueues 1 address 02:78:36:7d:3f:7f type veth peer name eth0 numtxqueues 1 numrxqueues 1 address 02:26:b7:f9:eb:1e netns fifty-hosts.h6
ip netns exec fifty-hosts.@switch sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/h6.eth0/promote_secondaries
ip -n fifty-hosts.@switch link set dev h6.eth0 master lan
ip -n fifty-hosts.@switch link set dev h6.eth0 up
ip netns exec fifty-hosts.h6 sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/eth0/promote_secondaries
ip -n fifty-hosts.h6 link set dev eth0 up
ip -n fifty-hosts.@switch link add name h7.eth0 numtxqueues 1 numrxqueues 1 address 02:f4:fe:c3:07:8b type veth peer name eth0 numtxqueues 1 numrxqueues 1 address 02:b5:29:fb:bb:b3 netns fifty-hosts.h7
ip netns exec fifty-hosts.@switch sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/h7.eth0/promote_secondaries
ip -n fifty-hosts.@switch link set dev h7.eth0 master lan
ip -n fifty-hosts.@switch link set dev h7.eth0 up
ip netns exec fifty-hosts.h7 sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/eth0/promote_secondaries
ip -n fifty-hosts.h7 link set dev eth0 up
ip -n fifty-hosts.@switch link add name h8.eth0 numtxqueues 1 numrxqueues 1 address 02:a8:55:f1:5f:29 type veth peer name eth0 numtxqueues 1 numrxqueues 1 address 02:24:52:57:ab:00 netns fifty-hosts.h8
ip netns exec fifty-hosts.@switch sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/h8.eth0/promote_secondaries
ip -n fifty-hosts.@switch link set dev h8.eth0 master lan
ip -n fifty-hosts.@switch link set dev h8.eth0 up
ip netns exec fifty-hosts.h8 sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/eth0/promote_secondaries
ip -n fifty-hosts.h8 link set dev eth0 up
ip -n fifty-hosts.@switch link add name h9.eth0 numtxqueues 1 numrxqueues 1 address 02:5e:34:de:9d:43 type veth peer name eth0 numtxqueues 1 numrxqueues 1 address 02:55:17:14:88:d2 netns fifty-hosts.h9
ip netns exec fifty-hosts.@switch sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/h9.eth0/promote_secondaries
ip -n fifty-hosts.@switch link set dev h9.eth0 master lan
ip -n fifty-hosts.@switch link set dev h9.eth0 up
ip netns exec fifty-hosts.h9 sh -c 'printf "%s\n" "$1" >"$2"' sh 1 /proc/sys/net/ipv4/conf/eth0/promote_secondaries
ip -n fifty-hosts.h9 link set dev eth0 up
ip -n fifty-hosts.h10 address add 10.1.0.10/24 dev eth0
ip -n fifty-hosts.h11 address add 10.1.0.11/24 dev eth0
ip -n fifty-hosts.h12 address add 10.1.0.12/24 dev eth0
ip -n fifty-hosts.h13 address add 10.1.0.13/24 dev eth0
ip -n fifty-hosts.h14 address add 10.1.0.14/24 dev eth0
ip -n fifty-hosts.h15 address add 10.1.0.15/24 dev eth0
ip -n fifty-hosts.h16 address add 10.1.0.16/24 dev eth0
ip -n fifty-hosts.h17 address add 10.1.0.17/24 dev eth0
ip -n fifty-hosts.h18 address add 10.1.0.18/24 dev eth0
ip -n fifty-hosts.h19 address add 10.1.0.19/24 dev eth0
ip -n fifty-hosts.h1 address add 10.1.0.1/24 dev eth0
ip -n fifty-hosts.h20 address add 10.1.0.20/24 dev eth0
ip -n fifty-hosts.h21 address add 10.1.0.21/24 dev eth0
ip -n fifty-hosts.h22 address add 10.1.0.22/24 dev eth0
ip -n fifty-hosts.h23 address add 10.1.0.23/24 dev eth0
ip -n fifty-hosts.h24 address add 10.1.0.24/24 dev eth0
ip -n fifty-hosts.h25 address add 10.1.0.25/24 dev eth0
ip -n fifty-hosts.h26 address add 10.1.0.26/24 dev eth0
ip -n fifty-hosts.h27 address add 10.1.0.27/24 dev eth0
ip -n fifty-hosts.h28 address add 10.1.0.28/24 dev eth0
ip -n fifty-hosts.h29 address add 10.1.0.29/24 dev eth0
ip -n fifty-hosts.h2 address add 10.1.0.2/24 dev eth0
ip -n fifty-hosts.h30 address add 10.1.0.30/24 dev eth0
ip -n fifty-hosts.h31 address add 10.1.0.31/24 dev eth0
ip -n fifty-hosts.h32 address add 10.1.0.32/24 dev eth0
ip -n fifty-hosts.h33 address add 10.1.0.33/24 dev eth0
ip -n fifty-hosts.h34 address add 10.1.0.34/24 dev eth0
ip -n fifty-hosts.h35 address add 10.1.0.35/24 dev eth0
ip -n fifty-hosts.h36 address add 10.1.0.36/24 dev eth0
ip -n fifty-hosts.h37 address add 10.1.0.37/24 dev eth0
ip -n fifty-hosts.h38 address add 10.1.0.38/24 dev eth0
ip -n fifty-hosts.h39 address add 10.1.0.39/24 dev eth0
ip -n fifty-hosts.h3 address add 10.1.0.3/24 dev eth0
ip -n fifty-hosts.h40 address add 10.1.0.40/24 dev eth0
ip -n fifty-hosts.h41 address add 10.1.0.41/24 dev eth0
ip -n fifty-hosts.h42 address add 10.1.0.42/24 dev eth0
ip -n fifty-hosts.h43 address add 10.1.0.43/24 dev eth0
ip -n fifty-hosts.h44 address add 10.1.0.44/24 dev eth0
ip -n fifty-hosts.h45 address add 10.1.0.45/24 dev eth0
ip -n fifty-hosts.h46 address add 10.1.0.46/24 dev eth0
ip -n fifty-hosts.h47 address add 10.1.0.47/24 dev eth0
ip -n fifty-hosts.h48 address add 10.1.0.48/24 dev eth0
ip -n fifty-hosts.h49 address add 10.1.0.49/24 dev eth0
ip -n fifty-hosts.h4 address add 10.1.0.4/24 dev eth0
ip -n fifty-hosts.h50 address add 10.1.0.50/24 dev eth0
ip -n fifty-hosts.h5 address add 10.1.0.5/24 dev eth0
ip -n fifty-hosts.h6 address add 10.1.0.6/24 dev eth0
ip -n fifty-hosts.h7 address add 10.1.0.7/24 dev eth0
ip -n fifty-hosts.h8 address add 10.1.0.8/24 dev eth0
ip -n fifty-hosts.h9 address add 10.1.0.9/24 dev eth0
