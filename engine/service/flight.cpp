#include "engine/service/flight.hpp"

#include <vector>

#include <poll.h>

namespace nsbuild::engine {

void fail(Flight& flight, const std::string& why) {
  flight.error = why;
  flight.done = true;
}

bool is_launching(const Flight& flight) { return flight.doing == Doing::launch && !flight.pidfd && !flight.done; }

/// The kernel looks at them in the order given (do_poll() in fs/select.c), and at no more than may be open.
void look_at(std::list<Flight>& flights) {
  struct Look {
    Fd Flight::*at;
    bool Flight::*seen;
  };
  std::vector<pollfd> polled;
  std::vector<bool*> seen;
  for (const Look look : {Look{&Flight::pidfd, &Flight::init_is_gone}, Look{&Flight::report, &Flight::has_report}})
    for (Flight& flight : flights) {
      flight.*look.seen = false;
      if (!(flight.*look.at)) continue;
      polled.push_back({(flight.*look.at).get(), POLLIN, 0});
      seen.push_back(&(flight.*look.seen));
    }
  if (::poll(polled.data(), polled.size(), 0) <= 0) return;
  for (std::size_t i = 0; i < polled.size(); ++i) *seen[i] = polled[i].revents != 0;
}

}  // namespace nsbuild::engine
