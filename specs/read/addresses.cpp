// Addresses, prefixes, MACs and interface names: what the kernel would refuse is refused here, with what to write
// instead.
#include "specs/read/values.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace nsbuild::specs {
namespace {

constexpr std::size_t longest_interface = 15;  // IFNAMSIZ - 1

/// The text without its prefix length, when that text is an address.
std::optional<IpAddress> bare_address(std::string_view text) { return IpAddress::parse(text); }

/// Why an `address/length` is none.
std::string prefix_fault(std::string_view text) {
  const auto address = IpAddress::parse(text.substr(0, text.find('/')));
  if (!address) return fmt::format("{} is not an IP address with a prefix length", in_quotes(text));
  return fmt::format("the prefix length of {} must be 0 to {}", in_quotes(text), address->bits());
}

/// For a text with leading zeros: what was probably meant.
std::string address_hint(std::string_view text) {
  if (text.find('%') != std::string_view::npos) return "no zone: the interface is a key of its own";
  return text.find(':') == std::string_view::npos ? "such as 10.0.0.1" : "such as fd00::1";
}

std::optional<IpPrefix> read_subnet(Reader& reader, Mark at, std::string_view text) {
  const auto prefix = IpPrefix::parse(text);
  if (!prefix) {
    const bool bare = bare_address(text).has_value();
    reader.error(at, bare ? fmt::format("the subnet {} lacks its prefix length", in_quotes(text)) : prefix_fault(text),
                 bare ? fmt::format("such as {}/24", text) : "such as 10.0.0.0/24");
    return std::nullopt;
  }
  if (prefix->network() == *prefix) return prefix;
  reader.error(at, fmt::format("the subnet {} has bits set behind its prefix length", in_quotes(text)),
               fmt::format("did you mean \"{}\"?", prefix->network().text()));
  return std::nullopt;
}

using Prefixes = std::vector<Located<IpPrefix>>;
using ReadPrefix = std::optional<IpPrefix> (*)(Reader&, Mark, std::string_view);

/// One scalar or a list of them; what cannot be read is left out, since it has been reported.
std::optional<Prefixes> one_or_more(Reader& reader, const Node& node, std::string_view expected, ReadPrefix read) {
  Prefixes result;
  const auto add = [&](const Node& item) {
    if (!item.is_scalar())
      reader.mismatch(item, expected);
    else if (const auto prefix = read(reader, item.at, item.text))
      result.push_back({*prefix, item.at});
  };
  if (node.is_sequence())
    std::for_each(node.items.begin(), node.items.end(), add);
  else
    add(node);
  return result;
}

std::string list_schema(std::string_view item) {
  return fmt::format(R"({{"anyOf": [{0}, {{"type": "array", "items": {0}}}]}})", item);
}

}  // namespace

std::optional<IpAddress> read_address(Reader& reader, Mark at, std::string_view text) {
  if (const auto address = IpAddress::parse(text)) return address;
  const bool has_length = IpPrefix::parse(text).has_value();
  reader.error(at, fmt::format("{} is not an IP address", in_quotes(text)),
               has_length ? "without a prefix length" : address_hint(text));
  return std::nullopt;
}

std::optional<IpPrefix> read_destination(Reader& reader, Mark at, std::string_view text) {
  if (const auto address = bare_address(text)) return IpPrefix{*address, address->bits()};
  const auto prefix = IpPrefix::parse(text);
  if (!prefix) {
    reader.error(at, prefix_fault(text), "such as 10.0.0.0/24 or fd00::/64");
    return std::nullopt;
  }
  if (prefix->network() == *prefix) return prefix;
  reader.error(at, fmt::format("{} has bits set behind its prefix length", in_quotes(text)),
               fmt::format("did you mean \"{}\"?", prefix->network().text()));
  return std::nullopt;
}

std::optional<IpPrefix> read_interface_address(Reader& reader, Mark at, std::string_view text) {
  const auto prefix = IpPrefix::parse(text);
  if (prefix && !prefix->address.is_multicast() && !prefix->address.is_unspecified()) return prefix;
  if (prefix) {
    reader.error(at, fmt::format("{} cannot be an interface's address", in_quotes(text)),
                 prefix->address.is_multicast() ? "it is a multicast address" : "");
  } else if (const auto bare = bare_address(text)) {
    reader.error(at, fmt::format("the address {} lacks its prefix length", in_quotes(text)),
                 fmt::format("such as {}/{}", text, bare->family == Family::v4 ? 24 : 64));
  } else {
    reader.error(at, prefix_fault(text), "such as 10.0.0.1/24 or fd00::1/64");
  }
  return std::nullopt;
}

