#include "engine/journal.hpp"

#include "engine/error.hpp"
#include "engine/fd.hpp"
#include "engine/lab_files.hpp"
#include "engine/listing.hpp"
#include "engine/record_file.hpp"
#include "engine/rundir.hpp"

#include <algorithm>
#include <iterator>
#include <sstream>

#include <fcntl.h>
#include <nlohmann/json.hpp>
#include <time.h>
#include <unistd.h>

namespace nsbuild::engine {

namespace {

using Json = nlohmann::json;

/// Each name of the file is written here and nowhere else; reading and writing both walk this.
template <class Member, class Each>
void each_member(Member& journal, const Each& each) {
  each("topology", journal.topology);
  each("boot_id", journal.boot_id);
  each("applied", journal.applied);
  each("runner", journal.runner);
  each("namespaces", journal.places);
  each("host_devices", journal.host_devices);
  each("host_routes", journal.host_routes);
  each("undone", journal.undone);
}

template <class T>
void read_member(const Json& from, T& member) {
  from.get_to(member);
}

/// Of a number with a fraction, or one that is too large, the library makes any whole one.
void read_member(const Json& from, std::map<std::string, std::int64_t>& member) {
  for (const auto& [name, value] : from.items()) {
    if (!value.is_number_integer()) throw Json::type_error::create(302, name + " is no whole number", &value);
    member[name] = value.get<std::int64_t>();
  }
}

void note_end(Journal& journal, const planner::VethEnd& end) {
  if (end.place == "host") journal.host_devices.insert(end.name);
}

}  // namespace

Journal journal_of(const std::string& topology, const planner::State& wish) {
  Journal journal;
  journal.topology = topology;
  journal.boot_id = boot_id();
  for (const auto& [key, resource] : wish) {
    if (const auto* place = std::get_if<planner::Namespace>(&resource)) journal.places.insert(place->name);
    if (const auto* route = std::get_if<planner::Route>(&resource); route != nullptr && route->place == "host")
      if (route->nexthops.empty()) journal.host_routes.insert(key.id);
    if (const auto* veth = std::get_if<planner::Veth>(&resource)) {
      note_end(journal, veth->a);
      note_end(journal, veth->b);
    }
  }
  return journal;
}

void note_undone(Journal& journal, const planner::Plan& plan) {
  timespec now{};
  ::clock_gettime(CLOCK_BOOTTIME, &now);
  const std::int64_t nanoseconds = std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
  for (const planner::Step& step : plan.steps) {
    const auto* service = step.before && step.after ? std::get_if<planner::Service>(&*step.before) : nullptr;
    if (service != nullptr && service->oneshot && service->state == planner::RunState::stopped)
      journal.undone[service->name] = nanoseconds;
  }
}

Journal merged(const Journal& older, const Journal& newer) {
  Journal both = newer;
  both.places.insert(older.places.begin(), older.places.end());
  if (older.boot_id != newer.boot_id) return both;
  both.host_devices.insert(older.host_devices.begin(), older.host_devices.end());
  both.host_routes.insert(older.host_routes.begin(), older.host_routes.end());
  both.applied = older.applied || newer.applied;
  both.undone.insert(older.undone.begin(), older.undone.end());  // not newer ones
  return both;
}

std::optional<Journal> parse_journal(std::string_view text) {
  const Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) return std::nullopt;
  try {
    Journal journal;
    each_member(journal, [&](const char* name, auto& member) {
      if (json.contains(name)) read_member(json.at(name), member);  // an older nsbuild did not know all of them
    });
    return journal;
  } catch (const Json::exception&) {
    return std::nullopt;
  }
}

std::optional<Journal> read_journal(const std::string& lab) {
  const std::optional<std::string> text = read_in_lab(lab, journal_file);
  return text ? parse_journal(*text) : std::nullopt;
}

