// What a lab's directory remembers that is not in the kernel: which file it comes from, which names it meant to use (so
// that what a killed apply left half made can be found), and what a sysctl was before the first write.
#pragma once
#include "planner/plan.hpp"

#include <cstdint>
#include <iosfwd>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tuple>

#include <sys/types.h>

namespace nsbuild::engine {

/// `<lab_dir>/journal.json`. It widens what may be ours and is never replayed.
struct Journal {
  std::string topology;  // absolute path; "" for standard input
  std::string boot_id;
  bool applied = false;                // an apply has come to its end in this boot: the lab is up
  std::string runner;                  // process_identity() of an `nsbuild run`, with which the lab is to end
  std::set<std::string> places;        // namespaces
  std::set<std::string> host_devices;  // our ends in the caller's namespace
  std::set<std::string> host_routes;   // ids of the host's routes that name no device: only here is said whose they are
  /// Oneshots that are to run again, since what they did is made anew: what they completed before that moment
  /// (CLOCK_BOOTTIME, ns) counts no more.
  std::map<std::string, std::int64_t> undone;

  bool operator==(const Journal&) const = default;
};

/// What a wish may leave behind when it is interrupted.
Journal journal_of(const std::string& topology, const planner::State& wish);
/// Adds the oneshots that a plan is to run again, as of now.
void note_undone(Journal& journal, const planner::Plan& plan);
/// Both together; topology and boot id are those of `newer`. Of another boot's only the namespaces stay: the files at
/// their pins may have outlived it.
Journal merged(const Journal& older, const Journal& newer);

/// As it is written.
std::string journal_text(const Journal& journal);
/// None when it is none; of what an older nsbuild did not know yet, nothing.
std::optional<Journal> parse_journal(std::string_view text);
/// None when there is no journal; one that says nothing counts as none, because objects carry their own marks. Throws
/// SysError when it cannot be read.
std::optional<Journal> read_journal(const std::string& lab);
/// Atomic: a reader sees the old or the new one. Throws SysError.
void write_journal(const std::string& lab, const Journal& journal);

/// /proc/sys/kernel/random/boot_id.
std::string boot_id();
/// What a record of another boot names on the host is somebody else's by now, or nobody's.
bool is_of_this_boot(const Journal& journal);

/// `<lab_dir>/sysctls`: values from before nsbuild's first write, of one incarnation of a namespace each. Every line is
/// appended before the write that it is for.
class Originals {
 public:
  explicit Originals(std::string lab);
  void load();
  /// What load() reads: which boot it is of, then a line for each value.
  void read(std::istream& file);
  std::optional<std::string> find(const std::string& place, ino_t inode, const std::string& key) const;
  void remember(const std::string& place, ino_t inode, const std::string& key, const std::string& value);
  void forget(const std::string& place, ino_t inode, const std::string& key);
  /// It is new, and has the number of one that is gone: the kernel deals them out again.
  void forget_place(const std::string& place, ino_t inode);
  /// A device is gone, and its settings with it.
  void forget_device(const std::string& place, ino_t inode, const std::string& device);
  /// Keys of a namespace that nsbuild has written.
  std::vector<std::string> keys(const std::string& place, ino_t inode) const;

 private:
  using Id = std::tuple<std::string, ino_t, std::string>;
  void append(const std::string& line);
  void take(const std::string& line);

  std::string lab_;
  std::map<Id, std::string> values_;
};

}  // namespace nsbuild::engine
