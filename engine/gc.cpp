#include "engine/gc.hpp"

#include "engine/capability.hpp"
#include "engine/error.hpp"
#include "engine/holders.hpp"
#include "engine/journal.hpp"
#include "engine/lab.hpp"
#include "engine/lab_files.hpp"
#include "engine/listing.hpp"
#include "engine/lock.hpp"
#include "engine/lookalikes.hpp"
#include "engine/rundir.hpp"
#include "engine/service/spawner.hpp"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <optional>

#include <signal.h>
#include <unistd.h>

namespace nsbuild::engine {

namespace {

namespace fs = std::filesystem;
using Kind = Remnant::Kind;

struct Verdict {
  bool is_garbage = false;
  std::string why;  // "" of a lab of which there is nothing to say
};

Verdict healthy() { return {}; }

bool is_of_kernel(const Remnant& thing) { return thing.kind != Kind::file; }

bool has_pins(const std::vector<Remnant>& things) {
  return std::any_of(things.begin(), things.end(), [](const Remnant& thing) {
    return thing.kind == Kind::network_namespace && thing.name.starts_with('/');
  });
}

/// A lab whose journal is lost works as before, and no crash leaves pins without one: it is written first. What only
/// strangers keep alive without a pin is no lab any more.
Verdict judge_without_journal(const std::vector<Remnant>& things) {
  if (has_pins(things)) return {false, "is up, but its record is lost: apply its file again, or destroy it"};
  return {true, "has no record"};
}

Verdict judge(const std::optional<Journal>& journal, const Lock* lock, const std::vector<Remnant>& things) {
  const bool was_left = lock != nullptr && lock->was_left();
  const bool is_current = journal && is_of_this_boot(*journal);
  if (was_left && lock->purpose_left() == purpose_destroy) return {true, "its destroy was killed"};
  if (std::none_of(things.begin(), things.end(), is_of_kernel))
    return {true, !journal     ? "has no record"
                  : is_current ? "nothing is left of it but its record"
                               : "its record is of another boot"};
  if (!journal) return judge_without_journal(things);
  if (!is_current) return {false, "its record is of another boot, but something of it is there: apply or destroy it"};
  if (!journal->runner.empty() && has_ended(journal->runner)) return {true, "its nsbuild run was killed"};
  if (!journal->applied && was_left && lock->purpose_left() == purpose_apply)
    return {true, "its first apply was killed"};
  if (!journal->applied) return {false, "its apply has failed, and what it left was kept: destroy removes it"};
  if (was_left) return {false, "is up, but who changed it was killed: apply its file again, or destroy it"};
  return healthy();
}

class Collector {
 public:
  explicit Collector(const GcOptions& options) : options_(options) {}

  GcReport run() {
    const std::vector<std::string> labs = labs_with_residue();
    for (const std::string& line : lookalikes(labs)) report_.left.push_back(line);
    for (const std::string& lab : labs) {
      if (options_.stop_requested && options_.stop_requested()) throw Error("interrupted");
      try {
        look_at(lab);
      } catch (const LabGone&) {
        continue;
      } catch (const LockHeld& held) {
        report_.left.emplace_back(held.what());
      } catch (const Error& error) {
        report_.errors.push_back("lab " + lab + ": " + error.what());
      }
    }
    for (const pid_t pid : lost_spawners()) end_spawner(pid);
    if (!options_.dry_run) ::rmdir(run_dir().c_str());  // also when a destroy was killed at its end
    return std::move(report_);
  }

 private:
  /// Without a directory there is no lock that anybody could hold.
  void look_at(const std::string& lab) {
    std::optional<Lock> lock;
    if (has_lock(lab)) lock.emplace(lab, look_only(false));
    const bool is_busy = is_being_removed(lab);
    std::vector<Remnant> things = residue({lab});
    if (is_busy) std::erase_if(things, is_half_removed);
    const auto journal = read_journal(lab);
    if (things.empty()) return;
    if (!has_lab_dir(lab) && std::all_of(things.begin(), things.end(), is_half_removed))
      return remove_half(lab, things);
    const Verdict verdict = judge(journal, lock ? &*lock : nullptr, things);
    if (!verdict.is_garbage) return leave(lab, verdict, things);
    if (!lock && !take_free(lab, lock)) return look_at(lab);
    remove(lab, lock, journal, {lab, verdict.why, things});
  }