Value<IpAddress> address() {
  return {{"IP address", R"({"type": "string"})"}, [](Reader& reader, const Node& node) -> std::optional<IpAddress> {
            if (node.is_scalar()) return read_address(reader, node.at, node.text);
            reader.mismatch(node, "an IP address");
            return std::nullopt;
          }};
}

Value<IpPrefix> destination() {
  return {{"IP prefix or address", R"({"type": "string"})"},
          [](Reader& reader, const Node& node) -> std::optional<IpPrefix> {
            if (node.is_scalar()) return read_destination(reader, node.at, node.text);
            reader.mismatch(node, "an IP prefix");
            return std::nullopt;
          }};
}

Value<Prefixes> interface_addresses() {
  return {{"`address/length`, or a list of them", list_schema(R"({"type": "string"})"), true},
          [](Reader& reader, const Node& node) {
            return one_or_more(reader, node, "an address with its prefix length", read_interface_address);
          }};
}

Value<Prefixes> subnets() {
  const auto read = [](Reader& reader, const Node& node) {
    auto result = one_or_more(reader, node, "an IP prefix", read_subnet);
    for (std::size_t i = 1; i < result->size(); ++i)
      for (std::size_t j = 0; j < i; ++j)
        if ((*result)[i].value.address.family == (*result)[j].value.address.family)
          reader.error((*result)[i].at, "a second subnet of the same family", "one IPv4 and one IPv6 subnet at most")
              .notes.push_back({(*result)[j].at, "the first"});
    return result;
  };
  return {{"IP prefix, or one of each family", list_schema(R"({"type": "string"})"), true}, read};
}

Value<MacAddress> mac() {
  const auto read = [](Reader& reader, const Node& node) -> std::optional<MacAddress> {
    const auto value = node.is_scalar() ? MacAddress::parse(node.text) : std::nullopt;
    if (!value) {
      reader.mismatch(node, "six hexadecimal pairs with colons", "such as \"02:00:00:00:00:01\"");
    } else if (value->is_multicast() || value->is_zero()) {
      // is_valid_ether_addr() in the kernel's include/linux/etherdevice.h
      reader.error(node.at, fmt::format("no interface can have the MAC address {}", in_quotes(node.text)),
                   value->is_zero() ? "it is all zero" : "it is a multicast address: the first byte is odd");
    } else {
      return value;
    }
    return std::nullopt;
  };
  return {{"MAC address", R"({"type": "string"})"}, read};
}

bool check_interface_name(Reader& reader, Mark at, std::string_view name) {
  const auto refuse = [&](std::string hint) {
    reader.error(at, fmt::format("{} cannot be an interface's name", in_quotes(name)), std::move(hint));
    return false;
  };
  if (name.empty()) return refuse("it is empty");
  if (name.size() > longest_interface)
    return refuse(fmt::format("at most {} bytes, this has {}", longest_interface, name.size()));
  if (name == "." || name == "..") return refuse({});
  // The two are directories beside those of the interfaces in /proc/sys/net/ipv4/conf: see net/ipv4/devinet.c.
  if (name == "all" || name == "default") return refuse("the kernel keeps it for sysctls");
  // Legal for the kernel, but nothing that anybody means; it would drive the terminal that prints it.
  if (std::any_of(name.begin(), name.end(), [](unsigned char c) { return c < ' ' || c == 0x7f; }))
    return refuse("it holds a control character");
  const auto bad = std::find_if(name.begin(), name.end(), [](char c) {
    return c == '/' || c == ':' || c == '%' || c == ' ' || (c >= '\t' && c <= '\r') || c == '\xa0';
  });
  if (bad != name.end()) return refuse(fmt::format("it holds {}", in_quotes({&*bad, 1})));
  return true;
}

Value<std::string> interface_name() {
  return {{"interface name", R"({"type": ["string", "integer"]})"},
          [](Reader& reader, const Node& node) -> std::optional<std::string> {
            auto name = scalar(reader, node, "an interface's name");
            if (!name || !check_interface_name(reader, node.at, *name)) return std::nullopt;
            return name;
          }};
}

}  // namespace nsbuild::specs
