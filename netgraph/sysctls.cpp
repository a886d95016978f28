// Settings below /proc/sys/net: normalised, checked against each other, and ordered for writing.
#include "netgraph/draft.hpp"
#include "netgraph/sysctl_owner.hpp"
#include "netgraph/unknown.hpp"

#include <algorithm>
#include <cctype>

namespace nsbuild::netgraph {
namespace {

/// Forwarding first, because writing it resets other keys; `all` and `default` before interfaces inherit from them.
int writing_order(const SysctlKey& key) {
  if (key.is_forwarding()) return 0;
  if (key.interface().empty()) return 1;
  if (key.interface() == "all") return 2;
  return key.interface() == "default" ? 3 : 4;
}

/// Two names of one setting count as one.
std::string identity(const SysctlKey& key) {
  const std::string text = key.text();
  return text == "net.ipv4.conf.all.forwarding" ? "net.ipv4.ip_forward" : text;
}

enum class Truth { none, no, yes };

/// YAML's words for a truth value, which no setting has.
Truth truth_of(std::string word) {
  std::transform(word.begin(), word.end(), word.begin(), [](unsigned char c) { return std::tolower(c); });
  if (word == "true" || word == "yes" || word == "on") return Truth::yes;
  return word == "false" || word == "no" || word == "off" ? Truth::no : Truth::none;
}

/// As the kernel reads one: with a sign, in base 8, 10 or 16 (strtoul_lenient in kernel/sysctl.c).
bool looks_like_number(const std::string& text) {
  const std::size_t sign = text.starts_with('-') ? 1 : 0;
  const bool hexadecimal =
      text.size() > sign + 2 && (text.compare(sign, 2, "0x") == 0 || text.compare(sign, 2, "0X") == 0);
  const std::size_t digits = sign + (hexadecimal ? 2 : 0);
  return digits < text.size() &&
         text.find_first_not_of(hexadecimal ? "0123456789abcdefABCDEF" : "0123456789", digits) == std::string::npos;
}

/// The settings of one place.
class Settings {
 public:
  Settings(Draft& draft, Place& place) : draft_(draft), place_(place), interfaces_(interfaces_of(draft.graph, place)) {
    interfaces_.emplace("lo", Mark{});
  }

  void set_forwarding(const specs::Located<bool>& forwarding) {
    for (const char* key : {"net.ipv4.ip_forward", "net.ipv6.conf.all.forwarding"}) {
      first_[key] = place_.sysctls.size();
      place_.sysctls.push_back({.key = key, .value = forwarding.value ? "1" : "0", .at = forwarding.at});
    }
    forwarding_ = place_.sysctls.size();
  }

  void set(const specs::Sysctl& said) {
    const SysctlKey key = SysctlKey::parse(said.key.value);
    if (const std::string why = foreign_sysctl(key); !why.empty()) {
      draft_.diagnostics.error(said.key.at, "no namespace has a \"" + key.text() + "\" of its own", why);
    } else if (has_shape(key, said.key.at) && has_interface(key, said.key.at) && has_value(key, said.value) &&
               is_new(key, said)) {
      place_.sysctls.push_back({.key = key.text(), .value = said.value.value, .at = said.key.at});
    }
  }

  void sort() {
    std::stable_sort(place_.sysctls.begin(), place_.sysctls.end(), [](const Sysctl& x, const Sysctl& y) {
      return writing_order(SysctlKey::parse(x.key)) < writing_order(SysctlKey::parse(y.key));
    });
  }

 private:
  /// net.ipv4.conf.INTERFACE.SETTING: a dot too many comes from an interface's name.
  bool has_shape(const SysctlKey& key, Mark at) {
    if (!key.wants_interface() || key.parts().size() == 5) return true;
    const std::string group = key.parts()[0] + '.' + key.parts()[1] + '.' + key.parts()[2];
    draft_.diagnostics.error(at, '"' + key.text() + "\" is not " + group + ".INTERFACE.SETTING",
                             key.parts().size() > 5 ? "a dot in an interface's name is written \"/\"" : "");
    return false;
  }

  /// The kernel knows numbers and names; what an interface or a neighbour table has is numbers (proc_dointvec), but for
  /// one secret, which is an address.
  bool has_value(const SysctlKey& key, const specs::Located<std::string>& value) {
    const bool is_number = key.wants_interface() && key.parts().back() != "stable_secret";
    const Truth truth = truth_of(value.value);
    if (!value.value.empty() && truth == Truth::none && (!is_number || looks_like_number(value.value))) return true;
    draft_.diagnostics.error(value.at,
                             value.value.empty() ? '"' + key.text() + "\" needs a value"
                                                 : '"' + key.text() + "\" cannot be \"" + value.value + '"',
                             truth == Truth::yes  ? "did you mean 1?"
                             : truth == Truth::no ? "did you mean 0?"
                             : is_number          ? "it is a number"
                                                  : "");
    return false;
  }

  bool has_interface(const SysctlKey& key, Mark at) {
    const std::string name = key.interface();
    if (name.empty() || name == "all" || name == "default" || interfaces_.contains(name)) return true;
    if (!draft_.complete) return false;
    const Suggestion suggestion = suggest_interface(name, interfaces_);
    draft_.diagnostics.error(at, '"' + place_.name + "\" has no interface \"" + name + '"', suggestion.hint).notes =
        suggestion.notes;
    return false;
  }

  bool is_new(const SysctlKey& key, const specs::Sysctl& said) {
    const auto [first, fresh] = first_.try_emplace(identity(key), place_.sysctls.size());
    if (fresh) return true;
    const Sysctl& other = place_.sysctls[first->second];
    if (first->second >= forwarding_) {
      draft_.diagnostics.error(said.key.at, "\"" + key.text() + "\" is set twice")
          .notes.push_back({other.at, "also set here"});
    } else if (other.value != said.value.value) {
      draft_.diagnostics
          .error(said.key.at, '"' + key.text() + ": " + said.value.value + "\" contradicts \"forwarding\"")
          .notes.push_back({other.at, "forwarding is set here"});
    }
    return false;
  }

  Draft& draft_;
  Place& place_;
  Known interfaces_;
  std::map<std::string, std::size_t> first_;  // by identity: index into the place's settings
  std::size_t forwarding_ = 0;                // how many of those come from `forwarding`
};

}  // namespace

void resolve_sysctls(Draft& draft) {
  for (std::size_t i = 0; i < draft.declared.size(); ++i) {
    if (draft.declared[i] == nullptr || draft.graph.places[i].name == host_place) continue;
    Settings settings(draft, draft.graph.places[i]);
    if (draft.declared[i]->forwarding) settings.set_forwarding(*draft.declared[i]->forwarding);
    for (const specs::Sysctl& said : draft.declared[i]->sysctls) settings.set(said);
    settings.sort();
  }
}

}  // namespace nsbuild::netgraph
