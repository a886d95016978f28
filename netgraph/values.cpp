#include "netgraph/values.hpp"

#include "specs/references.hpp"

#include <algorithm>
#include <iterator>

namespace nsbuild::netgraph {
namespace {

constexpr std::size_t deepest_reference = 8;  // ${{addr ${{peer}} eth0}}
constexpr std::size_t longest_chain = 64;     // of values that use values
constexpr std::size_t most_produced = std::size_t{256} << 20U;
constexpr std::size_t cost_of_a_reference = 512;  // even an empty one takes time
constexpr std::size_t enough_names = 20;

constexpr const char* forms = "lab, namespace, service, addr NAMESPACE INTERFACE, addr6, or a name under \"vars\"";

std::vector<std::string> split(std::string_view text) {
  constexpr std::string_view blank = " \t\n";
  std::vector<std::string> words;
  for (std::size_t from = text.find_first_not_of(blank); from != std::string_view::npos;) {
    const std::size_t end = std::min(text.find_first_of(blank, from), text.size());
    words.emplace_back(text.substr(from, end - from));
    from = text.find_first_not_of(blank, end);
  }
  return words;
}

/// A piece of a text that stands at `at` as it is; all of it when it does not fit on its line.
Mark piece(Mark at, std::string_view text, std::size_t offset, std::size_t length) {
  if (at.length != text.size() || text.find('\n') != std::string_view::npos) return at;
  at.column += static_cast<std::uint32_t>(offset);
  at.length = static_cast<std::uint32_t>(length);
  return at;
}

}  // namespace

Values::Values(Draft& draft) : draft_(draft) {
  for (std::size_t i = 0; i < draft.graph.interfaces.size(); ++i) {
    const Interface& interface = draft.graph.interfaces[i];
    interfaces_.emplace(std::pair(interface.place, std::string_view(interface.name)), i);
  }
}

std::optional<std::string> Values::resolve(const Templated& text, const Service& service) {
  service_ = &service;
  under_way_.clear();
  return expand(text, 0);
}

std::optional<std::string> Values::expand(const Templated& text, std::size_t depth) {
  std::string result;
  std::size_t from = 0;
  std::size_t count = 0;
  bool fine = true;
  for (auto found = specs::find_reference(text.text); found; found = specs::find_reference(text.text, from)) {
    result += text.text.substr(from, found->offset - from);
    from = found->offset + found->length;
    if (found->literal) {
      result += "${{";
      continue;
    }
    const bool marked = text.references != nullptr && count < text.references->size();
    const Mark at = marked ? (*text.references)[count].at : piece(text.at, text.text, found->offset, found->length);
    ++count;
    if (!found->closed) return refuse(at, "this ${{ is never closed", "write $${{ for a literal ${{");
    const auto put = reference(found->body(text.text), at, depth);
    fine = fine && put;
    if (put) result += *put;
  }
  if (!fine) return std::nullopt;
  return result += text.text.substr(std::min(from, text.text.size()));
}

std::optional<std::string> Values::reference(std::string_view body, Mark at, std::size_t depth) {
  if (depth >= deepest_reference) return refuse(at, "references within references, too deep");
  if (!afford(cost_of_a_reference, at)) return std::nullopt;
  const auto inner = expand({body, at, nullptr}, depth + 1);
  if (!inner) return std::nullopt;
  auto result = meaning(split(*inner), at);
  return result && afford(result->size(), at) ? std::move(result) : std::nullopt;
}

/// What has doubled too often ends everything, not just itself.
bool Values::afford(std::size_t bytes, Mark at) {
  const bool before = produced_ <= most_produced;
  produced_ += before ? bytes : 0;
  if (before && produced_ > most_produced) refuse(at, "the values make this lab too large");
  return produced_ <= most_produced;
}

std::optional<std::string> Values::meaning(const Words& words, Mark at) {
  if (words.empty()) return refuse(at, "nothing stands between these braces", forms);
  const std::string& name = words[0];
  if (name == "addr" || name == "addr6") return address(words, name == "addr" ? Family::v4 : Family::v6, at);
  if (words.size() > 1) return refuse(at, '"' + name + "\" takes nothing behind it", forms);
  if (name == "lab") return draft_.graph.lab;
  if (name == "namespace") return draft_.graph.places[service_->place].name;
  if (name == "service") return service_->name;
  return value(name, at);
}

std::vector<const specs::Vars*> Values::scopes() const {
  const specs::Namespace* space = draft_.declared[service_->place];
  return {&service_->spec.vars, space != nullptr ? &space->vars : nullptr, &draft_.spec.vars};
}

const specs::Var* Values::find_var(const std::string& name) const {
  for (const specs::Vars* vars : scopes()) {
    if (vars == nullptr) continue;
    if (const auto found = vars->find(name); found != vars->end()) return &found->second;
  }
  return nullptr;
}

std::optional<std::string> Values::value(const std::string& name, Mark at) {
  const auto same =
      std::find_if(under_way_.begin(), under_way_.end(), [&](const Use& use) { return use.name == name; });
  if (same != under_way_.end()) {
    std::string cycle;
    for (auto each = same; each != under_way_.end(); ++each) cycle += each->name + " -> ";
    return refuse(at, "the values hold each other: " + cycle + name);
  }
  const specs::Var* var = find_var(name);
  if (var == nullptr) return unknown(name, at);
  if (under_way_.size() >= longest_chain) return refuse(at, "values that hold values, too many");
  under_way_.push_back({name, at});
  auto result = expand({var->value, var->at, &var->references}, 0);
  under_way_.pop_back();
  return result;
}

std::optional<std::string> Values::address(const Words& words, Family family, Mark at) {
  if (words.size() != 3)
    return refuse(at, '"' + words[0] + "\" takes a namespace and an interface",
                  "such as ${{" + words[0] + " router eth0}}");
  const auto place = draft_.places.find(words[1]);
  if (place == draft_.places.end() || words[1] == switch_place) {
    if (draft_.spec.lost_names) return std::nullopt;
    Suggestion suggestion = suggest(words[1], known_namespaces(draft_));
    return refuse(at, "no namespace \"" + words[1] + "\" is declared", suggestion.hint, std::move(suggestion.notes));
  }
  const auto interface = interfaces_.find({place->second, words[2]});
  const bool maimed = draft_.maimed.contains(place->second) || !draft_.complete;
  if (interface == interfaces_.end()) {
    if (maimed) return std::nullopt;
    Suggestion suggestion =
        suggest_interface(words[2], interfaces_of(draft_.graph, draft_.graph.places[place->second]));
    return refuse(at, "namespace \"" + words[1] + "\" has no interface \"" + words[2] + '"', suggestion.hint,
                  std::move(suggestion.notes));
  }
  for (const Address& each : draft_.graph.interfaces[interface->second].addresses) {
    if (each.prefix.address.family == family) return each.prefix.address.text();
  }
  if (maimed) return std::nullopt;
  const Mark there = draft_.graph.interfaces[interface->second].at;
  std::vector<specs::Note> notes;
  if (there) notes.push_back({there, "the interface"});
  return refuse(at, words[1] + ':' + words[2] + " has no IPv" + (family == Family::v4 ? "4" : "6") + " address", {},
                std::move(notes));
}

std::nullopt_t Values::unknown(const std::string& name, Mark at) {
  Known known;
  for (const std::string_view word : specs::own_references()) known.emplace(word, Mark{});
  for (const specs::Vars* vars : scopes()) {
    if (vars == nullptr) continue;
    for (const auto& [each, var] : *vars) known.emplace(each, var.at);
  }
  Suggestion suggestion = suggest(name, known);
  std::string list;
  std::size_t count = 0;
  for (const auto& [each, there] : known) {
    if (count++ == enough_names) {
      list += ", ...";
      break;
    }
    list += (list.empty() ? "" : ", ") + std::string(each);
  }
  return refuse(at, "there is no value \"" + name + '"',
                suggestion.hint + (suggestion.hint.empty() ? "" : " ") + "known: " + list, std::move(suggestion.notes));
}

std::nullopt_t Values::refuse(Mark at, std::string message, std::string hint, std::vector<specs::Note> notes) {
  std::transform(under_way_.rbegin(), under_way_.rend(), std::back_inserter(notes), [](const auto& use) {
    return specs::Note{use.at, "used here"};
  });
  draft_.diagnostics.error(at, std::move(message), std::move(hint)).notes = std::move(notes);
  return std::nullopt;
}

}  // namespace nsbuild::netgraph
