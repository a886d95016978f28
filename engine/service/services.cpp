#include "engine/service/services.hpp"

#include "engine/descriptors.hpp"
#include "engine/error.hpp"
#include "engine/init/channel.hpp"
#include "engine/place.hpp"
#include "engine/rundir.hpp"
#include "engine/service/find.hpp"
#include "engine/service/flight.hpp"
#include "engine/service/launch.hpp"
#include "engine/service/log_file.hpp"
#include "engine/service/log_tail.hpp"
#include "engine/service/memfd.hpp"
#include "engine/service/pidfd.hpp"
#include "engine/service/record.hpp"
#include "engine/service/report.hpp"
#include "engine/service/spawner.hpp"
#include "engine/service/work_directory.hpp"
#include "planner/diff.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <initializer_list>
#include <list>
#include <map>
#include <set>

#include <sys/socket.h>

namespace nsbuild::engine {
namespace {

using Clock = std::chrono::steady_clock;
/// An init kills its command when its time to stop is over; only one that does not answer is killed from here.
constexpr std::chrono::seconds answer_grace{1};
constexpr std::chrono::milliseconds abandon_pause{10};

using planner::RunState;

/// Whether the process of a service in this state was started and is not to be stopped.
bool is_started(RunState state) { return state != RunState::exited && state != RunState::stopped; }

/// What to ask of an init for the differences: a process is not replaced for what only its init needs to know, nor a
/// oneshot run again while it runs.
init::Order order_for(const planner::Service& before, const planner::Service& after) {
  if (!is_started(after.state)) return init::Order::stop;
  const std::vector<planner::Difference> all = planner::differences(before, after);
  const auto only = [&](std::initializer_list<std::string_view> fields) {
    return std::all_of(all.begin(), all.end(), [&](const planner::Difference& difference) {
      return std::find(fields.begin(), fields.end(), difference.field) != fields.end();
    });
  };
  if (only({"state"}) && after.oneshot && is_started(before.state)) return init::Order::wait;
  if (only({"restart", "restart_attempts", "stop_signal", "stop_timeout"})) return init::Order::adopt;
  return init::Order::replace;
}

struct KnownInit {
  pid_t pid = 0;
  RecordFile record{};  // of one that was found running
};

}  // namespace

struct Services::Impl {
  explicit Impl(std::string name) : lab(std::move(name)) {}

  void begin_more();
  void begin(Flight& flight);
  void launch(Flight& flight, const planner::Service& service);
  void join(Flight& flight, const planner::Service& service);
  void change(Flight& flight, const planner::Service& before, const planner::Service& after);
  void stop(Flight& flight, const planner::Service& service);
  void know(const std::string& service, const std::string& join, std::uint32_t stop_timeout);
  void learn(const std::vector<RunningService>& seen);
  Spawner& running_spawner();
  Fd reach(const std::string& service);
  Fd open_known(const std::string& service, const KnownInit& init) const;
  void take_new_inits();
  static void send_go(Flight& flight);
  void fail_launches(const std::string& why);
  void advance(Flight& flight);
  void read_report(Flight& flight);
  void init_has_gone(Flight& flight);
  void remove_traces(Flight& flight) const;
  void enforce_deadline(Flight& flight);
  void give_up_waiting(Flight& flight);
  std::string tail_of(const Flight& flight) const;
  Outcome outcome(const Flight& flight) const;

