#include "cli/status_text.hpp"
#include "planner/words.hpp"

#include <nlohmann/json.hpp>
#include <sys/wait.h>

namespace nsbuild::cli {

namespace {

using Json = nlohmann::ordered_json;

Json or_null(const std::string& text) { return text.empty() ? Json() : Json(text); }

Json value_of(const engine::InterfaceStatus& interface) {
  Json addresses = Json::array();
  for (const auto& prefix : interface.addresses) addresses.push_back(prefix.text());
  return {{"name", interface.name},
          {"kind", interface.kind},
          {"up", interface.up},
          {"mtu", interface.mtu ? Json(*interface.mtu) : Json()},
          {"mac", interface.mac ? Json(interface.mac->text()) : Json()},
          {"peer", or_null(interface.peer)},
          {"bridge", or_null(interface.master)},
          {"addresses", addresses}};
}

Json value_of(const engine::NamespaceStatus& place) {
  Json interfaces = Json::array();
  for (const auto& interface : place.interfaces) interfaces.push_back(value_of(interface));
  return {{"name", place.name}, {"interfaces", interfaces}};
}

Json value_of(const engine::ServiceStatus& service) {
  const auto& seen = service.service;
  const bool ended = seen.pid == 0;
  Json exit_code;
  Json signal;
  if (ended && WIFEXITED(seen.exit_status)) exit_code = WEXITSTATUS(seen.exit_status);
  if (ended && WIFSIGNALED(seen.exit_status)) signal = WTERMSIG(seen.exit_status);
  return {{"name", seen.spec.name},
          {"namespace", seen.spec.place},
          {"state", planner::words(seen.spec.state)},
          {"ready", is_known_ready(service)},
          {"pid", ended ? Json() : Json(seen.pid)},
          {"uptime", service.uptime ? Json(std::chrono::duration<double>(*service.uptime).count()) : Json()},
          {"starts", seen.starts},
          {"exit_code", exit_code},
          {"signal", signal},
          {"command", seen.spec.command}};
}

Json value_of(const engine::LabStatus& lab) {
  Json namespaces = Json::array();
  for (const auto& place : lab.namespaces) namespaces.push_back(value_of(place));
  Json services = Json::array();
  for (const auto& service : lab.services) services.push_back(value_of(service));
  return {{"name", lab.lab},
          {"file", or_null(lab.topology.value_or(""))},
          {"namespaces", namespaces},
          {"services", services}};
}

}  // namespace

std::string status_json(const std::vector<engine::LabStatus>& labs) {
  Json all = Json::array();
  for (const auto& lab : labs) all.push_back(value_of(lab));
  const Json document{{"version", 1}, {"labs", all}};
  return document.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace nsbuild::cli
