#include "cli/complete.hpp"

#include "cli/labs.hpp"
#include "cli/output.hpp"

#include <algorithm>
#include <string_view>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace nsbuild::cli {

namespace {

using Words = std::vector<std::string>;

/// The words before the cursor, understood as far as completion needs: which argument the last word is.
struct Cursor {
  const CLI::App* command = nullptr;      // none: still choosing one
  const CLI::Option* awaiting = nullptr;  // the last word is the value of this option
  std::size_t arguments = 0;              // complete ones, options and their values aside
  std::size_t behind_dashes = 0;          // words after `--`, the last one included
};

const CLI::Option* find_option(const CLI::App& app, const std::string& word) {
  return word.starts_with('-') ? app.get_option_no_throw(word) : nullptr;
}

const CLI::App* find_command(const CLI::App& app, const std::string& word) {
  const auto found = app.get_subcommands([&](const CLI::App* sub) { return sub->get_name() == word; });
  return found.empty() ? nullptr : found.front();
}

Cursor locate(const CLI::App& app, const Words& words) {
  Cursor cursor;
  for (auto word = words.begin(); word != words.end() - 1; ++word) {
    if (*word == "--") {
      cursor.behind_dashes = static_cast<std::size_t>(words.end() - word) - 1;
      return cursor;
    }
    if (cursor.awaiting != nullptr)
      cursor.awaiting = nullptr;
    else if (cursor.command == nullptr)
      cursor.command = find_command(app, *word);
    else if (const auto* option = find_option(*cursor.command, *word))
      cursor.awaiting = option->get_type_size() > 0 ? option : nullptr;
    else if (!word->starts_with('-'))
      ++cursor.arguments;
  }
  return cursor;
}

Words command_list(const CLI::App& app) {
  Words out;
  for (const auto* sub : app.get_subcommands([](const CLI::App* each) { return !each->get_group().empty(); }))
    out.push_back(sub->get_name() + "\t" + sub->get_description());
  return out;
}

Words option_list(const CLI::App& app) {
  Words out;
  for (const auto* option : app.get_options())
    for (const auto& name : option->get_lnames()) out.push_back("--" + name + "\t" + option->get_description());
  return out;
}

/// What may stand for `[LAB/]NAME`; with the lab in front when that was typed or is needed.
Words targets(const std::string& current, bool namespaces) {
  const auto slash = current.find('/');
  const auto labs = slash == std::string::npos ? known_labs() : Words{current.substr(0, slash)};
  Words out;
  for (const auto& lab : labs) {
    const auto prefix = slash != std::string::npos || labs.size() > 1 ? lab + "/" : "";
    for (const auto& name : known_services(lab)) out.push_back(prefix + name + "\tservice of " + lab);
    if (!namespaces) continue;
    for (const auto& name : known_namespaces(lab)) out.push_back(prefix + name + "\tnamespace of " + lab);
  }
  return out;
}

/// `kind` is how --help calls the word: FILE, LAB, [LAB/]NAME, or the literal choices, with | between.
Words values(const std::string& kind, const std::string& current) {
  Words out;
  const auto add = [&](const Words& more) { out.insert(out.end(), more.begin(), more.end()); };
  for (const auto& word : CLI::detail::split(kind, '|')) {
    if (word == "FILE")
      add({":files"});
    else if (word == "LAB")
      add(known_labs());
    else if (word == "[LAB/]NAME")
      add(targets(current, true));
    else if (word == "[LAB/]SERVICE")
      add(targets(current, false));
    else if (CLI::detail::to_lower(word) == word)
      add({word});
  }
  return out;
}

Words possible(const CLI::App& app, const Words& words) {
  const auto cursor = locate(app, words);
  if (cursor.behind_dashes > 0) return {cursor.behind_dashes == 1 ? ":commands" : ":files"};
  const bool option = words.back().starts_with('-');
  if (cursor.awaiting != nullptr) return values(cursor.awaiting->get_type_name(), words.back());
  if (cursor.command == nullptr) return option ? option_list(app) : command_list(app);
  if (option) return option_list(*cursor.command);
  const auto positionals = cursor.command->get_options([](const CLI::Option* each) { return each->get_positional(); });
  if (cursor.arguments >= positionals.size()) return {};
  return values(positionals[cursor.arguments]->get_name(true), words.back());
}

}  // namespace

Words candidates(const CLI::App& app, const Words& words) {
  auto out = possible(app, words);
  std::erase_if(out, [&](const auto& line) { return !line.starts_with(':') && !line.starts_with(words.back()); });
  return out;
}

int Complete::run() const {
  const Words words = command.empty() ? Words{""} : command;
  for (const auto& line : candidates(*app, words)) put(line + "\n");
  return 0;
}

}  // namespace nsbuild::cli
