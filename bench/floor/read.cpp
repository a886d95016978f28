// The lines that say what the lab is.
#include "bench/floor/lab.hpp"

#include <cstdio>
#include <sstream>
#include <stdexcept>

#include <arpa/inet.h>

namespace floor_bench {

namespace {

Ip parse_ip(const std::string& text) {
  Ip ip;
  const auto slash = text.find('/');
  const auto address = text.substr(0, slash);
  ip.family = address.find(':') == std::string::npos ? AF_INET : AF_INET6;
  if (inet_pton(ip.family, address.c_str(), ip.bytes.data()) != 1) throw std::runtime_error("no address: " + text);
  ip.length = slash == std::string::npos ? static_cast<std::uint8_t>(ip.size() * 8)
                                         : static_cast<std::uint8_t>(std::stoi(text.substr(slash + 1)));
  return ip;
}

std::array<std::uint8_t, 6> parse_mac(const std::string& text) {
  std::array<std::uint8_t, 6> mac{};
  std::istringstream words(text);
  std::string byte;
  for (auto& each : mac) {
    std::getline(words, byte, ':');
    each = static_cast<std::uint8_t>(std::stoi(byte, nullptr, 16));
  }
  return mac;
}

std::string word(std::istream& words) {
  std::string text;
  if (!(words >> text)) throw std::runtime_error("a word is missing");
  return text;
}

}  // namespace

std::size_t Ip::size() const { return family == AF_INET ? 4 : 16; }

Lab::Lab(const std::string& name, std::istream& lines) : name_(name) {
  std::string line;
  while (std::getline(lines, line)) {
    std::istringstream words(line);
    read(words, line);
  }
}

Place& Lab::place(const std::string& name) {
  const auto found = by_name_.find(name);
  if (found == by_name_.end()) throw std::runtime_error("no namespace " + name);
  return *found->second;
}

/// The lowest free index is what nsbuild gives a device, too.
End Lab::read_end(std::istream& words) {
  End end;
  end.place = &place(word(words));
  end.name = word(words);
  end.mac = parse_mac(word(words));
  end.index = end.place->index[end.name] = static_cast<int>(end.place->index.size()) + 1;
  return end;
}

void Lab::read(std::istream& words, const std::string& line) {
  const auto kind = word(words);
  const auto master = [&](End end) {
    const auto name = word(words);
    if (name != "-") end.master = end.place->index.at(name);
    return end;
  };
  if (kind == "netns") {
    const auto name = word(words);
    places_.push_back({.name = name, .pin = "/run/netns/" + name_ + "." + name, .index = {{"lo", 1}}});
    by_name_[name] = &places_.back();
  } else if (kind == "sysctl") {
    Place& at = place(word(words));
    at.sysctls.push_back({word(words), word(words)});
  } else if (kind == "bridge") {
    bridges_.push_back(read_end(words));
  } else if (kind == "veth") {
    const End a = master(read_end(words));
    veths_.push_back({a, master(read_end(words))});
  } else if (kind == "address") {
    Place& at = place(word(words));
    const int index = at.index.at(word(words));
    addresses_.push_back({&at, index, parse_ip(word(words))});
  } else if (kind == "route") {
    Place& at = place(word(words));
    Route route{&at, parse_ip(word(words)), {}};
    for (std::string gateway, dev; words >> gateway >> dev;)
      route.hops.push_back({parse_ip(gateway), at.index.at(dev)});
    routes_.push_back(route);
  } else if (kind == "service") {
    services_.push_back(&place(word(words)));
  } else {
    throw std::runtime_error("not understood: " + line);
  }
}

}  // namespace floor_bench
