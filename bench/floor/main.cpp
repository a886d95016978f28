// The physical limit: what a lab costs when nothing but the kernel's own work is done, serially. Prints JSON.
#include "bench/floor/clock.hpp"
#include "bench/floor/lab.hpp"
#include "bench/floor/sentinel.hpp"
#include "bench/floor/services.hpp"

#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <string>
#include <string_view>

namespace floor_bench {

namespace {

constexpr const char* usage =
    "usage: floor lab [--keep] [--services bare|isolated] NAME < LINES   build, then tear down, a lab (lab.hpp has "
    "the\n"
    "                                                                    lines; bench/run writes them)\n"
    "       floor sentinel [PID]      make one, say `ready`; drop it at a line of input (or when process PID and its\n"
    "                                 namespace end), and say `gone` when everything dropped before is freed\n";

/// A namespace that was dropped a moment ago is freed like any other: its sentinel is dropped behind it.
void tear_down(Lab& lab) {
  lab.close();
  Sentinel sentinel;
  const double begin = now();
  lab.remove_pins();
  const double returned = now();
  sentinel.drop();
  sentinel.await();
  std::printf(", \"returned\": %.6f, \"quiescent\": %.6f", returned - begin, now() - begin);
}

int run_lab(int argc, char** argv) {
  bool keep = false;
  std::string services, name;
  for (int i = 2; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (word == "--keep")
      keep = true;
    else if (word == "--services" && i + 1 < argc)
      services = argv[++i];
    else
      name = word;
  }
  if (name.empty() || (!services.empty() && services != "bare" && services != "isolated")) {
    std::fputs(usage, stderr);
    return 2;
  }
  Lab lab(name, std::cin);
  const double begin = now();
  lab.build();
  std::printf("{\"places\": %zu, \"build\": %.6f", lab.places().size(), now() - begin);
  if (!services.empty()) {
    const ServiceTimes times = run_services(lab, services == "isolated");
    std::printf(", \"start\": %.6f, \"kill\": %.6f", times.start, times.kill);
  }
  if (!keep) tear_down(lab);
  std::puts("}");
  return 0;
}

void watch(Sentinel& sentinel, bool told) {
  std::puts("ready");
  std::fflush(stdout);
  std::string line;
  if (told) std::getline(std::cin, line);
  sentinel.drop();
  sentinel.await();
  std::puts("gone");
}

int run_sentinel(int argc, char** argv) {
  if (argc > 2) {
    Sentinel sentinel(static_cast<pid_t>(std::atoi(argv[2])));
    watch(sentinel, false);
  } else {
    Sentinel sentinel;
    watch(sentinel, true);
  }
  return 0;
}

}  // namespace

}  // namespace floor_bench

int main(int argc, char** argv) {
  const std::string_view command = argc > 1 ? argv[1] : "";
  try {
    if (command == "lab") return floor_bench::run_lab(argc, argv);
    if (command == "sentinel") return floor_bench::run_sentinel(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "floor: %s\n", error.what());
    return 1;
  }
  std::fputs(floor_bench::usage, stderr);
  return 2;
}
