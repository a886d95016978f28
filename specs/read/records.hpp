// The readers of a topology's entries, each defined beside its key table. Every one reports what is wrong and returns
// what could be read; none when there is nothing to go on with.
#pragma once
#include "specs/tables.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nsbuild::specs {

/// The types of keys that hold entries, for the tables that have such keys.
Value<std::vector<Route>> routes();
Value<std::vector<Rule>> rules();
Value<std::vector<Interface>> interfaces();
Value<std::vector<End>> endpoints();
Value<std::vector<End>> two_endpoints();  // of a link
Value<std::vector<Mount>> mounts();
Value<std::vector<Mount>> tmpfs_mounts();
Value<std::vector<File>> files();
Value<std::vector<std::string>> command();
Value<std::vector<std::pair<std::string, std::string>>> environment();
Value<std::vector<Rlimit>> rlimits();
Value<Ready> ready();
Value<std::vector<Dependency>> depends_on();
/// Without symbolic links; a path that leads nowhere stays as it is.
std::string real_path(const std::string& path);
Value<std::vector<ExtraHost>> extra_hosts();
Value<Dns> dns();
Value<Vars> vars();

// How a process runs, lives and ends.
Value<std::chrono::milliseconds> duration(std::chrono::milliseconds least);
Value<std::int32_t> signal_to_send();
Value<Restart> restart_policy();
Value<std::uint32_t> permission_mask();
Value<std::int32_t> niceness();
Value<std::string> group_name();
Value<std::vector<Located<std::string>>> group_names();

/// The largest file that `source:` may name.
inline constexpr std::size_t largest_source = std::size_t{16} << 20U;
/// `8080`, `10.0.0.1:8080` or `[fd00::1]:8080`, into a probe's port and address. False when it is none of these.
bool parse_socket(std::string_view text, Ready& ready);

/// `profile:`, which the merger has obeyed by the time an entry is read.
Value<bool> profile_names();

/// A route in the words of ip-route(8).
std::optional<Route> read_route_words(Reader& reader, const Node& words);
/// Gives a default route its family and checks that gateways fit; `any` when the destination was written `default`.
void complete_route(Reader& reader, Route& route, bool any);

// Each takes what the entry is in the end, merged and its ranges expanded.
std::optional<Namespace> read_namespace(Reader& reader, const Node& name, const Node& value);
std::optional<Link> read_link(Reader& reader, const Node& value);
std::optional<Network> read_network(Reader& reader, const Node& name, const Node& value);
std::optional<Service> read_service(Reader& reader, const Node& name, const Node& value);

/// No two mounts and no two files at one place, and no mount where it would break the service. `said` is the service as
/// the file says it: only targets without references are looked at, or with `settled` only what depends on those.
void check_targets(Reader& reader, const Service& service, const Service& said, bool settled);

/// Reports keys that no kind of entry has, in profiles that no entry has named.
void check_unused_profiles(Reader& reader, const Node& profiles);

/// The whole file: reports what is wrong, fills in what could be read.
void read_topology(Reader& reader, const Node& root, Spec& spec);

}  // namespace nsbuild::specs
