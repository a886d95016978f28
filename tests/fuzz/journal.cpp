// What a lab's directory remembers: the journal, and the values that sysctls had.
#include "engine/journal.hpp"

#include "tests/fuzz/targets.hpp"

#include <sstream>

namespace nsbuild::fuzz {

void run_journal(std::string_view bytes) {
  if (const auto journal = engine::parse_journal(bytes)) {
    const auto again = engine::parse_journal(engine::journal_text(*journal));
    promise(again.has_value(), "a journal that was written cannot be read");
    promise(again->undone == journal->undone, "a journal forgets");
    engine::merged(*journal, *again);
  }
  engine::Originals originals("lab");
  std::istringstream text{std::string(bytes)};
  originals.read(text);
  for (const std::string& key : originals.keys("client", 4026531840))
    promise(originals.find("client", 4026531840, key).has_value(), "a key without a value");
}

Seeds journal_seeds() {
  Seeds seeds = kept("journal");
  engine::Journal journal;
  journal.topology = "/srv/lab.yaml";
  journal.boot_id = engine::boot_id();
  journal.places = {"client", "server"};
  journal.host_devices = {"up0"};
  journal.host_routes = {"table 254 198.51.100.0/24"};
  journal.undone = {{"migrate", 123456789}};
  seeds.push_back(engine::journal_text(journal));
  seeds.emplace_back(R"({"undone": {"migrate": 7.80355e+72}})");  // no number of nanoseconds
  seeds.push_back(engine::boot_id() +
                  "\nclient 4026531840 net.ipv4.ip_forward = 0\nclient 4026531840 net.ipv4.conf.eth0.rp_filter = 2\n"
                  "client 4026531840 net.ipv4.ip_forward\n");
  return seeds;
}

}  // namespace nsbuild::fuzz
