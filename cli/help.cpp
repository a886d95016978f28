#include "cli/help.hpp"

#include "specs/suggest.hpp"

#include <algorithm>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace nsbuild::cli {

namespace {

class Help : public CLI::Formatter {
 public:
  explicit Help(std::string tail) : tail_(std::move(tail)) {
    column_width(30);
    label("Positionals", "Arguments");
    label("SUBCOMMAND", "COMMAND");
  }
  std::string make_usage(const CLI::App* app, std::string name) const override {
    auto usage = Formatter::make_usage(app, std::move(name));
    usage.insert(usage.size() - 1, tail_);
    return usage;
  }
  std::string make_help(const CLI::App* app, std::string name, CLI::AppFormatMode mode) const override {
    return CLI::detail::find_and_replace(Formatter::make_help(app, std::move(name), mode), "\n\n\n", "\n\n");
  }
  std::string make_option_opts(const CLI::Option* option) const override {
    const bool takes_value = !option->get_positional() && option->get_type_size() != 0;
    return takes_value ? " " + option->get_type_name() : "";
  }
  std::string make_description(const CLI::App* app) const override { return app->get_description() + ".\n"; }

 private:
  std::string tail_;
};

std::string with_hint(const std::string& message, std::string_view word, const std::vector<std::string>& known) {
  const auto hint = specs::did_you_mean(word, {known.begin(), known.end()});
  return hint.empty() ? message : message + "; " + hint;
}

std::string unknown_command(const CLI::App& app, const std::string& word) {
  std::vector<std::string> names;
  for (const auto* sub : app.get_subcommands([](const CLI::App* each) { return !each->get_group().empty(); }))
    names.push_back(sub->get_name());
  return with_hint(fmt::format("unknown command \"{}\"", word), word, names);
}

std::string unexpected(const CLI::App& command, const std::string& word) {
  if (!word.starts_with('-')) return fmt::format("unexpected argument \"{}\"", word);
  std::vector<std::string> names;
  for (const auto* option : command.get_options())
    for (const auto& name : option->get_lnames()) names.push_back("--" + name);
  const auto bare = word.substr(0, word.find('='));
  return with_hint(fmt::format("unknown option \"{}\"", bare), bare, names);
}

/// The command line with a `--` before what was meant as a command; empty when there is nothing to run before it.
std::string with_dashes(const std::vector<std::string>& words, const std::string& first) {
  const auto at = std::find(words.begin(), words.end(), first);
  if (at == words.end() || at - words.begin() < 2) return {};
  return fmt::format("; a command to run stands behind --: `nsbuild {} -- {}`", fmt::join(words.begin(), at, " "),
                     fmt::join(at, words.end(), " "));
}

}  // namespace

void format_help(CLI::App& app, const std::string& tail) { app.formatter(std::make_shared<Help>(tail)); }

std::string explain(const CLI::App& app, const std::string& command, const CLI::ParseError& error,
                    const std::vector<std::string>& words, bool passes) {
  const auto known = app.get_subcommands([&](const CLI::App* sub) { return sub->get_name() == command; });
  if (known.empty() && !command.empty()) return unknown_command(app, command);
  const auto extra = app.remaining(true);
  if (!extra.empty())
    return unexpected(known.empty() ? app : *known.front(), extra.front()) +
           (passes ? with_dashes(words, extra.front()) : "");
  if (known.empty()) return "a command is needed";
  return error.what();
}

}  // namespace nsbuild::cli
