#include "cli/status_text.hpp"

#include "cli/table.hpp"
#include "planner/words.hpp"

#include <chrono>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace nsbuild::cli {

namespace {

using Rows = std::vector<std::vector<std::string>>;

/// "42 s", "3 min 5 s", "2 h 10 min", "4 d 1 h": two units are enough.
std::string duration_words(std::chrono::nanoseconds duration) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(duration).count();
  if (seconds < 60) return fmt::format("{} s", seconds);
  if (seconds < 3600) return fmt::format("{} min {} s", seconds / 60, seconds % 60);
  if (seconds < 86400) return fmt::format("{} h {} min", seconds / 3600, seconds / 60 % 60);
  return fmt::format("{} d {} h", seconds / 86400, seconds / 3600 % 24);
}

std::string addresses(const engine::InterfaceStatus& interface) {
  std::vector<std::string> texts;
  for (const auto& prefix : interface.addresses) texts.push_back(prefix.text());
  return fmt::format("{}", fmt::join(texts, " "));
}

std::string interface_table(const engine::LabStatus& lab) {
  Rows rows{{"NAMESPACE", "INTERFACE", "STATE", "MTU", "PEER", "ADDRESSES"}};
  for (const auto& place : lab.namespaces) {
    std::string name = place.name;
    for (const auto& interface : place.interfaces) {
      rows.push_back({name, interface.name, interface.up ? "up" : "down",
                      interface.mtu ? std::to_string(*interface.mtu) : "", interface.peer, addresses(interface)});
      name.clear();  // once a namespace
    }
  }
  return rows.size() > 1 ? table(rows, 2) : "";
}

std::string service_table(const engine::LabStatus& lab) {
  Rows rows{{"SERVICE", "NAMESPACE", "STATE", "PID", "UPTIME", "STARTS", "COMMAND"}};
  for (const auto& service : lab.services) {
    const auto& spec = service.service.spec;
    const auto state = state_word(service);
    rows.push_back({spec.name, spec.place, spec.exit.empty() ? state : state + ", " + spec.exit,
                    service.service.pid != 0 ? std::to_string(service.service.pid) : "",
                    service.uptime ? duration_words(*service.uptime) : "", std::to_string(service.service.starts),
                    planner::words(spec.command)});
  }
  return rows.size() > 1 ? table(rows, 2) : "";
}

}  // namespace

bool is_known_ready(const engine::ServiceStatus& service) {
  const auto& seen = service.service;
  return seen.pid != 0 && seen.ready_hash != 0 && seen.ready_starts == seen.starts;
}

std::string state_word(const engine::ServiceStatus& service) {
  return is_known_ready(service) ? "ready" : planner::words(service.service.spec.state);
}

std::string status_text(const std::vector<engine::LabStatus>& labs) {
  std::string text;
  for (const auto& lab : labs) {
    const std::string source = lab.topology.value_or("");
    text += fmt::format("{}lab {}{}\n", text.empty() ? "" : "\n", lab.lab, source.empty() ? "" : "  " + source);
    text += interface_table(lab);
    text += service_table(lab);
  }
  return text;
}

}  // namespace nsbuild::cli
