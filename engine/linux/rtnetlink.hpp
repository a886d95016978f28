// The rtnetlink messages that nsbuild speaks (rtnetlink(7)), each a header and a table of the attributes it uses.
#pragma once
#include "engine/linux/attribute.hpp"

#include <linux/fib_rules.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/ip.h>
#include <linux/net_namespace.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <sys/socket.h>

namespace nsbuild::engine {

struct InetConf {
  std::optional<std::uint32_t> promote_secondaries;
  static constexpr auto attributes =
      std::tuple{Attribute{IPV4_DEVCONF_PROMOTE_SECONDARIES, &InetConf::promote_secondaries}};
};

struct InetSpec {
  std::optional<InetConf> conf;
  static constexpr auto attributes = std::tuple{Attribute{IFLA_INET_CONF, &InetSpec::conf, Direction::request_only}};
};

struct AfSpec {
  std::optional<InetSpec> inet;
  static constexpr auto attributes = std::tuple{Attribute{AF_INET, &AfSpec::inet}};
};

struct Properties {
  std::vector<std::string> altnames;
  static constexpr auto attributes = std::tuple{Attribute{IFLA_ALT_IFNAME, &Properties::altnames}};
};

/// What both a link and the other half of a veth can say of themselves.
struct LinkFields {
  std::optional<std::string> name, alias;
  std::optional<MacAddress> address;
  std::optional<std::uint32_t> mtu, group, master, link, tx_queues, rx_queues;
  std::optional<std::int32_t> netns_fd, link_netnsid;
  std::optional<AfSpec> af_spec;
  std::optional<Properties> properties;
  std::optional<std::uint32_t> ext_mask;

