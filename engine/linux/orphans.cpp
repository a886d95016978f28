#include "engine/linux/orphans.hpp"

#include "engine/error.hpp"
#include "engine/listing.hpp"

#include <sstream>
#include <string>

namespace nsbuild::engine {

namespace {

/// Of a line `TCP: inuse 4 orphan 0 tw 2 alloc 6 mem 0`: what follows `orphan`, which is the whole machine's, whatever
/// namespace reads it.
bool count_orphans() try {
  std::istringstream words(text_of_proc("/proc/self/net/sockstat"));
  std::string word, count;
  while (words >> word)
    if (word == "orphan") return !(words >> count) || count != "0";
  return true;
} catch (const SysError&) {
  return true;
}

}  // namespace

bool Orphans::exist() {
  if (!known_) known_ = count_orphans();
  return *known_;
}

}  // namespace nsbuild::engine