std::string journal_text(const Journal& journal) {
  Json json;
  each_member(journal, [&](const char* name, const auto& member) { json[name] = member; });
  // A path that is not UTF-8 is written as well as it can be: it is for people and for comparison, not for opening.
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

void write_journal(const std::string& lab, const Journal& journal) {
  replace_in_lab(lab, journal_file, journal_text(journal));
}

std::string boot_id() {
  std::string id = text_of_proc("/proc/sys/kernel/random/boot_id");
  if (id.empty())
    throw Error("/proc/sys/kernel/random/boot_id cannot be read: which boot this is decides what is ours");
  id.resize(std::min(id.size(), id.find('\n')));
  return id;
}

bool is_of_this_boot(const Journal& journal) { return journal.boot_id == boot_id(); }

Originals::Originals(std::string lab) : lab_(std::move(lab)) {}

void Originals::load() {
  std::istringstream file(read_in_lab(lab_, originals_file).value_or(""));
  read(file);
}

void Originals::read(std::istream& file) {
  values_.clear();
  std::string line;
  if (!std::getline(file, line) || line != boot_id()) return;  // nsfs inodes mean nothing after a reboot
  while (std::getline(file, line)) take(line);
}

/// "place inode key = value" remembers, "place inode key" forgets.
void Originals::take(const std::string& line) {
  std::istringstream words(line);
  std::string place, key, sign, value;
  ino_t inode = 0;
  if (!(words >> place >> inode >> key)) return;
  const Id id{place, inode, key};
  if (!(words >> sign)) {
    values_.erase(id);
    return;
  }
  words.get();
  std::getline(words, value);
  values_.try_emplace(id, value);
}

std::optional<std::string> Originals::find(const std::string& place, ino_t inode, const std::string& key) const {
  const auto found = values_.find(Id{place, inode, key});
  return found == values_.end() ? std::nullopt : std::optional(found->second);
}

void Originals::remember(const std::string& place, ino_t inode, const std::string& key, const std::string& value) {
  if (!values_.try_emplace(Id{place, inode, key}, value).second) return;
  append(place + " " + std::to_string(inode) + " " + key + " = " + value + "\n");
}

void Originals::forget(const std::string& place, ino_t inode, const std::string& key) {
  if (values_.erase(Id{place, inode, key}) > 0) append(place + " " + std::to_string(inode) + " " + key + "\n");
}

void Originals::forget_place(const std::string& place, ino_t inode) {
  for (const std::string& key : keys(place, inode)) forget(place, inode, key);
}

void Originals::forget_device(const std::string& place, ino_t inode, const std::string& device) {
  std::string component = "." + device + ".";
  std::replace(component.begin() + 1, component.end() - 1, '.', '/');
  for (const std::string& key : keys(place, inode))
    if (key.find(component) != std::string::npos) forget(place, inode, key);
}

std::vector<std::string> Originals::keys(const std::string& place, ino_t inode) const {
  std::vector<std::string> keys;
  for (auto at = values_.lower_bound(Id{place, inode, ""}); at != values_.end(); ++at) {
    if (std::get<0>(at->first) != place || std::get<1>(at->first) != inode) break;
    keys.push_back(std::get<2>(at->first));
  }
  return keys;
}

/// One write(2) each, so that a kill leaves whole lines. The first line says which boot the inodes are of.
void Originals::append(const std::string& line) {
  const std::string path = lab_dir(lab_) + '/' + originals_file;
  const Fd fd = open_in_lab(lab_, originals_file, O_RDWR | O_APPEND | O_CREAT, 0600);
  if (!fd) throw_unopened(lab_, originals_file);
  const std::string head = boot_id() + "\n";
  std::string found(head.size(), '\0');
  const ssize_t got = ::pread(fd.get(), found.data(), found.size(), 0);
  const bool current = got == static_cast<ssize_t>(head.size()) && found == head;
  if (!current && ::ftruncate(fd.get(), 0) != 0) throw SysError("truncate " + path);
  write_whole(fd, current ? line : head + line, path);
}

}  // namespace nsbuild::engine