  static bool has_lock(const std::string& lab) { return has_lab_dir(lab) && is_there(lab_dir(lab) + '/' + lock_file); }

  /// Of a lab that had no lock. False when there is one by now: whoever has it, or had it, may have made the lab.
  bool take_free(const std::string& lab, std::optional<Lock>& lock) const {
    if (has_lock(lab)) return false;
    if (options_.dry_run) return true;
    lock.emplace(lab, look_only(true));
    const bool was_free = lock->made_directory();
    if (!was_free) lock.reset();
    return was_free;
  }

  void leave(const std::string& lab, const Verdict& verdict, const std::vector<Remnant>& things) {
    if (!verdict.why.empty()) report_.left.push_back("lab " + lab + ": " + verdict.why);
    remove_temporaries(lab, things);
  }

  static LockRequest look_only(bool make_directory) {
    LockRequest request;
    request.make_directory = make_directory;
    request.wait = false;
    request.only_to_look = true;
    return request;
  }

  void remove(const std::string& lab, std::optional<Lock>& lock, const std::optional<Journal>& journal,
              Garbage garbage) {
    report_.garbage.push_back(std::move(garbage));
    if (options_.dry_run) return;
    lock->take(purpose_destroy);
    Options options;
    options.stop_requested = options_.stop_requested;
    const Report report = destroy_locked(lab, *lock, journal, options);
    append(report_.errors, report.result == Result::remains ? report.errors : std::vector<std::string>());
    for (const std::string& thing : report.remaining) report_.remaining.push_back("lab " + lab + ": " + thing);
    remove_half_directory(lab);
  }

  static void append(std::vector<std::string>& to, const std::vector<std::string>& more) {
    to.insert(to.end(), more.begin(), more.end());
  }

  // ---- what was being removed, or written, when nsbuild was killed ----

  static bool is_half_removed(const Remnant& thing) {
    return thing.kind == Kind::file && thing.name.starts_with(half_removed_dir(thing.lab));
  }

  void remove_half(const std::string& lab, const std::vector<Remnant>& things) {
    report_.garbage.push_back({lab, "its directory was being removed", things});
    if (!options_.dry_run) remove_half_directory(lab);
  }

  void remove_half_directory(const std::string& lab) {
    if (is_being_removed(lab)) return;
    try {
      remove_lab_files(half_removed_dir(lab));
    } catch (const SysError& error) {
      report_.remaining.push_back("file " + half_removed_dir(lab) + ": " + error.what());
    }
  }

  /// Of a lab that is up, whose lock we have: an apply writes no more to `.new`, and a visitor is gone with its PID.
  void remove_temporaries(const std::string& lab, const std::vector<Remnant>& things) {
    Garbage stale{lab, "was being written or removed when nsbuild was killed", {}};
    for (const Remnant& thing : things)
      if (thing.kind == Kind::file && (is_half_removed(thing) || is_temporary(lab, thing.name)))
        stale.things.push_back(thing);
    if (stale.things.empty()) return;
    if (!options_.dry_run) {
      for (const Remnant& thing : stale.things)
        if (is_temporary(lab, thing.name)) remove_in_lab(lab, "", fs::path(thing.name).filename());
      remove_half_directory(lab);
    }
    report_.garbage.push_back(std::move(stale));
  }

  static bool is_temporary(const std::string& lab, const std::string& path) {
    const std::string name = fs::path(path).filename();
    if (fs::path(path).parent_path() != lab_dir(lab)) return false;
    if (name.ends_with(draft_suffix)) return true;
    if (!name.starts_with(visitor_prefix)) return false;
    pid_t pid = 0;
    const char* number = name.data() + std::string_view(visitor_prefix).size();
    std::from_chars(number, name.data() + name.size(), pid);
    return pid > 0 && ::kill(pid, 0) != 0 && errno == ESRCH;
  }

  void end_spawner(pid_t pid) {
    report_.garbage.push_back({"", "has outlived its nsbuild", {{Kind::process, "", process_words(pid), ""}}});
    if (!options_.dry_run) end_lost_spawner(pid);
  }

  const GcOptions& options_;
  GcReport report_;
};

}  // namespace

int GcReport::exit_code() const { return !remaining.empty() ? 3 : !errors.empty() ? 1 : 0; }

GcReport collect_garbage(const GcOptions& options) {
  require_privilege();
  return Collector(options).run();
}

}  // namespace nsbuild::engine