  std::string lab;
  const std::size_t starts_most = descriptor_budget().starts;  // at once
  std::unique_ptr<Spawner> spawner;
  std::vector<std::string> kept_below_sys;
  std::map<std::string, KnownInit> inits;         // by service, as far as they are known
  std::set<std::string> foreign;                  // those of another version
  std::map<std::string, std::uint32_t> patience;  // ms, by service: the longest stop_timeout of all in its namespaces
  std::list<Flight> waiting;                      // not begun: looking at them all time and again would make many dear
  std::list<Flight> flights;                      // begun
  bool abandoned = false;                         // nobody waits for oneshots any more
};

Services::Services(std::string lab, const std::vector<RunningService>& seen)
    : impl_(std::make_unique<Impl>(std::move(lab))) {
  impl_->learn(seen);
}
Services::~Services() = default;

void Services::submit(const Task& task) {
  const planner::Step& step = *task.step;
  const auto& named = std::get<planner::Service>(step.after ? *step.after : *step.before);
  Flight& flight = impl_->waiting.emplace_back();
  flight.task = task;
  flight.service = named.name;
  flight.subject = &named;
  flight.oneshot = step.after && named.oneshot;
  impl_->abandoned = false;
  impl_->begin_more();
}

void Services::Impl::begin_more() {
  auto under_way =
      static_cast<std::size_t>(std::count_if(flights.begin(), flights.end(), [](const Flight& f) { return !f.done; }));
  while (!waiting.empty() && under_way < starts_most) {
    flights.splice(flights.end(), waiting, waiting.begin());
    begin(flights.back());
    if (!flights.back().done) ++under_way;
  }
}

void Services::Impl::begin(Flight& flight) {
  const planner::Step& step = *flight.task.step;
  try {
    const auto* before = step.before ? &std::get<planner::Service>(*step.before) : nullptr;
    const auto* after = step.after ? &std::get<planner::Service>(*step.after) : nullptr;
    if (after == nullptr)
      stop(flight, *before);
    else if (before != nullptr)
      change(flight, *before, *after);
    else if (after->join.empty())
      launch(flight, *after);
    else
      join(flight, *after);
  } catch (const Error& error) {
    fail(flight, error.what());
  }
}

Spawner& Services::Impl::running_spawner() {
  if (!spawner) {
    kept_below_sys = mounts_below_sys();
    spawner = std::make_unique<Spawner>();
  }
  return *spawner;
}

void Services::Impl::launch(Flight& flight, const planner::Service& service) {
  flight.doing = Doing::launch;
  const Fd netns = open_place({lab, service.place});
  const Fd logs = open_log_directory(lab);
  const Fd record = make_record({run_dir(), lab, service});
  make_work_directories(lab, service);
  Spawner& parent = running_spawner();
  const Fd operations =
      sealed_memfd("nsbuild-launch", compile_launch(service, etc_of_service(lab, service), kept_below_sys));
  const Fd state = make_state_page(lab, service.name);
  ReportChannel channel = make_report_channel();
  flight.report = std::move(channel.ours);
  know(service.name, "", service.stop_timeout);
  parent.launch(flight.task.id, is_started(service.state),
                {netns.get(), record.get(), operations.get(), state.get(), logs.get(), channel.theirs.get()});
}

/// The init of the service that it joins forks a supervisor for it.
void Services::Impl::join(Flight& flight, const planner::Service& service) {
  flight.doing = Doing::join;
  flight.pidfd = reach(service.join);
  if (!flight.pidfd) throw Error("the init of service " + service.join + ", which it joins, is not running");
  const Fd logs = open_log_directory(lab);
  const Fd record = make_record({run_dir(), lab, service});
  const Fd state = make_state_page(lab, service.name);
  ReportChannel channel = make_report_channel();
  flight.report = std::move(channel.ours);
  know(service.name, service.join, service.stop_timeout);
  const init::Request request{init::Order::join, is_started(service.state) ? 1U : 0U, 0, 0};
  send_order(flight.pidfd, request, {channel.theirs.get(), record.get(), state.get(), logs.get()});
}

/// Only what is live differs, so the init stays: its process is replaced, or stopped when a rollback leads there.
void Services::Impl::change(Flight& flight, const planner::Service& before, const planner::Service& after) {
  flight.doing = Doing::order;
  flight.pidfd = reach(after.name);
  if (!flight.pidfd) throw Error("its init is not running");
  ReportChannel channel = make_report_channel();
  flight.report = std::move(channel.ours);
  know(after.name, after.join, after.stop_timeout);
  const Fd record = make_record({run_dir(), lab, after});
  send_order(flight.pidfd, {order_for(before, after), 0, 0, 0}, {channel.theirs.get(), record.get()});
}

/// An init that has gone already is what was wanted.
void Services::Impl::stop(Flight& flight, const planner::Service& service) {
  flight.doing = Doing::end;
  flight.pidfd = reach(flight.service);
  flight.done = !flight.pidfd;
  if (flight.done) return remove_work_directories(lab, flight.service);
  flight.kill_at = Clock::now();
  if (foreign.contains(flight.service)) return;  // there is no other way
  know(service.name, service.join, service.stop_timeout);
  ReportChannel channel = make_report_channel();
  try {
    send_order(flight.pidfd, {init::Order::end, 0, 0, 0}, {channel.theirs.get()});
    *flight.kill_at += std::chrono::milliseconds(patience[flight.service]) + answer_grace;
  } catch (const SysError&) {
    return;  // it does not answer: the hard way
  }
}

void Services::Impl::know(const std::string& service, const std::string& join, std::uint32_t stop_timeout) {
  for (const std::string& name : {service, join}) patience[name] = std::max(patience[name], stop_timeout);
}

void Services::Impl::learn(const std::vector<RunningService>& seen) {
  for (const RunningService& found : seen) {
    inits.emplace(found.spec.name, KnownInit{found.init, found.record});
    if (found.foreign) foreign.insert(found.spec.name);
    know(found.spec.name, found.spec.join, found.spec.stop_timeout);
  }
}

Fd Services::Impl::open_known(const std::string& service, const KnownInit& init) const {
  RunningService found{.lab = lab, .init = init.pid, .record = init.record};
  found.spec.name = service;
  return open_init(found);
}

/// A pidfd of the service's live init, which we made or which was there before us. None when there is none.
Fd Services::Impl::reach(const std::string& service) {
  const auto known = inits.find(service);
  Fd pidfd = known == inits.end() ? Fd() : open_known(service, known->second);
  if (pidfd) return pidfd;
  inits.erase(service);
  learn(find_services(lab));
  const auto found = inits.find(service);
  return found == inits.end() ? Fd() : open_known(service, found->second);
}

pid_t Services::init_of(const std::string& service) const {
  const auto known = impl_->inits.find(service);
  return known == impl_->inits.end() ? 0 : known->second.pid;
}

void Services::abandon() { impl_->abandoned = true; }

std::vector<int> Services::descriptors() const {
  std::vector<int> list;
  const bool launching = std::any_of(impl_->flights.begin(), impl_->flights.end(), is_launching);
  for (const Flight& flight : impl_->flights) {
    if (flight.report) list.push_back(flight.report.get());
    if (flight.pidfd) list.push_back(flight.pidfd.get());
  }
  if (launching && impl_->spawner) list.push_back(impl_->spawner->descriptor());
  return list;
}

Deadline Services::deadline() const {
  Deadline first;
  for (const Flight& flight : impl_->flights) {
    Deadline mine = flight.done ? Deadline(Clock::now()) : flight.kill_at;
    if (impl_->abandoned && flight.oneshot && !flight.done) mine = Clock::now() + abandon_pause;
    if (mine && (!first || *mine < *first)) first = mine;
  }
  return first;
}

std::vector<Outcome> Services::reap() {
  impl_->take_new_inits();
  look_at(impl_->flights);
  std::vector<Outcome> ended;
  for (auto flight = impl_->flights.begin(); flight != impl_->flights.end();) {
    impl_->advance(*flight);
    if (flight->done && flight->doing == Doing::launch && !flight->pidfd) impl_->remove_traces(*flight);
    if (flight->done) ended.push_back(impl_->outcome(*flight));
    flight = flight->done ? impl_->flights.erase(flight) : std::next(flight);
  }
  impl_->begin_more();
  return ended;
}

/// Each is told to go at once: its step is on record since before it was submitted.
void Services::Impl::take_new_inits() {
  if (!spawner) return;
  try {
    while (std::optional<NewInit> made = spawner->receive()) {
      const auto flight = std::find_if(flights.begin(), flights.end(),
                                       [&](const Flight& f) { return is_launching(f) && f.task.id == made->id; });
      if (flight == flights.end()) continue;
      if (made->error != 0) {
        fail(*flight, SysError("start its init", made->error).what());
        continue;
      }
      inits[flight->service] = {made->pid, {}};
      flight->pidfd = std::move(made->pidfd);
      send_go(*flight);
    }
  } catch (const Error& error) {
    fail_launches(error.what());
    spawner.reset();
  }
}

/// An init that is not told ends with our end of its channel. One that gave up has closed its own and said why.
void Services::Impl::send_go(Flight& flight) {
  const init::Go go{1};
  if (!flight.report || init::send_message(flight.report.get(), &go, sizeof go, nullptr, 0) == 0) return;
  if (errno == EPIPE) return;
  flight.error = SysError("tell its init to go on").what();
  flight.report.reset();
}

void Services::Impl::fail_launches(const std::string& why) {
  for (Flight& flight : flights)
    if (is_launching(flight)) fail(flight, why);
}

void Services::Impl::advance(Flight& flight) {
  if (flight.done) return;
  if (flight.has_report) read_report(flight);
  if (!flight.done && flight.init_is_gone) init_has_gone(flight);
  if (!flight.done) enforce_deadline(flight);
  if (!flight.done && abandoned && flight.oneshot) give_up_waiting(flight);
}

/// Not before its command runs: what is under way must be found by whoever looks next.
void Services::Impl::give_up_waiting(Flight& flight) try {
  const Fd init = reach(flight.service);
  const std::optional<RunningService> now = init ? service_of(inits[flight.service].pid) : std::nullopt;
  if (!now || now->starts == 0) return;
  flight.done = flight.given_up = true;
} catch (const Error&) {
  return;  // cannot be seen now; it is asked again
}

/// A failed launch is over only when its init has gone; a failed order leaves it. Without an answer to an order its
/// init may live on or not; what is observed next says it.
void Services::Impl::read_report(Flight& flight) {
  const std::optional<Answer> answer = engine::read_report(flight.report);
  const bool init_stays = flight.doing == Doing::order || flight.doing == Doing::join;
  const bool failed = answer && !answer->error.empty();
  if (failed) flight.error = answer->error;
  if (failed && flight.doing == Doing::join) return;  // EOF follows when its supervisor has ended
  flight.report.reset();
  if (flight.doing == Doing::end) return;  // it ends, and its pidfd tells
  if (!answer && init_stays && flight.error.empty()) flight.error = "its init gave no answer";
  if (!answer && !init_stays) flight.kill_at = Clock::now() + answer_grace;  // unless it is ending by itself
  flight.done = init_stays || (answer && (!failed || answer->init_stays));
}

void Services::Impl::init_has_gone(Flight& flight) {
  if (flight.doing != Doing::end && flight.error.empty()) flight.error = "its init has died";
  flight.done = true;
  inits.erase(flight.service);
  remove_traces(flight);
}

/// What was made for an init that is not there, or has not come to be.
void Services::Impl::remove_traces(Flight& flight) const try {
  remove_work_directories(lab, flight.service);
} catch (const Error& error) {
  flight.error += (flight.error.empty() ? "" : "; ") + std::string(error.what());
}

void Services::Impl::enforce_deadline(Flight& flight) {
  if (!flight.kill_at || Clock::now() < *flight.kill_at) return;
  flight.kill_at.reset();
  send_signal(flight.pidfd, SIGKILL);
}

/// `service web: mount /srv/www on /srv: No such file or directory (ENOENT) (topo.yaml:12)`
Outcome Services::Impl::outcome(const Flight& flight) const {
  if (flight.given_up) return {flight.task.id, {}, Outcome::Kind::given_up};
  if (flight.error.empty()) return {flight.task.id, {}};
  const std::string origin = flight.subject->origin_of(flight.error);
  const std::string where = origin.empty() ? "" : " (" + origin + ")";
  return {flight.task.id, "service " + flight.service + ": " + flight.error + where + tail_of(flight)};
}

/// What a oneshot that failed has said; nothing of a command that never ran.
std::string Services::Impl::tail_of(const Flight& flight) const try {
  const auto known = inits.find(flight.service);
  if (!flight.oneshot || known == inits.end()) return {};
  const std::optional<RunningService> service = service_of(known->second.pid);
  return service && service->starts > 0 ? log_tail(lab, flight.service, service->log_start) : "";
} catch (const Error&) {
  return {};  // what failed is more important
}

}  // namespace nsbuild::engine
