#include "engine/residue.hpp"

#include "engine/error.hpp"
#include "engine/holders.hpp"
#include "engine/lab.hpp"
#include "engine/lab_files.hpp"
#include "engine/linux/departures.hpp"
#include "engine/linux/netns.hpp"
#include "engine/listing.hpp"
#include "engine/place.hpp"
#include "engine/rundir.hpp"
#include "engine/service/find.hpp"
#include "engine/service/work_directory.hpp"
#include "engine/survey.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <thread>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace nsbuild::engine {

namespace {

using Kind = Remnant::Kind;

constexpr const char* unpinned = "a namespace of an earlier destroy";

Fd own_namespace() { return open_place({"", "host"}); }

/// The lab whose mark the `lo` of a namespace carries; none when it has none, or the namespace is gone by now.
std::optional<std::string> lab_of(const std::string& path, const Fd& home) {
  const Fd netns = open_namespace(path);
  if (netns_inode(netns) == 0) return std::nullopt;
  const Inside inside(netns, path, home);
  Netlink socket;
  Devices devices;
  devices.load_loopback(socket);
  for (const LinkMessage& link : devices.links())
    if (link.name == "lo") return marked_lab(link.alias.value_or(""));
  return std::nullopt;
}

/// What a resource is called behind the word for its kind: "host:up0 172.16.0.1/30".
std::string short_name(const planner::Key& key) {
  const std::string name = planner::name(key);
  return name.substr(name.find(' ') + 1);
}

/// Numbers of other namespaces, by which processes are told apart.
ino_t pid_namespace_of(pid_t pid) {
  struct stat info {};
  return ::stat(("/proc/" + std::to_string(pid) + "/ns/pid").c_str(), &info) == 0 ? info.st_ino : 0;
}

bool is_where_pins_are(const NamespaceMount& mount) { return mount.path.starts_with(pin_directory() + '/'); }

class Count {
 public:
  explicit Count(const ResidueRequest& request)
      : lab_(request.lab), removed_(request.removed), departures_(request.departures) {}

  /// Whether all that was counted in a removed namespace is there to stay: not only who runs nsbuild. And whether it
  /// was seen who has open what somebody has.
  bool is_settled() const {
    return std::includes(held_.begin(), held_.end(), visited_.begin(), visited_.end()) &&
           std::includes(held_.begin(), held_.end(), open_.begin(), open_.end());
  }

  std::vector<Remnant> run() {
    if (removed_ != nullptr)
      names_ = *removed_;
    else
      observe();
    if (departures_ != nullptr) open_ = departures_->still_open();
    for (const ino_t inode : open_) names_.try_emplace(inode, unpinned);
    for (const pid_t pid : processes()) look_at(pid);
    for (const NamespaceMount& mount : namespace_mounts()) look_at(mount);
    for (const std::string& path : work_directories(lab_)) add(Kind::file, path, "work directory of an overlay");
    if (removed_ == nullptr) list_files();
    name_unseen();
    std::sort(found_.begin(), found_.end(), [](const Remnant& a, const Remnant& b) {
      return std::tie(a.kind, a.note, a.name) < std::tie(b.kind, b.note, b.name);
    });
    return std::move(found_);
  }

 private:
  void add(Kind kind, const std::string& name, const std::string& note) { found_.push_back({kind, lab_, name, note}); }

  /// What an observation shows, but for what ends with a namespace of the lab.
  void observe() {
    Machine machine(lab_);
    for (const auto& [key, resource] : survey(machine, {lab_, nullptr, Scope::Depth::roots})) {
      if (const auto* place = std::get_if<planner::Namespace>(&resource))
        add(Kind::network_namespace, pin_path({lab_, place->name}), "namespace " + place->name);
      if (const auto* veth = std::get_if<planner::Veth>(&resource)) see_ends(*veth);
      const bool on_host = Place{lab_, key.place}.is_host();
      if (on_host && std::holds_alternative<planner::Address>(resource)) add(Kind::address, short_name(key), "");
      if (on_host && std::holds_alternative<planner::Route>(resource)) add(Kind::route, short_name(key), "");
    }
    machine.places.look([&](const OpenPlace& place) {
      if (!place.is_host()) names_[place.inode] = "namespace " + place.name;
    });
    for (const auto& [inode, name] : inhabited_namespaces(lab_)) note_unpinned(inode);
    know_services();
  }

