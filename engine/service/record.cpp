#include "engine/service/record.hpp"

#include "engine/error.hpp"
#include "engine/init/wire.hpp"
#include "engine/service/memfd.hpp"
#include "engine/service/nesting.hpp"
#include "planner/walk.hpp"
#include "planner/words.hpp"

#include <algorithm>
#include <concepts>
#include <cstring>
#include <map>
#include <tuple>
#include <utility>

#include <nlohmann/json.hpp>
#include <sys/resource.h>

namespace nsbuild::engine {
namespace {

using nlohmann::json;

/// What a service holds is encoded by the same tables as it is compared and shown by.
template <class T>
concept Described = planner::Tabled<T>;

json encode(bool value) { return value; }
json encode(std::uint32_t value) { return value; }
json encode(std::int32_t value) { return value; }
json encode(std::uint64_t value) { return value; }
/// A byte string: paths, contents and values need not be UTF-8.
json encode(const std::string& value) { return json::binary({value.begin(), value.end()}); }
template <class T>
requires std::is_enum_v<T> json encode(T value) { return static_cast<int>(value); }
template <class T>
json encode(const std::optional<T>& value) {
  return value ? encode(*value) : json();
}
json encode(const std::pair<std::string, std::string>& value) {
  return json::array({encode(value.first), encode(value.second)});
}
template <class T>
json encode(const std::vector<T>& values);
template <Described T>
json encode(const T& value) {
  json object = json::object();
  std::apply([&](const auto&... field) { ((object[std::string(field.name)] = encode(value.*field.member)), ...); },
             T::fields);
  return object;
}
template <class T>
json encode(const std::vector<T>& values) {
  json list = json::array();
  for (const T& value : values) list.push_back(encode(value));
  return list;
}

/// The library makes a number of any type from every other, whatever comes of it.
template <class T>
T whole_number(const json& from) {
  const bool fits = from.is_number_unsigned() ? std::in_range<T>(from.get<std::uint64_t>())
                                              : from.is_number_integer() && std::in_range<T>(from.get<std::int64_t>());
  if (!fits) throw json::out_of_range::create(406, "a number that is none, or too large", &from);
  return from.get<T>();
}

void decode(const json& from, bool& value) { value = from.get<bool>(); }
void decode(const json& from, std::uint32_t& value) { value = whole_number<std::uint32_t>(from); }
void decode(const json& from, std::int32_t& value) { value = whole_number<std::int32_t>(from); }
void decode(const json& from, std::uint64_t& value) { value = whole_number<std::uint64_t>(from); }
void decode(const json& from, std::string& value) {
  const auto& bytes = from.get_binary();
  value.assign(bytes.begin(), bytes.end());
}
template <class T>
requires std::is_enum_v<T>
void decode(const json& from, T& value) {
  value = static_cast<T>(whole_number<int>(from));
  if (!planner::has_words(value)) throw json::out_of_range::create(406, "no value of its kind", &from);
}
template <class T>
void decode(const json& from, std::optional<T>& value) {
  if (from.is_null()) return value.reset();
  decode(from, value.emplace());
}
void decode(const json& from, std::pair<std::string, std::string>& value) {
  decode(from.at(0), value.first);
  decode(from.at(1), value.second);
}
template <class T>
void decode(const json& from, std::vector<T>& values);
template <Described T>
void decode(const json& from, T& value) {
  std::apply([&](const auto&... field) { (decode(from.at(std::string(field.name)), value.*field.member), ...); },
             T::fields);
}
template <class T>
void decode(const json& from, std::vector<T>& values) {
  values.clear();
  for (const json& item : from) decode(item, values.emplace_back());
}

/// Bytes behind a header, with the spans that mean them.
class Layout {
 public:
  init::Span put(std::string_view text) {
    const init::Span span{static_cast<std::uint32_t>(bytes_.size()), static_cast<std::uint32_t>(text.size())};
    bytes_.append(text).push_back('\0');
    return span;
  }
  std::string finish(const init::RecordHeader& header) {
    std::memcpy(bytes_.data(), &header, sizeof header);
    return std::move(bytes_);
  }

