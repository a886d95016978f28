#include "cli/app.hpp"

#include "cli/commands.hpp"
#include "cli/complete.hpp"
#include "cli/exit.hpp"
#include "cli/help.hpp"
#include "cli/output.hpp"
#include "cli/timings.hpp"
#include "cli/version.hpp"
#include "engine/timings.hpp"

#include <algorithm>
#include <cstdio>
#include <string_view>
#include <tuple>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <spdlog/spdlog.h>

namespace nsbuild::cli {

namespace {

using Commands = std::tuple<Validate, Plan, Apply, Destroy, Status, Gc, Exec, Logs, Start, Stop, Restart, Run, Graph,
                            Generate, Schema, Doctor, Completion, Complete>;

template <class Command>
concept PassesCommand = requires(Command c) {
  c.command;
};

/// A command line taken apart at its `--`: what is nsbuild's, and the command that exec and run hand on untouched.
struct CommandLine {
  std::vector<std::string> own, command;
  std::string name;  // the subcommand; empty when there is none
  bool has_dashes = false;
};

struct Verbose {
  bool quiet = false, verbose = false, timings = false;
  Verbosity verbosity() const { return quiet ? Verbosity::quiet : verbose ? Verbosity::verbose : Verbosity::normal; }
};

template <class F>
void for_each_command(Commands& commands, F f) {
  std::apply([&](auto&... command) { (f(command), ...); }, commands);
}

template <class... Command>
bool is_one_of(const std::tuple<Command...>*, std::string_view name, bool only_passing) {
  return ((name == Command::name && (PassesCommand<Command> || !only_passing)) || ...);
}
bool is_command(std::string_view name) { return is_one_of(static_cast<const Commands*>(nullptr), name, false); }
bool passes_command(std::string_view name) { return is_one_of(static_cast<const Commands*>(nullptr), name, true); }

CommandLine split(std::vector<std::string> arguments) {
  CommandLine line{.own = std::move(arguments), .command = {}, .name = {}, .has_dashes = false};
  const auto first = std::ranges::find_if(line.own, [](const auto& word) { return !word.starts_with('-'); });
  if (first != line.own.end()) line.name = *first;
  const auto dashes = std::ranges::find(line.own, "--");
  if (!passes_command(line.name) || dashes == line.own.end()) return line;
  line.has_dashes = true;
  line.command.assign(dashes + 1, line.own.end());
  line.own.erase(dashes, line.own.end());
  return line;
}

/// All commands by name; only the one that is meant gets its options, so that `--version` costs nothing.
void wire(CLI::App& app, Commands& commands, Verbose& verbose, const CommandLine& line) {
  format_help(app);
  app.set_version_flag("--version", "", "Print the version and exit");
  app.set_help_flag("-h,--help", "Print this help and exit");
  app.require_subcommand(1);
  app.footer("`nsbuild COMMAND --help` says more and ends with examples.");
  for_each_command(commands, [&]<class Command>(Command& command) {
    auto* sub = app.add_subcommand(Command::name, Command::summary);
    sub->group(*Command::summary ? "Commands" : "");
    if (line.name != Command::name && line.name != Complete::name) return;
    format_help(*sub, PassesCommand<Command> ? " -- COMMAND [ARGUMENT...]" : "");
    command.wire(*sub);
    sub->add_flag("-v,--verbose", verbose.verbose, "Say more on standard error");
    sub->add_flag("-q,--quiet", verbose.quiet, "Say only what is wrong");
    sub->add_flag("--timings", verbose.timings, "Say how long each phase took");
  });
}

int run_command(Commands& commands, const CLI::App& app, CommandLine& line) {
  int code = exit_code::bad_input;
  for_each_command(commands, [&]<class Command>(Command& command) {
    if (!app.got_subcommand(Command::name)) return;
    if constexpr (PassesCommand<Command>) command.command = line.command;
    code = command.run();
  });
  flush();
  return code;
}

std::string version_line() { return fmt::format("nsbuild {}\n", version()); }

/// Scripts ask for the version more often than people do: the answer needs no parser.
bool asks_version_only(const CommandLine& line) { return line.own.size() == 1 && line.own.front() == "--version"; }

int parse_and_run(CommandLine& line) {
  if (asks_version_only(line)) {
    put(version_line());
    flush();
    return exit_code::done;
  }
  if (std::ranges::find(line.own, "--timings") != line.own.end()) engine::start_timings();  // reading them counts
  Commands commands;
  Verbose verbose;
  CLI::App app("One YAML file says what a lab of network namespaces is; one command makes the kernel agree", "nsbuild");
  wire(app, commands, verbose, line);
  std::get<Complete>(commands).app = &app;
  try {
    app.parse(std::vector<std::string>(line.own.rbegin(), line.own.rend()));
    start_messages(verbose.verbosity());
    return run_command(commands, app, line);
  } catch (const CLI::CallForHelp&) {
    put(app.help());
  } catch (const CLI::CallForVersion&) {
    put(version_line());
  } catch (const CLI::ParseError& error) {
    throw UsageError(explain(app, line.name, error, line.own, passes_command(line.name) && !line.has_dashes));
  }
  flush();
  return exit_code::done;
}

void report(const std::exception& error) {
  if (!spdlog::get("nsbuild")) start_messages(Verbosity::normal);
  print_error(error.what());
}

int answer(CommandLine line) {
  const auto own = [&](int code) { return passes_command(line.name) ? exit_code::own_failure : code; };
  try {
    return parse_and_run(line);
  } catch (const UsageError& error) {
    report(error);
    spdlog::info("try `nsbuild {}--help`", is_command(line.name) ? line.name + " " : "");
    return own(exit_code::bad_input);
  } catch (const InputError& error) {
    report(error);
    return own(exit_code::bad_input);
  } catch (const std::exception& error) {
    report(error);
    return own(exit_code::failed);
  }
}

}  // namespace

int run(std::vector<std::string> arguments) noexcept {
  const int code = answer(split(std::move(arguments)));
  print_timings();
  return code;
}

}  // namespace nsbuild::cli