  static constexpr auto attributes = std::tuple{
      Attribute{IFLA_IFNAME, &LinkFields::name},
      Attribute{IFLA_IFALIAS, &LinkFields::alias},
      Attribute{IFLA_ADDRESS, &LinkFields::address},
      Attribute{IFLA_MTU, &LinkFields::mtu},
      Attribute{IFLA_GROUP, &LinkFields::group},
      Attribute{IFLA_MASTER, &LinkFields::master},
      Attribute{IFLA_LINK, &LinkFields::link},
      Attribute{IFLA_NUM_TX_QUEUES, &LinkFields::tx_queues},
      Attribute{IFLA_NUM_RX_QUEUES, &LinkFields::rx_queues},
      Attribute{IFLA_NET_NS_FD, &LinkFields::netns_fd},
      Attribute{IFLA_LINK_NETNSID, &LinkFields::link_netnsid},
      Attribute{IFLA_AF_SPEC, &LinkFields::af_spec},
      Attribute{IFLA_PROP_LIST, &LinkFields::properties},
      Attribute{IFLA_EXT_MASK, &LinkFields::ext_mask},
  };
};

struct Peer : LinkFields {
  ifinfomsg header{};
};

struct VethData {
  std::optional<Peer> peer;
  static constexpr auto attributes = std::tuple{Attribute{VETH_INFO_PEER, &VethData::peer}};
};

struct LinkInfo {
  std::optional<std::string> kind;
  std::optional<VethData> data;
  static constexpr auto attributes = std::tuple{
      Attribute{IFLA_INFO_KIND, &LinkInfo::kind},
      Attribute{IFLA_INFO_DATA, &LinkInfo::data, Direction::request_only},
  };
};

/// RTM_NEWLINK, RTM_SETLINK, RTM_DELLINK, RTM_GETLINK, RTM_NEWLINKPROP, RTM_DELLINKPROP.
struct LinkMessage : LinkFields {
  ifinfomsg header{};
  std::optional<LinkInfo> info;
  static constexpr auto attributes =
      std::tuple_cat(LinkFields::attributes, std::tuple{Attribute{IFLA_LINKINFO, &LinkMessage::info}});
};

/// RTM_NEWADDR, RTM_DELADDR, RTM_GETADDR.
struct AddressMessage {
  ifaddrmsg header{};
  std::optional<IpAddress> local, address;
  std::optional<std::uint32_t> flags;
  std::optional<std::uint8_t> protocol;
  static constexpr auto attributes = std::tuple{
      Attribute{IFA_LOCAL, &AddressMessage::local},
      Attribute{IFA_ADDRESS, &AddressMessage::address},
      Attribute{IFA_FLAGS, &AddressMessage::flags},
      Attribute{IFA_PROTO, &AddressMessage::protocol},
  };
};

struct NextHopMessage {
  rtnexthop header{};
  std::optional<IpAddress> gateway;
  std::optional<Via> via;
  static constexpr auto attributes = std::tuple{
      Attribute{RTA_GATEWAY, &NextHopMessage::gateway},
      Attribute{RTA_VIA, &NextHopMessage::via},
  };
};

/// RTM_NEWROUTE, RTM_DELROUTE, RTM_GETROUTE.
struct RouteMessage {
  rtmsg header{};
  std::optional<IpAddress> to, source, gateway;
  std::optional<Via> via;
  std::optional<std::uint32_t> table, metric, oif, nexthop_id;
  std::vector<NextHopMessage> nexthops;
  static constexpr auto attributes = std::tuple{
      Attribute{RTA_DST, &RouteMessage::to},
      Attribute{RTA_PREFSRC, &RouteMessage::source},
      Attribute{RTA_GATEWAY, &RouteMessage::gateway},
      Attribute{RTA_VIA, &RouteMessage::via},
      Attribute{RTA_TABLE, &RouteMessage::table},
      Attribute{RTA_PRIORITY, &RouteMessage::metric},
      Attribute{RTA_OIF, &RouteMessage::oif},
      Attribute{RTA_NH_ID, &RouteMessage::nexthop_id},
      Attribute{RTA_MULTIPATH, &RouteMessage::nexthops},
  };
};

/// RTM_NEWRULE, RTM_DELRULE, RTM_GETRULE.
struct RuleMessage {
  fib_rule_hdr header{};
  std::optional<IpAddress> from, to;
  std::optional<std::string> iif, oif;
  std::optional<std::uint32_t> priority, mark, mask, table, suppress_prefix_length, go_to;
  std::optional<std::uint8_t> protocol, ip_protocol, l3mdev;
  static constexpr auto attributes = std::tuple{
      Attribute{FRA_SRC, &RuleMessage::from},
      Attribute{FRA_DST, &RuleMessage::to},
      Attribute{FRA_IIFNAME, &RuleMessage::iif},
      Attribute{FRA_OIFNAME, &RuleMessage::oif},
      Attribute{FRA_PRIORITY, &RuleMessage::priority},
      Attribute{FRA_FWMARK, &RuleMessage::mark},
      Attribute{FRA_FWMASK, &RuleMessage::mask},
      Attribute{FRA_TABLE, &RuleMessage::table},
      Attribute{FRA_SUPPRESS_PREFIXLEN, &RuleMessage::suppress_prefix_length},
      Attribute{FRA_GOTO, &RuleMessage::go_to},
      Attribute{FRA_PROTOCOL, &RuleMessage::protocol},
      Attribute{FRA_IP_PROTO, &RuleMessage::ip_protocol},
      Attribute{FRA_L3MDEV, &RuleMessage::l3mdev},
  };
};

/// RTM_NEWQDISC.
struct QdiscMessage {
  tcmsg header{};
  std::optional<std::string> kind;
  static constexpr auto attributes = std::tuple{Attribute{TCA_KIND, &QdiscMessage::kind}};
};

/// RTM_GETNSID: what a namespace calls another one.
struct NsidMessage {
  rtgenmsg header{};
  std::optional<std::int32_t> fd, nsid;
  static constexpr auto attributes = std::tuple{
      Attribute{NETNSA_FD, &NsidMessage::fd},
      Attribute{NETNSA_NSID, &NsidMessage::nsid},
  };
};

}  // namespace nsbuild::engine
