#include "netgraph/sysctl_key.hpp"

#include <algorithm>

namespace nsbuild::netgraph {

SysctlKey SysctlKey::parse(std::string_view text) {
  SysctlKey key;
  const std::size_t first = text.find_first_of("./");
  const char separator = first == std::string_view::npos ? '.' : text[first];
  for (std::size_t start = 0; start <= text.size();) {
    const std::size_t end = std::min(text.find(separator, start), text.size());
    std::string part(text.substr(start, end - start));
    if (separator == '.') std::replace(part.begin(), part.end(), '/', '.');
    key.parts_.push_back(std::move(part));
    start = end + 1;
  }
  return key;
}

std::string SysctlKey::text() const {
  std::string text;
  for (std::string part : parts_) {
    std::replace(part.begin(), part.end(), '.', '/');
    text += (text.empty() ? "" : ".") + part;
  }
  return text;
}

bool SysctlKey::wants_interface() const {
  return parts_.size() >= 3 && parts_[0] == "net" && (parts_[2] == "conf" || parts_[2] == "neigh");
}

std::string SysctlKey::interface() const { return wants_interface() && parts_.size() >= 5 ? parts_[3] : std::string{}; }

bool SysctlKey::is_forwarding() const {
  const std::string key = text();
  return key == "net.ipv4.ip_forward" || key == "net.ipv4.conf.all.forwarding" || key == "net.ipv6.conf.all.forwarding";
}

}  // namespace nsbuild::netgraph