 private:
  std::string bytes_ = std::string(sizeof(init::RecordHeader), '\0');
};

std::string strings(const std::vector<std::string>& list) {
  std::string joined;
  for (const std::string& text : list) joined.append(text).push_back('\0');
  return joined;
}

std::string strings(const std::vector<std::pair<std::string, std::string>>& environment) {
  std::string joined;
  for (const auto& [name, value] : environment) joined.append(name).append("=").append(value).push_back('\0');
  return joined;
}

/// By their names without RLIMIT_ (setrlimit(2)).
std::uint32_t limit_number(const std::string& name) {
  static const std::map<std::string_view, int> numbers{
      {"as", RLIMIT_AS},           {"core", RLIMIT_CORE},         {"cpu", RLIMIT_CPU},
      {"data", RLIMIT_DATA},       {"fsize", RLIMIT_FSIZE},       {"locks", RLIMIT_LOCKS},
      {"memlock", RLIMIT_MEMLOCK}, {"msgqueue", RLIMIT_MSGQUEUE}, {"nice", RLIMIT_NICE},
      {"nofile", RLIMIT_NOFILE},   {"nproc", RLIMIT_NPROC},       {"rss", RLIMIT_RSS},
      {"rtprio", RLIMIT_RTPRIO},   {"rttime", RLIMIT_RTTIME},     {"sigpending", RLIMIT_SIGPENDING},
      {"stack", RLIMIT_STACK},
  };
  const auto found = numbers.find(name);
  if (found == numbers.end()) throw Error("rlimit " + name + ": there is no such limit");
  return static_cast<std::uint32_t>(found->second);
}

std::string packed(const std::vector<planner::Rlimit>& limits) {
  constexpr std::uint64_t unlimited = ~std::uint64_t{0};
  std::string bytes;
  for (const planner::Rlimit& limit : limits) {
    init::Limit one{};
    limit.name.copy(one.name, sizeof one.name - 1);
    one.soft = limit.soft.value_or(unlimited);
    one.hard = limit.hard.value_or(unlimited);
    one.resource = limit_number(limit.name);
    bytes.append(reinterpret_cast<const char*>(&one), sizeof one);
  }
  return bytes;
}

/// Whom the command runs as, and how.
void put_identity(Layout& layout, init::RecordHeader& header, const planner::Service& spec) {
  header.umask = spec.umask;
  header.group_count = static_cast<std::uint32_t>(spec.groups.size());
  header.limit_count = static_cast<std::uint32_t>(spec.rlimits.size());
  header.has_nice = spec.nice ? 1 : 0;
  header.nice = spec.nice.value_or(0);
  header.working_dir = layout.put(spec.working_dir.empty() ? "/" : spec.working_dir);
  header.user = layout.put(spec.user);
  header.group = layout.put(spec.group);
  header.groups = layout.put(strings(spec.groups));
  header.limits = layout.put(packed(spec.rlimits));
}

std::optional<std::string_view> cut(std::string_view bytes, init::Span span) {
  if (span.offset > bytes.size() || span.size > bytes.size() - span.offset) return std::nullopt;
  return bytes.substr(span.offset, span.size);
}

std::string link_name(const std::string& lab) { return "nsbuild:" + lab + "/"; }

std::string link_name(const std::string& run_dir, const std::string& lab, const std::string& service) {
  return link_name(lab) + service + "@" + run_dir;
}

}  // namespace

namespace {

init::Restart wire_word(specs::RestartPolicy policy) {
  switch (policy) {
    case specs::RestartPolicy::on_failure:
      return init::Restart::on_failure;
    case specs::RestartPolicy::always:
      return init::Restart::always;
    case specs::RestartPolicy::no:
      break;
  }
  return init::Restart::no;
}

void put_prefix(Layout& layout, init::RecordPrefix& prefix, const Record& record) {
  std::copy(std::begin(init::record_magic), std::end(init::record_magic), std::begin(prefix.magic));
  prefix.version = init::wire_version;
  prefix.run_dir_device = record.run_dir_is.device;
  prefix.run_dir_inode = record.run_dir_is.inode;
  prefix.run_dir = layout.put(record.run_dir);
  prefix.lab = layout.put(record.lab);
  prefix.service = layout.put(record.spec.name);
  prefix.join = layout.put(record.spec.join);
}

}  // namespace

Fd make_record(const Record& record) {
  const planner::Service& spec = record.spec;
  const std::vector<std::uint8_t> cbor = json::to_cbor(encode(spec));
  Layout layout;
  init::RecordHeader header{};
  put_prefix(layout, header.prefix, record);
  header.argument_count = static_cast<std::uint32_t>(spec.command.size());
  header.environment_count = static_cast<std::uint32_t>(spec.environment.size());
  header.oneshot = spec.oneshot ? 1 : 0;
  header.restart = wire_word(spec.restart);
  header.restart_attempts = spec.restart_attempts;
  header.stop_signal = spec.stop_signal;
  header.stop_timeout = spec.stop_timeout;
  header.spec = layout.put({reinterpret_cast<const char*>(cbor.data()), cbor.size()});
  header.arguments = layout.put(strings(spec.command));
  header.environment = layout.put(strings(spec.environment));
  put_identity(layout, header, spec);
  return sealed_memfd(link_name(record.run_dir, record.lab, spec.name), layout.finish(header));
}

Fd make_state_page(const std::string& lab, const std::string& service) {
  const init::State state{};
  return shared_memfd("nsbuild-state:" + lab + "/" + service, {reinterpret_cast<const char*>(&state), sizeof state},
                      sizeof(init::StatePage));
}

/// What every version says. A place that is unknown is none that a wish agrees with.
std::optional<Record> parse_record_prefix(std::string_view bytes) {
  init::RecordPrefix prefix;
  if (bytes.size() < sizeof prefix) return std::nullopt;
  std::memcpy(&prefix, bytes.data(), sizeof prefix);
  const bool ours = std::equal(std::begin(prefix.magic), std::end(prefix.magic), std::begin(init::record_magic));
  const auto run_dir = cut(bytes, prefix.run_dir);
  const auto lab = cut(bytes, prefix.lab);
  const auto service = cut(bytes, prefix.service);
  const auto join = cut(bytes, prefix.join);
  if (!ours || prefix.version < 3 || !run_dir || !lab || !service || !join) return std::nullopt;
  Record record{
      std::string(*run_dir), std::string(*lab), {}, prefix.version, {prefix.run_dir_device, prefix.run_dir_inode}};
  record.spec.name = *service;
  record.spec.join = *join;
  record.spec.place = "?";
  return record;
}

std::optional<Record> parse_record(std::string_view bytes) {
  std::optional<Record> record = parse_record_prefix(bytes);
  if (!record || record->version != init::wire_version) return record;
  init::RecordHeader header;
  if (bytes.size() < sizeof header) return std::nullopt;
  std::memcpy(&header, bytes.data(), sizeof header);
  const auto cbor = cut(bytes, header.spec);
  if (!cbor || !is_shallow(*cbor)) return std::nullopt;
  try {
    decode(json::from_cbor(cbor->begin(), cbor->end()), record->spec);
  } catch (const json::exception&) {
    return std::nullopt;
  }
  return record;
}

/// As proc(5) shows a file that has no name.
std::string record_link(const std::string& run_dir, const std::string& lab, const std::string& service) {
  return "/memfd:" + link_name(run_dir, lab, service).substr(0, memfd_name_max) + " (deleted)";
}

std::string record_link_prefix(const std::string& lab) {
  const std::string name = lab.empty() ? "nsbuild:" : link_name(lab);
  return "/memfd:" + name.substr(0, memfd_name_max);
}

}  // namespace nsbuild::engine
