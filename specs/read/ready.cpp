// When a service is ready: what is looked at, how often and for how long.
#include "specs/expression.hpp"
#include "specs/read/records.hpp"
#include "specs/read/values.hpp"
#include "specs/references.hpp"

#include <charconv>

#include <fmt/format.h>

namespace nsbuild::specs {
namespace {

constexpr std::size_t longest_expression = 1000;  // bytes

bool is_port(std::string_view text, std::uint16_t& port) {
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), port);
  return problem == std::errc() && end == text.data() + text.size() && port != 0;
}

void read_socket(Reader& reader, const Node& node, Ready& ready, Probe probe) {
  ready.probe = probe;
  if (node.is_scalar() && has_reference(node.text)) ready.text = node.text;
  if (!ready.text.empty() || (node.is_scalar() && parse_socket(node.text, ready))) return;
  reader.mismatch(node, "a port from 1 to 65535, or address:port", R"(such as 8080, 127.0.0.1:8080 or "[::1]:8080")");
}

void read_path(Reader& reader, const Node& node, Ready& ready, Probe probe) {
  ready.probe = probe;
  if (auto path = absolute_path().read(reader, node)) ready.text = std::move(*path);
}

void read_probe_command(Reader& reader, const Node& node, Ready& ready) {
  ready.probe = Probe::command;
  if (auto argv = command().read(reader, node)) ready.command = std::move(*argv);
}

void read_expression(Reader& reader, const Node& node, Ready& ready) {
  ready.probe = Probe::log;
  const auto text = scalar(reader, node, "a regular expression");
  if (!text) return;
  if (text->empty() || text->size() > longest_expression) {
    reader.error(node.at, fmt::format("\"log\" must have 1 to {} bytes", longest_expression));
    return;
  }
  const std::string problem = has_reference(*text) ? "" : Expression(*text).problem();
  if (!problem.empty())
    reader.error(node.at, fmt::format("{} is not a regular expression", in_quotes(*text)), problem);
  else
    ready.text = *text;
}

std::vector<Key<Ready>> probe_keys() {
  const Type socket{"port, or address:port", R"({"type": ["integer", "string"]})"};
  const auto of = [](auto read, Probe probe) {
    return [read, probe](Reader& reader, const Node& node, Ready& ready) { read(reader, node, ready, probe); };
  };
  return {
      key<Ready>("tcp", socket, of(read_socket, Probe::tcp),
                 {"a TCP socket listens there in its namespace", "8080", "", {"port", "tcp_port", "listen"}}),
      key<Ready>("udp", socket, of(read_socket, Probe::udp),
                 {"a UDP socket is bound there in its namespace", "\"[::1]:53\"", "", {"udp_port"}}),
      key<Ready>("unix", absolute_path().type, of(read_path, Probe::unix_socket),
                 {"a Unix socket listens at that path", "/run/frr/zebra.vty", "", {"socket", "unix_socket"}}),
      key<Ready>("file", absolute_path().type, of(read_path, Probe::file),
                 {"that path is there", "/run/bird.ctl", "", {"path", "exists"}}),
      key<Ready>(
          "command", command().type, read_probe_command,
          {"that command, run inside the service, exits with 0", "[birdc, show, status]", "", {"test", "exec", "cmd"}}),
      key<Ready>("log", {"regular expression (RE2)", R"({"type": "string"})"}, read_expression,
                 {"a line of its output matches", "\"listening on port [0-9]+\"", "", {"output", "regex", "match"}}),
  };
}

const Table<Ready>& ready_table() {
  static const Table<Ready> table = [] {
    Table<Ready> made{{"ready", "\"ready\"",
                       "When a service counts as ready: exactly one of the first six keys, looked at from inside its "
                       "namespaces, at first after 1 ms, then at growing intervals."},
                      probe_keys()};
    made.keys.push_back(
        key("timeout", &Ready::timeout, duration(std::chrono::milliseconds{1}),
            {"how long it may take; then the apply fails", "10s", "30s", {"start_period", "deadline"}}));
    made.keys.push_back(key("interval", &Ready::interval, duration(std::chrono::milliseconds{1}),
                            {"the longest pause between two looks", "500ms", "1s", {"every", "period"}}));
    return made;
  }();
  return table;
}

/// There is one probe: none would wait for nothing, of two the file does not say which holds.
void check_one_probe(Reader& reader, const Node& node) {
  static const std::vector<Key<Ready>> probes = probe_keys();
  const Node* first = nullptr;
  for (const Entry& entry : node.entries) {
    const bool is_probe = std::any_of(probes.begin(), probes.end(),
                                      [&](const Key<Ready>& probe) { return probe.name == entry.key.text; });
    if (!is_probe || entry.value.is_null()) continue;
    if (first == nullptr)
      first = &entry.key;
    else
      reader
          .error(entry.key.at, fmt::format("\"ready\" has both \"{}\" and \"{}\"", first->text, entry.key.text),
                 "leave one of them out")
          .notes.push_back({first->at, fmt::format("\"{}\"", first->text)});
  }
  if (first == nullptr)
    reader.error(node.at, "\"ready\" needs one of tcp, udp, unix, file, command, log", "such as {tcp: 8080}");
}

}  // namespace

bool parse_socket(std::string_view text, Ready& ready) {
  if (is_port(text, ready.port)) return true;
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos || !is_port(text.substr(colon + 1), ready.port)) return false;
  std::string_view host = text.substr(0, colon);
  const bool brackets = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (brackets) host = host.substr(1, host.size() - 2);
  ready.address = IpAddress::parse(host);
  return ready.address && brackets == (ready.address->family == Family::v6);
}

Value<Ready> ready() {
  const auto read = [](Reader& reader, const Node& node) -> std::optional<Ready> {
    Ready result;
    result.at = node.at;
    const std::size_t errors = reader.errors();
    if (!node.is_map()) {
      reader.mismatch(node, "a mapping", "such as {tcp: 8080}");
      return std::nullopt;
    }
    read_table(reader, ready_table(), node, result);
    if (reader.errors() == errors) check_one_probe(reader, node);
    return reader.errors() == errors ? std::optional(result) : std::nullopt;
  };
  return {{"mapping", R"({"$ref": "#/$defs/ready"})"}, read};
}

TableView ready_keys() { return view(ready_table()); }

}  // namespace nsbuild::specs