  void see_ends(const planner::Veth& veth) {
    for (const planner::VethEnd* end : {&veth.a, &veth.b})
      if (Place{lab_, end->place}.is_host()) add(Kind::device, end->name, "");
  }

  void look_at(pid_t pid) {
    if (const std::string service = service_of_process(pid); !service.empty())
      return add(Kind::process, process_words(pid), service);
    if (pid == ::getpid()) return;
    const ino_t inside = place_in_lab(pid);
    if (inside != 0) add_holder(pid, inside, "");
    if (inside != 0 && removed_ == nullptr) return;  // it is on the list
    if (!looks_everywhere()) return;
    for (const auto& [inode, path] : namespaces_open_in(pid))
      if (inode != inside && (is_of_lab(inode, path) || is_unpinned(pid, inode, path)))
        add_holder(pid, inode, " with a descriptor");
  }

  ino_t place_in_lab(pid_t pid) {
    for (const auto& [inode, path] : namespaces_of(pid))
      if (is_of_lab(inode, path)) return inode;
    return 0;
  }

  void add_holder(pid_t pid, ino_t inode, const std::string& how) {
    (removed_ != nullptr && is_passing(pid) ? visited_ : held_).insert(inode);
    add(Kind::process, process_words(pid) + how, names_.at(inode));
  }

  /// To look at all that every process has open takes long, and almost always there is nothing to be found.
  bool looks_everywhere() const {
    return removed_ == nullptr || !open_.empty() || (departures_ != nullptr && !departures_->saw_all());
  }

  /// What is mounted in another mount namespace, or under way from one process to another.
  void name_unseen() {
    for (const ino_t inode : open_)
      if (!held_.contains(inode) && !visited_.contains(inode))
        add(Kind::network_namespace, "net:[" + std::to_string(inode) + "]",
            names_.at(inode) + ", which somebody has open or mounted who cannot be seen from here");
  }

  /// Its init, supervisor or command, or what ends with the init because it is in its PID namespace.
  std::string service_of_process(pid_t pid) const {
    if (by_pid_.empty()) return "";
    if (const auto own = by_pid_.find(pid); own != by_pid_.end()) return own->second;
    const auto around = by_pid_namespace_.find(pid_namespace_of(pid));
    return around == by_pid_namespace_.end() ? "" : around->second;
  }

  void know_services() {
    for (const RunningService& service : find_inits(lab_)) {
      const std::string name = "service " + service.spec.name;
      for (const pid_t pid : {service.init, service.pid}) by_pid_.emplace(pid, name);
      const ino_t inner = service.spec.join.empty() ? pid_namespace_of(service.init) : 0;
      if (inner != 0) by_pid_namespace_.emplace(inner, name);
    }
  }

  /// The number of a namespace that was removed is given to another one soon, so who is found there is asked for its
  /// mark; not of one that we still have.
  bool is_of_lab(ino_t inode, const std::string& path) {
    if (!names_.contains(inode)) return false;
    return removed_ == nullptr || open_.contains(inode) || lab_of(path, home_) == lab_;
  }

  /// One that only descriptors keep.
  bool is_unpinned(pid_t pid, ino_t inode, const std::string& path) {
    if (!asked_.insert(inode).second || lab_of(path, home_) != lab_ || is_pinned_for(pid, inode)) return false;
    note_unpinned(inode);
    return true;
  }

