#include "cli/help.hpp"

#include <memory>
#include <utility>

#include <CLI/CLI.hpp>

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
  std::string make_groups(const CLI::App* app, CLI::AppFormatMode mode) const override {
    return CLI::detail::find_and_replace(Formatter::make_groups(app, mode), "\n\n\n", "\n\n");
  }
  std::string make_option_opts(const CLI::Option* option) const override {
    const bool takes_value = !option->get_positional() && option->get_type_size() != 0;
    return takes_value ? " " + option->get_type_name() : "";
  }
  std::string make_description(const CLI::App* app) const override { return app->get_description() + ".\n"; }

 private:
  std::string tail_;
};

}  // namespace

void format_help(CLI::App& app, const std::string& tail) { app.formatter(std::make_shared<Help>(tail)); }

}  // namespace nsbuild::cli
