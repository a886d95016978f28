#include "cli/commands.hpp"
#include "cli/labs.hpp"
#include "engine/capability.hpp"
#include "engine/enter.hpp"

#include <CLI/CLI.hpp>

namespace nsbuild::cli {

void Exec::wire(CLI::App& app) {
  app.add_option("[LAB/]NAME", target, "The service, else the namespace of that name; svc:NAME or ns:NAME says which")
      ->required();
  app.add_option("--user", user, "Run as this user[:group] of the service's root instead of root")
      ->type_name("USER[:GROUP]");
  app.footer(
      "Without a command it runs a shell. Standard input, the terminal and the exit code pass through.\n"
      "\n"
      "Examples:\n"
      "  nsbuild exec client -- curl -s http://10.0.2.2:8080\n"
      "  nsbuild exec quickstart/web -- ps ax\n"
      "  nsbuild exec ns:server -- ip -br address\n"
      "  nsbuild exec web");
}

int Exec::run() const {
  engine::require_privilege();
  const auto to = choose_target(target);
  return engine::enter({.lab = to.lab, .name = to.name, .command = command, .user = user});
}

}  // namespace nsbuild::cli
