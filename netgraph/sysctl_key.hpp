// The name of a setting below /proc/sys, in sysctl(8)'s two spellings.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace nsbuild::netgraph {

class SysctlKey {
 public:
  /// "net.ipv4.conf.eth0/100.mtu" or "net/ipv4/conf/eth0.100/mtu": the first separator decides what separates, the
  /// other one stands for itself or its counterpart (sysctl(8)).
  static SysctlKey parse(std::string_view text);

  /// Dots between the parts, `/` for a dot inside one.
  std::string text() const;

  const std::vector<std::string>& parts() const { return parts_; }

  /// True below net.ipv4.conf and its like, where each interface has a directory.
  bool wants_interface() const;

  /// The interface that the key belongs to, or `all`, or `default`; empty when it belongs to none.
  std::string interface() const;

  /// A key whose writing resets others: net.ipv4.ip_forward and its kin (devinet_sysctl_forward() in
  /// net/ipv4/devinet.c).
  bool is_forwarding() const;

 private:
  std::vector<std::string> parts_;  // with dots, as in the file system
};

}  // namespace nsbuild::netgraph
