// One step of a service on its way: what was asked of its init, and what has come back.
#pragma once
#include "engine/fd.hpp"
#include "engine/kernel.hpp"
#include "planner/kinds/service.hpp"

#include <list>
#include <string>

namespace nsbuild::engine {

enum class Doing { launch, join, order, end };

/// A step, waiting or under way.
struct Flight {
  Task task;
  Doing doing = Doing::launch;
  std::string service;
  const planner::Service* subject = nullptr;  // in the task's step
  Fd report;                                  // what its init says; none once it has spoken
  Fd pidfd;                                   // its init; none until the spawner made it
  bool has_report = false;                    // by the last look_at()
  bool init_is_gone = false;
  Deadline kill_at;
  std::string error;     // known already, told when the init has gone
  bool oneshot = false;  // it ends when its command does
  bool done = false;
  bool given_up = false;
};

/// It ends here, and nothing more is heard of it.
void fail(Flight& flight, const std::string& why);

/// Between the request to the spawner and its answer.
bool is_launching(const Flight& flight);

/// Which of these have something to tell, in one poll(2). Whether an init has gone is seen first: then all that it said
/// before is there to be read.
void look_at(std::list<Flight>& flights);

}  // namespace nsbuild::engine
