// What an init keeps of its service and what it says: memfds and messages that any process could have made to look like
// that.
#include "engine/service/record.hpp"

#include "engine/init/channel.hpp"
#include "engine/service/report.hpp"
#include "planner/plan.hpp"
#include "tests/fuzz/targets.hpp"

#include <cstring>

#include <sys/stat.h>
#include <unistd.h>

namespace nsbuild::fuzz {
namespace {

using namespace engine;

std::string content_of(const Fd& memfd) {
  struct stat status {};
  promise(fstat(memfd.get(), &status) == 0, "no record");
  std::string bytes(static_cast<std::size_t>(status.st_size), '\0');
  bytes.resize(static_cast<std::size_t>(pread(memfd.get(), bytes.data(), bytes.size(), 0)));
  return bytes;
}

/// What is shown of a service, whatever it says of itself.
void show(const planner::Service& service) {
  planner::State state;
  planner::put(state, service);
  const planner::Plan plan = planner::plan(state, {});
  planner::text(plan, false);
  planner::json(plan);
}

void hear(std::string_view bytes) {
  const ReportChannel channel = make_report_channel();
  if (init::send_message(channel.theirs.get(), bytes.data(), bytes.size(), nullptr, 0) != 0) return;
  if (const auto answer = read_report(channel.ours)) promise(answer->error.size() < 65536, "an answer without an end");
}

}  // namespace

void run_record(std::string_view bytes) {
  hear(bytes.substr(0, 2048));
  const auto record = parse_record(bytes);
  if (!record) return;
  show(record->spec);
  if (record->version != init::wire_version) return;
  // The limits of a service are looked up by name when it is recorded; a stranger's may have any.
  Record known = *record;
  known.spec.rlimits.clear();
  const auto again = parse_record(content_of(make_record(known)));
  promise(again.has_value() && again->spec == known.spec, "a record is not what was recorded");
}

Seeds record_seeds() {
  Seeds seeds = kept("record");
  Record record;
  record.run_dir = "/run/nsbuild";
  record.lab = "lab";
  record.spec.name = "web";
  seeds.push_back(content_of(make_record(record)));
  planner::Service& spec = record.spec;
  spec.place = "server";
  spec.hostname = "web";
  spec.mounts = {{specs::MountType::tmpfs, "", "/var/cache", false, "16m", 0755, "nobody"}};
  spec.files = {{"/etc/motd", "hello\n", 0644, ""}};
  spec.command = {"/bin/sh", "-c", "exec sleep infinity"};
  spec.environment = {{"LANG", "C.UTF-8"}, {"PATH", "/bin"}};
  spec.groups = {"adm"};
  spec.nice = -5;
  spec.rlimits = {{"nofile", 1024, {}}};
  spec.after = {"db"};
  seeds.push_back(content_of(make_record(record)));
  spec.dev = static_cast<specs::DevMode>(8);  // which there is not
  seeds.push_back(content_of(make_record(record)));
  // Arrays in arrays, more than a stack holds: where the spec is in a record of nothing else.
  Record deep;
  deep.spec.command = {std::string(200000, '\x81')};
  std::string bytes = content_of(make_record(deep));
  init::RecordHeader header;
  std::memcpy(&header, bytes.data(), sizeof header);
  header.spec = header.arguments;
  std::memcpy(bytes.data(), &header, sizeof header);
  seeds.push_back(bytes);
  // A report: failed, EPERM, with words.
  seeds.emplace_back("\2\0\0\0\1\0\0\0exec /bin/true", 22);
  seeds.emplace_back("\3\0\0\0\0\1\0\0", 8);
  return seeds;
}

}  // namespace nsbuild::fuzz
