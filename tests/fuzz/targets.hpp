// What is fuzzed: every reader of bytes that nsbuild did not write itself just now. A target takes any bytes; it must
// neither crash nor hang, and throws BrokenPromise when something does not hold that has to.
#pragma once
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace nsbuild::fuzz {

using Seeds = std::vector<std::string>;

struct Target {
  const char* name;
  void (*run)(std::string_view bytes);
  Seeds (*seeds)();  // what the format looks like, and what once went wrong
};

std::span<const Target> targets();

class BrokenPromise : public std::logic_error {
  using std::logic_error::logic_error;
};
inline void promise(bool holds, const char* what) {
  if (!holds) throw BrokenPromise(what);
}

void run_yaml(std::string_view bytes);
void run_spec(std::string_view bytes);
void run_netlink(std::string_view bytes);
void run_record(std::string_view bytes);
void run_journal(std::string_view bytes);

/// The examples, and every file that is known to be bad.
Seeds topologies();
Seeds netlink_seeds();
Seeds record_seeds();
Seeds journal_seeds();
/// The files of tests/fuzz/corpus/<name>.
Seeds kept(const std::string& name);

}  // namespace nsbuild::fuzz
