// A `net.*` setting. What it was before the first write is kept in the lab's directory, and is what removal gives back.
#include "engine/error.hpp"
#include "engine/kinds/kinds.hpp"

namespace nsbuild::engine {

namespace {

using planner::Sysctl;

/// What the kernel sets along with a forwarding switch is no longer what we wrote, so there is nothing to give back.
void forget_what_it_reset(Machine& machine, const OpenPlace& place, const Sysctl& written) {
  for (const std::string& key : machine.originals.keys(place.name, place.inode))
    if (written.resets(Sysctl{.place = place.name, .key = key, .value = ""}))
      machine.originals.forget(place.name, place.inode, key);
}

void write(Machine& machine, OpenPlace& place, const Sysctl& wanted) {
  const Fd& home = machine.places.home();
  if (!machine.originals.find(place.name, place.inode, wanted.key)) {
    const auto now = machine.procfs.read(place, home, wanted.key);
    if (now) machine.originals.remember(place.name, place.inode, wanted.key, *now);
  }
  machine.procfs.write(place, home, wanted.key, wanted.value);
  forget_what_it_reset(machine, place, wanted);
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
  forget_what_it_reset(machine, place, gone);
}

}  // namespace

void change(Machine& machine, const Change<Sysctl>& change) {
  OpenPlace& place = machine.places.at(change.any().place);
  if (change.after == nullptr) return restore(machine, place, *change.before);
  write(machine, place, *change.after);
}

/// What is declared, and what we once wrote and is not as it was before: a sysctl cannot carry a mark.
void see_sysctls(const Sight& sight) {
  OpenPlace& place = sight.place;
  const auto see = [&](const std::string& key, const std::string& value) {
    sight.see(Sysctl{.place = place.name, .key = key, .value = value}, true);
  };
  const auto now = [&](const std::string& key) {
    return sight.machine.procfs.read(place, sight.machine.places.home(), key);
  };
  const Originals& originals = sight.machine.originals;
  for (const std::string& key : originals.keys(place.name, place.inode))
    if (const auto value = now(key); value && !same_setting(*value, *originals.find(place.name, place.inode, key)))
      see(key, *value);
  for (const Sysctl* wanted : declared_in<Sysctl>(sight.wish, place.name))
    if (const auto value = now(wanted->key))
      see(wanted->key, same_setting(*value, wanted->value) ? wanted->value : *value);
}

}  // namespace nsbuild::engine
