// A world for one test: own PID, mount, network, UTS and IPC namespaces with a fresh /run, /tmp and /sys, thrown away
// with everything in it. The test's body runs there in a child; its failures become the test's.
#pragma once
#include "engine/service/services.hpp"

#include <chrono>
#include <functional>
#include <string>
#include <vector>

namespace nsbuild::engine::testing {

#ifdef __SANITIZE_THREAD__
inline constexpr bool vfork_copies = true;  // its runtime intercepts it
#else
inline constexpr bool vfork_copies = false;
#endif

/// Skips the test, with the reason, when worlds cannot be made here.
void in_world(const std::function<void()>& body);

/// A pinned namespace of lab "t" with its run directory and hosts file, as the other kinds would have made them.
void make_place(const std::string& place);

/// Runs in `server` of lab "t" with a plain PATH.
planner::Service service(const std::string& name, std::vector<std::string> command);
planner::Service shell_service(const std::string& name, const std::string& script);

planner::Step create(const planner::Service& service);
planner::Step change(const planner::Service& before, const planner::Service& after);
planner::Step remove(const planner::Service& service);

/// Submits all, waits for all; the errors in the order of the steps ("" is success, "timeout" after 20 s).
std::vector<std::string> run(Services& services, const std::vector<planner::Step>& steps);
std::string run(Services& services, const planner::Step& step);

std::string log_of(const std::string& service);
std::string read_file(const std::string& path);
/// Polls until it holds; false after 5 s.
bool eventually(const std::function<bool()>& condition);
/// The service's log once it has a line that is `text` alone; else what there is after 5 s.
std::string log_with(const std::string& service, const std::string& text);
/// Starts the service, waits until its script printed "end", returns its log.
std::string output_of(const planner::Service& service);

/// For scripts that wait until go_on() was called.
inline const std::string until_go = "until [ -e /tmp/go ]; do sleep 0.02; done; ";
void go_on();

/// CLOCK_BOOTTIME in ns, as the state of services has it.
std::int64_t boottime();

/// A service that does nothing.
planner::Service sleeper(const std::string& name = "web");

/// The one service of lab "t", or the one of that name; throws Error when there are more or none.
RunningService only_one();
RunningService the(const std::string& name);
/// A zombie that its new parent has not reaped yet is gone: it holds nothing any more.
bool gone(pid_t pid);
/// All in the service's PID namespace.
std::vector<pid_t> processes_of(const RunningService& service);
/// How many processes of the world have that comm (proc(5)).
std::size_t processes_called(const std::string& name);

}  // namespace nsbuild::engine::testing
