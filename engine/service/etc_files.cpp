#include "engine/service/etc_files.hpp"

#include "engine/listing.hpp"
#include "engine/place.hpp"
#include "engine/rundir.hpp"
#include "planner/kinds/hosts.hpp"

#include <algorithm>
#include <filesystem>

namespace nsbuild::engine {
namespace {

constexpr const char* hosts_target = "/etc/hosts";
constexpr const char* resolver_target = "/etc/resolv.conf";

/// Puts a file where one with the same target is, or behind all.
void put(std::vector<EtcFile>& files, EtcFile file) {
  for (EtcFile& each : files)
    if (each.target == file.target) return void(each = std::move(file));
  files.push_back(std::move(file));
}

/// Sorted, so that equal services are launched alike.
void add_of_netns(std::vector<EtcFile>& files, const Place& place, bool keep_hosts, bool keep_resolver) {
  const std::string directory = "/etc/netns/" + std::filesystem::path(pin_path(place)).filename().string();
  for (const std::string& name : names_in(directory)) {
    const std::string target = "/etc/" + name;
    const bool kept = (keep_hosts && target == hosts_target) || (keep_resolver && target == resolver_target);
    const bool is_ours = target == hosts_target || target == resolver_target;
    if (!kept) put(files, {directory + '/' + name, target, is_ours});
  }
}

/// Where the machine's resolv.conf is a link into /run (systemd-resolved's), it would lead nowhere below the private
/// one.
/// "" when it is none.
std::string hidden_resolver() {
  std::error_code missing;
  if (!std::filesystem::is_symlink(resolver_target, missing)) return "";
  const std::string file = std::filesystem::canonical(resolver_target, missing);
  return file.starts_with("/run/") ? file : "";
}

}  // namespace

bool has_rootfs(const planner::Service& service) { return !service.rootfs.empty() && service.rootfs != "/"; }

std::vector<EtcFile> etc_of_service(const std::string& lab, const planner::Service& service) {
  const planner::Hosts names{.place = service.place, .service = service.own_hosts ? service.name : ""};
  std::vector<EtcFile> files{{hosts_path(lab, names.file_name()), hosts_target, true, true}};
  if (service.own_resolver)
    files.push_back({resolv_path(lab, service.place), resolver_target, true, true});
  else if (const std::string machines = hidden_resolver(); !has_rootfs(service) && !machines.empty())
    files.push_back({machines, resolver_target, true});
  add_of_netns(files, {lab, service.place}, service.says_hosts, service.own_resolver);
  return files;
}

std::vector<EtcFile> etc_of_visitor(const std::string& lab, const std::string& place, const std::string& hosts,
                                    bool says_hosts) {
  std::vector<EtcFile> files{{hosts, hosts_target}};
  const std::string resolver = resolv_path(lab, place);
  const bool own_resolver = is_there(resolver);
  if (own_resolver) files.push_back({resolver, resolver_target});
  add_of_netns(files, {lab, place}, says_hosts, own_resolver);
  return files;
}

}  // namespace nsbuild::engine
