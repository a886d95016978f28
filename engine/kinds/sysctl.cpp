// A `net.*` setting. What it was before the first write is kept in the lab's directory, and is what removal gives back.
#include "engine/error.hpp"
#include "engine/kinds/kinds.hpp"
#include "engine/linux/netns.hpp"

namespace nsbuild::engine {

namespace {

using planner::Sysctl;

/// What the kernel sets along with a forwarding switch is no longer what we wrote, so there is nothing to give back.
void forget_what_it_reset(Machine& machine, const OpenPlace& place, const Sysctl& written) {
  for (const std::string& key : machine.originals.keys(place.name, place.inode))
    if (written.resets(Sysctl{.place = place.name, .key = key, .value = "", .origin = ""}))
      machine.originals.forget(place.name, place.inode, key);
}

void write(Machine& machine, OpenPlace& place, const Sysctl& wanted) {
  const Fd& home = machine.places.home();
  if (!machine.originals.find(place.name, place.inode, wanted.key)) {
    const auto now = machine.procfs.front().read(place, home, wanted.key);
    if (now) machine.originals.remember(place.name, place.inode, wanted.key, *now);
  }
  machine.procfs.front().write(place, home, wanted.key, wanted.value);
  forget_what_it_reset(machine, place, wanted);
  // Back at what it was, as after a rollback: nothing of ours is left.
  const auto original = machine.originals.find(place.name, place.inode, wanted.key);
  if (original && same_setting(*original, wanted.value)) machine.originals.forget(place.name, place.inode, wanted.key);
}

void restore(Machine& machine, OpenPlace& place, const Sysctl& gone) {
  const auto original = machine.originals.find(place.name, place.inode, gone.key);
  if (!original) return;
  try {
    machine.procfs.front().write(place, machine.places.home(), gone.key, *original);
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
  try {
    write(machine, place, *change.after);
  } catch (const Error& error) {
    const std::string& origin = change.after->origin;
    throw Error(std::string(error.what()) + (origin.empty() ? "" : " (" + origin + ")"));
  }
}

std::map<std::string, std::string> read_sysctls(const OpenPlace& place, const planner::State& wish,
                                                const Originals& originals, const Fd& home, Procfs& procfs) {
  std::map<std::string, std::string> settings;
  const auto read = [&](const std::string& key) {
    if (settings.contains(key)) return;
    if (auto now = procfs.read_here(place.inode, key)) settings.emplace(key, *std::move(now));
  };
  const std::vector<std::string> written = originals.keys(place.name, place.inode);
  const std::vector<const Sysctl*> declared = declared_in<Sysctl>(wish, place.name);
  if (written.empty() && declared.empty()) return settings;
  const Inside inside(place.netns, place.name, home);
  for (const std::string& key : written) read(key);
  for (const Sysctl* wanted : declared) read(wanted->key);
  return settings;
}

/// What is declared, and what we once wrote and is not as it was before: a sysctl cannot carry a mark.
void see_sysctls(const Sight& sight) {
  const OpenPlace& place = sight.place;
  const Originals& originals = sight.machine.originals;
  for (const auto& [key, now] : sight.reading.settings) {
    const auto wish = sight.wish.find(planner::key(Sysctl{.place = place.name, .key = key}));
    const auto* wanted = wish == sight.wish.end() ? nullptr : &std::get<Sysctl>(wish->second);
    const auto original = originals.find(place.name, place.inode, key);
    if (wanted == nullptr && (!original || same_setting(now, *original))) continue;
    const bool as_wished = wanted != nullptr && same_setting(now, wanted->value);
    sight.see(Sysctl{.place = place.name, .key = key, .value = as_wished ? wanted->value : now, .origin = {}}, true);
  }
}

}  // namespace nsbuild::engine
