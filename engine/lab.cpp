#include "engine/lab.hpp"

#include "engine/capability.hpp"
#include "engine/error.hpp"
#include "engine/holders.hpp"
#include "engine/host_routes.hpp"
#include "engine/journal.hpp"
#include "engine/lab_files.hpp"
#include "engine/linux/departures.hpp"
#include "engine/linux/mark.hpp"
#include "engine/linux_kernel.hpp"
#include "engine/listing.hpp"
#include "engine/lookalikes.hpp"
#include "engine/names.hpp"
#include "engine/residue.hpp"
#include "engine/rundir.hpp"
#include "engine/service/control.hpp"
#include "engine/service/find.hpp"
#include "engine/service/work_directory.hpp"
#include "engine/survey.hpp"
#include "engine/timings.hpp"

#include <algorithm>
#include <filesystem>
#include <functional>
#include <iterator>
#include <set>

#include <linux/if.h>
#include <unistd.h>

namespace nsbuild::engine {

namespace {

using planner::State;

Journal intent_of(const LabRequest& request, const State& wish) {
  Journal intent = journal_of(request.topology, wish);
  if (request.ends_with_caller) intent.runner = process_identity(::getpid());
  return intent;
}

bool is_gone(const std::string& lab) { return observe_lab(lab, {}).empty(); }

/// What the journal names beyond the wish and is no more than an empty file. Returns a line for each that stays.
std::vector<std::string> sweep(const std::string& lab, const Journal& before, const Journal& after) {
  std::set<std::string> names;
  std::set_difference(before.places.begin(), before.places.end(), after.places.begin(), after.places.end(),
                      std::inserter(names, names.end()));
  return names.empty() ? std::vector<std::string>() : remove_stale_pins(lab, names);
}

/// Throws Error when a route of the host that it would name has come to be another lab's since the machine was looked
/// at.
void write_record(const std::string& lab, const State& wish, const Journal& record) {
  Fd turn;
  if (!declared_in<planner::Route>(wish, "host").empty()) {
    turn = lock_host_routes();
    refuse(words_of(taken_routes(wish, routes_of_other_labs(lab))));
  }
  write_journal(lab, record);
}

/// After an apply the record is what the file says. An apply that cannot leave it so has failed.
void record(const LabRequest& request, const State& wish) {
  const Timed phase(Phase::record);
  Journal intent = intent_of(request, wish);
  intent.applied = true;
  const std::optional<Journal> before = read_journal(request.lab);
  const std::vector<std::string> stale = sweep(request.lab, before ? *before : intent, intent);
  if (!stale.empty()) throw Error(stale.front());
  if (before != intent) write_record(request.lab, wish, intent);
  keep_names(request.lab, request.names);  // last, for it is not put back
}

void remains(Report& report, const std::string& what) {
  report.remaining.push_back(what);
  report.result = Result::remains;
}

/// Of a lab's record, too, is said what cannot be removed.
void or_remains(Report& report, const std::function<void()>& remove) {
  const Timed phase(Phase::record);
  try {
    remove();
  } catch (const Error& error) {
    remains(report, std::string("the lab's record: ") + error.what());
  }
}

/// Pins that are no more than files go, each of them.
void sweep_pins(const std::string& lab, const Journal& journal, Report& report) {
  for (const std::string& line : sweep(lab, journal, Journal{})) remains(report, "the lab's record: " + line);
}

/// What a change that was put back had meant to make is not the lab's: somebody else may make it now.
void put_record_back(const std::string& lab, const std::optional<Journal>& before) {
  if (read_journal(lab) == before) return;
  if (before)
    write_journal(lab, *before);
  else
    remove_in_lab(lab, "", journal_file);
}

/// Pins that an apply began and did not finish go with it, and with the last of a lab its record.
void forget_failed(Lock& lock, const std::string& lab, const std::optional<Journal>& before, Report& report) {
  or_remains(report, [&] { remove_stray_work_directories(lab); });
  or_remains(report, [&] {
    sweep_pins(lab, read_journal(lab).value_or(Journal{}), report);
    if (!report.remaining.empty()) return;
    is_gone(lab) ? lock.remove_lab_dir() : put_record_back(lab, before);
  });
}

/// Of a lab without a record it cannot be known which routes on the host were its, if they name no device.
void name_lost_routes(Report& report) try {
  for (const std::string& line : routes_of_nobody(labs_on_record()))
    remains(report, line + ", and that of this lab is lost");
} catch (const Error& error) {
  remains(report, unreadable(error));
}

/// What was refused before it began leaves nothing: the directory that only the lock needed goes again.
void take_back(Lock& lock, const std::string& lab) {
  try {
    if (lock.made_directory() && !is_there(lab_dir(lab) + '/' + journal_file))
      lock.take_back_dir();
    else if (!read_journal(lab) && is_gone(lab))
      lock.remove_lab_dir();
  } catch (const Error&) {
    return;  // the caller has something more important to say
  }
}

Lock locked(const std::string& lab, LockRequest request, const std::string& purpose) {
  const Timed phase(Phase::lock);
  request.purpose = purpose;
  return {lab, request};
}

/// Before the first step, so that a killed apply leaves word of what it may have made. Whose file the lab is of changes
/// only when the lab has: record() says so.
void note_intent(const LabRequest& request, const State& wish, const planner::Plan& plan) {
  const Timed phase(Phase::record);
  Journal intent = intent_of(request, wish);
  note_undone(intent, plan);
  const std::optional<Journal> before = read_journal(request.lab);
  Journal record = merged(before.value_or(intent), intent);
  if (before) record.topology = before->topology;
  if (before != record) write_record(request.lab, wish, record);
}

/// A oneshot that has completed runs again behind a step that makes void what it did: when none was begun, the way back
/// does not run it.
void note_what_was_begun(const std::string& lab, const std::optional<Journal>& before, State there,
                         const planner::Plan& begun) try {
  const std::optional<Journal> noted = read_journal(lab);
  const auto known = before ? before->undone : decltype(before->undone){};
  if (!noted || noted->undone == known) return;
  planner::advance(there, begun);
  Journal journal = *noted;
  std::erase_if(journal.undone, [&](const auto& entry) {
    const auto service = there.find(planner::key_of<planner::Service>("", entry.first));
    return !known.contains(entry.first) && service != there.end() &&
           std::get<planner::Service>(service->second).state == planner::RunState::completed;
  });
  if (journal != *noted) write_journal(lab, journal);
} catch (const Error&) {
  return;  // then it runs once more than it has to
}

Report converge_on_record(const LabRequest& request, const State& wish, const std::optional<Journal>& before,
                          const Options& options) {
  LinuxKernel kernel(request.lab, options.stop_requested);
  Options recorded = options;
  recorded.planned = [&](const planner::Plan& plan) {
    note_intent(request, wish, plan);
    if (options.planned) options.planned(plan);
  };
  recorded.failed = [&](const State& there, const planner::Plan& begun) {
    note_what_was_begun(request.lab, before, there, begun);
  };
  recorded.achieved = [&] { record(request, wish); };
  return converge(kernel, request.lab, wish, recorded);
}

/// Refused here, for the kernel's words about the first namespace would help nobody: an alias has to be shorter than
/// IFALIASZ, its NUL included (dev_set_alias() in net/core/dev.c).
void refuse_long_mark(const std::string& lab) {
  constexpr std::size_t longest = IFALIASZ - 2;
  const std::size_t given = run_dir().size(), all = lab_mark(lab).size();
  if (all <= longest) return;
  throw Error("the run directory " + run_dir() + " has a path of " + std::to_string(given) + " bytes, and for lab " +
              lab + " it may have " + std::to_string(longest - (all - given)) +
              ": it is written on each namespace; set NSBUILD_RUN_DIR to a shorter one");
}

bool has_own_pin(const std::string& lab) {
  const std::vector<Pin> pins = pins_of(lab);
  return std::any_of(pins.begin(), pins.end(), [](const Pin& pin) { return pin.is_own; });
}

}  // namespace

void refuse_other_topology(const LabRequest& request) {
  const auto journal = read_journal(request.lab);
  if (!journal || request.take_over || journal->topology.empty() || journal->topology == request.topology) return;
  std::error_code error;
  if (!std::filesystem::exists(journal->topology, error) && !error) return;
  if (std::filesystem::equivalent(journal->topology, request.topology, error)) return;  // by another path
  const std::string asker = request.topology.empty() ? "standard input" : request.topology;
  throw Error("lab " + request.lab + " is that of " + journal->topology + ", and " + asker +
              " has the same name: give this one another with --name, or take the lab over with --take-over");
}

Report apply_lab(const LabRequest& request, const State& wish, const Options& options) {
  require_privilege();
  refuse_long_mark(request.lab);
  Lock lock = locked(request.lab, request.lock, purpose_apply);
  try {
    if (lock.was_left()) end_half_started(request.lab);
    refuse_other_topology(request);
    if (request.must_be_new && !is_gone(request.lab)) throw Error("lab " + request.lab + " is already up");
    const std::optional<Journal> before = read_journal(request.lab);
    Report report = converge_on_record(request, wish, before, options);
    if (report.result == Result::unchanged) record(request, wish);
    if (report.exit_code() == 0 || options.keep)
      lock.settle();
    else
      forget_failed(lock, request.lab, before, report);
    return report;
  } catch (...) {
    take_back(lock, request.lab);
    throw;
  }
}

Report destroy_lab(const std::string& lab, const LockRequest& lock_request, const Options& options) {
  require_privilege();
  Lock lock = locked(lab, lock_request, purpose_destroy);
  const std::optional<Journal> record = read_journal(lab);
  Report report = destroy_locked(lab, lock, record, options);
  if (!record && report.result != Result::unchanged) name_lost_routes(report);
  return report;
}

/// Whether there are all that the record tells of: none has lost its pin to an earlier destroy.
bool has_all(const NamespaceNames& there, const Journal& journal) {
  NamespaceNames::size_type known = 0;
  for (const auto& [inode, name] : there) known += journal.places.count(name);
  return !there.empty() && known == journal.places.size();
}

/// A namespace without a pin lives on in whoever is in it; that keeps no directory.
Report destroy_locked(const std::string& lab, Lock& lock, const std::optional<Journal>& record,
                      const Options& options) {
  if (lock.was_left()) end_half_started(lab);
  const Journal journal = record.value_or(Journal{});
  NamespaceNames namespaces = inhabited_namespaces(lab);
  bool knows_all = false;
  Departures departures;
  Report report;
  {
    LinuxKernel kernel(lab, options.stop_requested);
    kernel.watch_departures();
    Options noted = options;
    noted.planned = [&](const planner::Plan& plan) {
      knows_all = namespaces.empty() && has_all(kernel.namespaces(), journal);
      for (const auto& [inode, name] : kernel.namespaces()) namespaces[inode] = "namespace " + name;
      if (options.planned) options.planned(plan);
    };
    report = converge(kernel, lab, {}, noted);
    departures = kernel.departures();
  }
  if (!knows_all) departures.lose_sight();  // some may be an earlier destroy's
  const Timed phase(Phase::verify);
  or_remains(report, [&] {
    sweep_pins(lab, journal, report);
    if (report.remaining.empty()) sweep_work_directories(lab);
  });
  bool keeps_record = !report.remaining.empty();
  try {
    for (const Remnant& remnant : residue({lab, &namespaces, &departures})) {
      keeps_record = keeps_record || remnant.kind == Remnant::Kind::file;
      report.remaining.push_back(words(remnant));
    }
  } catch (const Error& error) {
    keeps_record = true;
    report.remaining.push_back(unreadable(error));
  }
  if (!keeps_record) or_remains(report, [&] { lock.remove_lab_dir(); });
  if (!report.remaining.empty()) report.result = Result::remains;
  return report;
}

State observe_lab(const std::string& lab, const State& wish) {
  const Timed phase(Phase::observe);
  return LinuxKernel(lab).observe({lab, &wish});
}

std::optional<std::string> topology_of(const std::string& lab) {
  const auto journal = read_journal(lab);
  return journal ? std::optional(journal->topology) : std::nullopt;
}

std::string run_dir_of_pins(const std::string& lab) {
  const std::vector<Pin> pins = pins_of(lab);
  const auto marked = std::find_if(pins.begin(), pins.end(), [](const Pin& pin) { return !pin.run_dir.empty(); });
  return marked == pins.end() ? "" : marked->run_dir;
}

std::vector<std::string> labs() {
  const Timed phase(Phase::find);
  std::set<std::string> names;
  for (const std::string& lab : labs_on_record()) names.insert(lab);
  for (const std::string& lab : labs_pinned())
    if (!names.contains(lab) && has_own_pin(lab)) names.insert(lab);
  Machine machine("");
  OpenPlace& host = machine.places.at("host");
  host.devices.load(*host.socket);
  for (const LinkMessage& link : host.devices.links())
    if (const auto lab = marked_lab(link.alias.value_or("")); lab && is_mark_group(link.group.value_or(0)))
      names.insert(*lab);
  names.merge(labs_with_services());
  return {names.begin(), names.end()};
}

}  // namespace nsbuild::engine
