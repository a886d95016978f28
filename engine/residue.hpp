// Everything of a lab that exists, listed by one function: for `status --residue`, for `gc`, and for a destroy that
// counts again. What marks and records say is nsbuild's; who merely is inside is listed, too, for it keeps that alive.
#pragma once
#include <map>
#include <set>
#include <string>
#include <vector>

#include <sys/types.h>

namespace nsbuild::engine {

struct Remnant {
  enum class Kind { network_namespace, device, address, route, mount, process, file };
  Kind kind = Kind::file;
  std::string lab;
  std::string name;  // "/run/netns/lab.a", "up0", "pid 12 (sleep 1000)"
  std::string note;  // what it has to do with the lab: "namespace a", "service web"; may be empty
  bool operator==(const Remnant&) const = default;
};

/// "namespace", "device", ...
std::string words(Remnant::Kind kind);
/// In one line: "namespace a: held by pid 12 (sleep 1000)".
std::string words(const Remnant& remnant);

/// Network namespaces by nsfs inode, with what to call them.
using NamespaceNames = std::map<ino_t, std::string>;

class Departures;

struct ResidueRequest {
  std::string lab;
  /// For a destroy, which has observed that nothing of the lab is left but who holds these: they were its namespaces.
  /// The kernel is busy with freeing them, so it is asked nothing else.
  const NamespaceNames* removed = nullptr;
  /// With them: what the destroy knows of who has them open. It takes as long as all of a destroy to look at every
  /// descriptor of every process, so that is done only if somebody has one open, or nothing is known of one.
  Departures* departures = nullptr;
};

/// By kind and name. After a destroy it waits, up to a second, for other nsbuilds that are just looking at what was
/// removed, and for who has it open and cannot be found. Throws Error when the machine cannot be read.
std::vector<Remnant> residue(const ResidueRequest& request);

/// The labs that residue() may find something of: those of labs(), and those of which only half a directory or a
/// namespace without a pin is left, in whatever process or mounted elsewhere. Sorted.
std::vector<std::string> labs_with_residue();

/// Namespaces that carry the lab's mark and have processes in them. Called before a destroy, those without a pin are
/// what an earlier one left in somebody's hands, and are called so.
NamespaceNames inhabited_namespaces(const std::string& lab);

/// Removes empty files at the lab's pins that a killed apply or another boot left. Only of the names that are given.
/// Returns what went wrong, a line for each that stays.
std::vector<std::string> remove_stale_pins(const std::string& lab, const std::set<std::string>& names);

}  // namespace nsbuild::engine
