// Which lab, and what in it, the user means; and the names that could be meant.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace nsbuild::cli {

/// Something in a lab: `[LAB/]NAME`.
struct Target {
  std::string lab, name;
};

/// True for what may be a lab's name: one or more of A-Z a-z 0-9 _ -. Everything else is a file.
bool is_lab_name(const std::string& word);

/// The lab that was said, else NSBUILD_LAB, whether there is such a lab or not; "" when neither says one. Throws
/// UsageError for what is no name.
std::string said_lab(const std::string& said);
/// The lab that was said, else NSBUILD_LAB, else the only one there is. Throws UsageError for what is no name, and
/// InputError, naming the choices, when nothing is said and there is none or more than one.
std::string choose_lab(const std::string& said);
/// The lab that was said or is in NSBUILD_LAB, which has to be up; "" when nothing is said. Throws as choose_lab()
/// does.
std::string lab_or_all(const std::string& said);
/// What choose_lab() does, for a word that may start with `LAB/`.
Target choose_target(const std::string& said);

/// Throws InputError, with the nearest known name, unless `name` is a known one: "there is no service wbe; did you
/// ...".
void refuse_unknown(std::string_view what, const std::string& name, const std::vector<std::string>& known);

/// The lab's services and namespaces, for messages and completion: never throws, empty when the user may not look.
std::vector<std::string> known_services(const std::string& lab) noexcept;
std::vector<std::string> known_namespaces(const std::string& lab) noexcept;
std::vector<std::string> known_labs() noexcept;

}  // namespace nsbuild::cli
