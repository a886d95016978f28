#include "engine/ready/probe.hpp"

#include "engine/error.hpp"

namespace nsbuild::engine {

std::unique_ptr<Probe> make_probe(const planner::Ready& wish, const RunningService& service) {
  switch (wish.probe) {
    case specs::Probe::tcp:
    case specs::Probe::udp:
      return make_inet_probe(wish, service);
    case specs::Probe::unix_socket:
      return make_unix_probe(wish, service);
    case specs::Probe::file:
      return make_file_probe(wish, service);
    case specs::Probe::command:
      return make_command_probe(wish, service);
    case specs::Probe::log:
      return make_log_probe(wish, service);
  }
  throw Error("no such probe");
}

bool is_passive(const planner::Ready& wish) { return wish.probe != specs::Probe::command; }

}  // namespace nsbuild::engine