  void note_unpinned(ino_t inode) {
    if (names_.try_emplace(inode, unpinned).second)
      add(Kind::network_namespace, "net:[" + std::to_string(inode) + "]", unpinned);
  }

  void look_at(const NamespaceMount& mount) {
    const std::string pins = pin_directory() + '/' + lab_ + '.';
    const bool is_pin = removed_ == nullptr && mount.path.starts_with(pins) && is_pin_of_ours(mount);
    const bool may_be_unknown = removed_ == nullptr || (looks_everywhere() && !is_where_pins_are(mount));
    if (is_pin || (!may_be_unknown && !names_.contains(mount.inode))) return;
    if (!open_.contains(mount.inode) && lab_of(mount.path, home_) != lab_) return;
    note_unpinned(mount.inode);
    held_.insert(mount.inode);
    add(Kind::mount, mount.path, names_.at(mount.inode));
  }

  bool is_pin_of_ours(const NamespaceMount& mount) const {
    return std::any_of(found_.begin(), found_.end(), [&](const Remnant& one) {
      return one.kind == Kind::network_namespace && one.name == mount.path;
    });
  }

  void list_files() {
    for (const std::string& name : pinned(lab_)) {
      const std::string path = pin_path({lab_, name});
      if (is_bare_pin(path) && journal_places().contains(name)) add(Kind::file, path, "a pin without a namespace");
    }
    if (has_lab_dir(lab_)) list_lab_files(lab_dir(lab_));
    list_lab_files(half_removed_dir(lab_));
  }

  const std::set<std::string>& journal_places() {
    if (!journal_) journal_ = read_journal(lab_).value_or(Journal{});
    return journal_->places;
  }

  void list_lab_files(const std::string& directory) {
    if (!is_directory(directory)) return;
    add(Kind::file, directory, "");
    for (const std::string& name : names_in(directory))
      if (is_lab_file(name)) list_below(directory + '/' + name);
  }

  void list_below(const std::string& path) {
    add(Kind::file, path, "");
    if (!is_directory(path)) return;
    for (const std::string& name : names_in(path)) list_below(path + '/' + name);
  }

  const std::string lab_;
  const NamespaceNames* removed_;
  Departures* departures_;
  const Fd home_ = own_namespace();
  NamespaceNames names_;
  std::set<ino_t> asked_, held_, visited_;
  std::set<ino_t> open_;                           // of those that were removed: in some process, or mounted
  std::map<pid_t, std::string> by_pid_;            // of inits, supervisors and commands: the service
  std::map<ino_t, std::string> by_pid_namespace_;  // all else in there ends with its init
  std::optional<Journal> journal_;
  std::vector<Remnant> found_;
};

/// By process, the network namespaces that it is in, or also has open.
using Whereabouts = std::map<pid_t, NamespacePaths>;

void leave_out(Whereabouts& all, const std::set<ino_t>& known) {
  for (auto& [pid, paths] : all) std::erase_if(paths, [&](const auto& entry) { return known.contains(entry.first); });
  std::erase_if(all, [](const auto& entry) { return entry.second.empty(); });
}

/// Of those that are not where we are.
Whereabouts processes_elsewhere(const Fd& home) {
  Whereabouts all;
  for (const pid_t pid : processes()) all.emplace(pid, namespaces_of(pid));
  leave_out(all, {netns_inode(home)});
  return all;
}

/// Also of those that only have one open which is not ours.
Whereabouts holders_of_others(const Fd& home) {
  Whereabouts all;
  for (const pid_t pid : processes()) {
    NamespacePaths& paths = all[pid] = namespaces_of(pid);
    if (pid != ::getpid()) paths.merge(namespaces_open_in(pid));
  }
  leave_out(all, {netns_inode(home)});
  return all;
}

/// The namespaces among these that carry a mark of ours, but for those of a container's lab.
std::map<ino_t, std::string> marked(const Whereabouts& all, const Fd& home) {
  std::map<ino_t, std::string> labs;  // "" is nobody's
  for (const auto& [pid, paths] : all)
    if (is_anothers_init(pid))  // the lab of that name in a container
      for (const auto& [inode, path] : paths) labs.try_emplace(inode);
  for (const auto& [pid, paths] : all)
    for (const auto& [inode, path] : paths) {
      if (labs.contains(inode) || is_passing(pid)) continue;
      const auto known = labs.try_emplace(inode).first;
      const std::optional<std::string> lab = lab_of(path, home);
      if (lab && !is_pinned_for(pid, inode)) known->second = *lab;
    }
  std::erase_if(labs, [](const auto& entry) { return entry.second.empty(); });
  return labs;
}

std::set<ino_t> pinned_inodes(const std::string& lab, const Fd& home) {
  std::set<ino_t> inodes;
  struct stat own {
  }, pin{};
  if (::fstat(home.get(), &own) != 0) throw SysError("look at the own network namespace");
  for (const std::string& name : pinned(lab))
    if (::stat(pin_path({lab, name}).c_str(), &pin) == 0 && pin.st_dev == own.st_dev) inodes.insert(pin.st_ino);
  return inodes;
}

}  // namespace

