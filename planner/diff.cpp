#include "planner/diff.hpp"

#include "planner/walk.hpp"
#include "planner/words.hpp"

#include <algorithm>
#include <sstream>

namespace nsbuild::planner {
namespace {

bool same_words(const std::string& a, const std::string& b) {
  std::istringstream left(a), right(b);
  std::string x, y;
  while (left >> x)
    if (!(right >> y) || x != y) return false;
  return !(right >> y);
}

/// A service that waits for its next start is in its init's care, as its policy says; a oneshot that has completed is
/// not wished to run, wherever a rollback leads. What is not to run is left alone.
bool is_state_as_wished(RunState from, RunState to) {
  if (to == RunState::completed) return from == to;
  return to != RunState::running || (from != RunState::exited && from != RunState::stopped);
}

/// Whether a member is as wished. Keys are equal anyway, and what counts at birth only is never compared.
template <class T>
bool is_as_wished(const T& from, const T& to, Trait trait) {
  if (trait == Trait::key || trait == Trait::birth) return true;
  if constexpr (std::same_as<T, std::string>)
    if (trait == Trait::words) return same_words(from, to);
  if constexpr (std::same_as<T, RunState>) return is_state_as_wished(from, to);
  if constexpr (is_optional<T>)
    if (trait != Trait::exact && !to) return true;
  return from == to;
}

template <Tabled T>
bool agrees(const T& from, const T& to) {
  bool all = true;
  for_each_field<T>([&]<class F>(const F& field) {
    if constexpr (Tabled<MemberOf<F>>)
      all = all && agrees(from.*field.member, to.*field.member);
    else
      all = all && is_as_wished(from.*field.member, to.*field.member, field.trait);
  });
  return all;
}

/// "router:eth1": a nested struct by its key fields.
template <Tabled T>
std::string called(const T& part) {
  std::string text;
  for_each_field<T>([&](const auto& field) {
    if (field.trait == Trait::key) text += (text.empty() ? "" : ":") + words(part.*field.member);
  });
  return text;
}

/// The words of a member; a kind may have its own for one, where the value alone does not say enough.
template <class Owner, class T>
std::string said(const Owner& owner, const Field<Owner, T>& field) {
  if constexpr (requires { owner.words_for(field.member); })
    return owner.words_for(field.member);
  else
    return words(owner.*field.member);
}

/// What items are called when a list is compared item by item; nothing when it is compared as a whole.
template <class T>
std::string item_name(const T& item) {
  if constexpr (Tabled<T>) return called(item);
  return {};
}
std::string item_name(const std::pair<std::string, std::string>& item) { return item.first; }
std::string item_name(const std::string&) { return {}; }

/// "/etc/motd changed, /etc/app.conf added"; empty when only the order differs or the items have no names.
template <class T>
std::string itemised(const std::vector<T>& from, const std::vector<T>& to) {
  std::string text;
  auto say = [&](const T& item, const char* what) {
    if (const std::string name = item_name(item); !name.empty()) text += (text.empty() ? "" : ", ") + name + " " + what;
  };
  auto find = [](const std::vector<T>& all, const T& item) {
    return std::find_if(all.begin(), all.end(), [&](const T& x) { return item_name(x) == item_name(item); });
  };
  for (const T& item : from)
    if (auto other = find(to, item); other == to.end())
      say(item, "removed");
    else if (!(*other == item))
      say(item, "changed");
  for (const T& item : to)
    if (find(from, item) == from.end()) say(item, "added");
  return text;
}

template <class Owner, class T>
std::string change_words(const Owner& from, const Owner& to, const Field<Owner, T>& field) {
  const std::string name(field.name);
  if (field.trait == Trait::mark) return to.*field.member == T{} ? "release" : "adopt";
  if constexpr (is_vector<T>)
    if (const std::string items = itemised(from.*field.member, to.*field.member); !items.empty())
      return name + ": " + items;
  const std::string before = said(from, field), after = said(to, field);
  if (!is_long(before) && !is_long(after)) return name + " " + before + " -> " + after;
  const bool is_argv = std::same_as<T, std::vector<std::string>>;
  if (!is_argv || elided(before) == elided(after)) return name + " changed";
  return name + " " + elided(before) + " -> " + elided(after);
}

template <Tabled T>
void collect(const T& from, const T& to, const std::string& prefix, std::vector<Difference>& all) {
  for_each_field<T>([&]<class F>(const F& field) {
    if constexpr (Tabled<MemberOf<F>>)
      collect(from.*field.member, to.*field.member, called(to.*field.member) + " ", all);
    else if (!is_as_wished(from.*field.member, to.*field.member, field.trait))
      all.push_back({field.name, prefix + change_words(from, to, field), field.trait == Trait::fixed});
  });
}

template <Tabled T>
void settle(const T& from, T& to) {
  for_each_field<T>([&]<class F>(const F& field) {
    using Member = MemberOf<F>;
    if constexpr (Tabled<Member>)
      settle(from.*field.member, to.*field.member);
    else if constexpr (is_optional<Member> || std::same_as<Member, RunState>)
      if (is_as_wished(from.*field.member, to.*field.member, field.trait) && field.trait == Trait::live)
        to.*field.member = from.*field.member;
  });
}

/// A member in a few words: what the items of a list are called, the ends of a long argv, nothing else that is long.
template <class Owner, class T>
std::string briefly(const Owner& owner, const Field<Owner, T>& field) {
  std::string text;
  if constexpr (is_vector<T>)
    if constexpr (Tabled<typename T::value_type>)
      for (const auto& item : owner.*field.member) text += (text.empty() ? "" : " ") + item_name(item);
  if (text.empty()) text = said(owner, field);
  if (std::same_as<T, std::vector<std::string>>) return elided(text);
  return is_long(text) ? "" : text;
}

template <Tabled T>
void describe(const T& value, const std::string& prefix, std::string& text) {
  const T plain{};
  for_each_field<T>([&]<class F>(const F& field) {
    if constexpr (Tabled<MemberOf<F>>) {
      describe(value.*field.member, called(value.*field.member) + " ", text);
    } else {
      const bool quiet = field.trait == Trait::key || field.trait == Trait::birth || field.trait == Trait::mark;
      if (quiet || value.*field.member == plain.*field.member) return;
      const std::string value_words = briefly(value, field);
      if (value_words.empty()) return;
      text += (text.empty() ? "" : ", ") + prefix + std::string(field.name) + " " + value_words;
    }
  });
}

}  // namespace

std::vector<Difference> differences(const Resource& from, const Resource& to) {
  std::vector<Difference> all;
  std::visit([&]<class T>(const T& wish) { collect(std::get<T>(from), wish, "", all); }, to);
  return all;
}

bool agrees(const Resource& from, const Resource& to) {
  return std::visit([&]<class T>(const T& wish) { return agrees(std::get<T>(from), wish); }, to);
}

Resource settled(const Resource& from, const Resource& to) {
  Resource result = to;
  std::visit([&]<class T>(T& wish) { settle(std::get<T>(from), wish); }, result);
  return result;
}

std::string attributes(const Resource& resource) {
  std::string text;
  const auto one_kind = [&](const auto& value) {
    if constexpr (requires { value.summary(); })
      text = value.summary();
    else
      describe(value, "", text);
  };
  std::visit(one_kind, resource);
  return text;
}

}  // namespace nsbuild::planner
