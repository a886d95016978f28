// Finding and reaching the inits of services that are already running.
#pragma once
#include "engine/fd.hpp"
#include "engine/init/wire.hpp"
#include "engine/service/services.hpp"

#include <initializer_list>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace nsbuild::engine {

/// The service whose init or supervisor has this pid (as seen here), if it is one of this run directory's.
std::optional<RunningService> service_of(pid_t pid);

struct ServiceName {
  std::string lab, name;
};
/// The same, when only its name is asked for: far cheaper.
std::optional<ServiceName> name_of(pid_t pid);

/// Labs that have a service of this run directory.
std::set<std::string> labs_with_services();

/// Whether a service has an init, also one of another run directory or version.
bool is_alive(const std::string& run_dir, const std::string& lab, const std::string& service);

/// Whether the process is an init or a supervisor of another run directory, for all that can be told.
bool is_anothers_init(pid_t pid);

/// Looks again at a service whose init is known to be the same one: its state, starts, PID and log. False when that has
/// gone. Far cheaper than service_of().
bool refresh(RunningService& service);

/// As find_services(), with the inits and supervisors that have not started their command yet.
std::vector<RunningService> find_inits(const std::string& lab);

/// What the service's init has noted of its log; empty when none runs.
std::vector<init::LogTime> log_times_of(const std::string& lab, const std::string& service);

/// A pidfd of the init with this pid, if it is that service's; none when it has gone.
Fd open_init(pid_t pid, const std::string& lab, const std::string& service);
/// The same of one that was found: far cheaper while it has the record that it had.
Fd open_init(const RunningService& found);

/// Sends an order with the descriptors of init::RequestFd, as far as it has them. Throws SysError.
void send_order(const Fd& pidfd, const init::Request& request, std::initializer_list<int> fds);

/// "exit code 1", "signal 9 (Killed)".
std::string exit_text(int wait_status);

}  // namespace nsbuild::engine
