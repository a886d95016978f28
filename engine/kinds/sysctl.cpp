// A `net.*` setting. What it was before the first write is kept in the lab's directory, and is what removal gives back.
#include "engine/error.hpp"
#include "engine/kinds/kinds.hpp"

namespace nsbuild::engine {

namespace {

using planner::Sysctl;

void write(Machine& machine, OpenPlace& place, const Sysctl& wanted) {
  const Fd& home = machine.places.home();
  if (!machine.originals.find(place.name, place.inode, wanted.key)) {
    const auto now = machine.procfs.read(place, home, wanted.key);
    if (now) machine.originals.remember(place.name, place.inode, wanted.key, *now);
  }
  machine.procfs.write(place, home, wanted.key, wanted.value);
  // Back at what it was, as after a rollback: nothing of ours is left.
  const auto original = machine.originals.find(place.name, place.inode, wanted.key);
  if (original && same_setting(*original, wanted.value)) machine.originals.forget(place.name, place.inode, wanted.key);
}

void restore(Machine& machine, OpenPlace& place, const Sysctl& gone) {
  const auto original = machine.originals.find(place.name, place.inode, gone.key);
  if (!original) return;
  try {
    machine.procfs.write(place, machine.places.home(), gone.key, *original);
  } catch (const SysError& error) {
    if (error.code() != ENOENT) throw;  // its interface is gone
  }
  machine.originals.forget(place.name, place.inode, gone.key);
}

}  // namespace

void change(Machine& machine, const Change<Sysctl>& change) {
  OpenPlace& place = machine.places.at(change.any().place);
  if (change.after == nullptr) return restore(machine, place, *change.before);
  write(machine, place, *change.after);
}

/// What is declared, and what we once wrote: a sysctl cannot carry a mark.
void see_sysctls(const Sight& sight) {
  OpenPlace& place = sight.place;
  const auto see = [&](const std::string& key, const Sysctl* wanted) {
    auto value = sight.machine.procfs.read(place, sight.machine.places.home(), key);
    if (!value) return;
    if (wanted != nullptr && same_setting(*value, wanted->value)) value = wanted->value;
    sight.see(Sysctl{.place = place.name, .key = key, .value = *value}, true);
  };
  for (const std::string& key : sight.machine.originals.keys(place.name, place.inode)) see(key, nullptr);
  for (const Sysctl* wanted : declared_in<Sysctl>(sight.wish, place.name)) see(wanted->key, wanted);
}

}  // namespace nsbuild::engine