std::string words(Remnant::Kind kind) {
  constexpr std::array names{"namespace", "device", "address", "route", "mount", "process", "file"};
  return names.at(static_cast<std::size_t>(kind));
}

std::string words(const Remnant& remnant) {
  const bool holds = remnant.kind == Kind::process || remnant.kind == Kind::mount;
  const std::string name = remnant.kind == Kind::mount ? "a mount at " + remnant.name : remnant.name;
  if (holds && !remnant.note.empty()) return remnant.note + ": held by " + name;
  return words(remnant.kind) + ' ' + name + (remnant.note.empty() ? "" : ": " + remnant.note);
}

std::vector<Remnant> residue(const ResidueRequest& request) {
  constexpr std::chrono::milliseconds patience(1000), pause(10);
  const auto end = std::chrono::steady_clock::now() + patience;
  for (;;) {
    Count count(request);
    std::vector<Remnant> found = count.run();
    if (count.is_settled() || std::chrono::steady_clock::now() >= end) return found;
    std::this_thread::sleep_for(pause);
  }
}

std::vector<std::string> labs_with_residue() {
  const std::vector<std::string> all = labs();
  std::set<std::string> names(all.begin(), all.end());
  for (const std::string& lab : half_removed_labs()) names.insert(lab);
  const Fd home = own_namespace();
  for (const auto& [inode, lab] : marked(holders_of_others(home), home)) names.insert(lab);
  for (const NamespaceMount& mount : namespace_mounts())
    if (const auto lab = is_where_pins_are(mount) ? std::nullopt : lab_of(mount.path, home)) names.insert(*lab);
  return {names.begin(), names.end()};
}

/// Those that are pinned, with all the services in them, are found by their pins.
NamespaceNames inhabited_namespaces(const std::string& lab) {
  const Fd home = own_namespace();
  Whereabouts elsewhere = processes_elsewhere(home);
  if (!elsewhere.empty()) leave_out(elsewhere, pinned_inodes(lab, home));
  NamespaceNames words;
  for (const auto& [inode, whose] : marked(elsewhere, home))
    if (whose == lab) words[inode] = unpinned;
  return words;
}

std::vector<std::string> remove_stale_pins(const std::string& lab, const std::set<std::string>& names) {
  std::vector<std::string> failures;
  for (const std::string& name : pinned(lab)) {
    const std::string pin = pin_path(Place{lab, name});
    if (!names.contains(name) || !is_bare_pin(pin)) continue;
    if (::unlink(pin.c_str()) != 0 && errno != ENOENT) failures.emplace_back(SysError("unlink " + pin).what());
  }
  return failures;
}

}  // namespace nsbuild::engine
