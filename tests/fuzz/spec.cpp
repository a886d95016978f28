// A whole topology: text, spec, graph, plan, and what the plan is shown and carried out as.
#include "engine/fd.hpp"
#include "engine/init/wire.hpp"
#include "engine/service/launch.hpp"
#include "engine/service/record.hpp"
#include "netgraph/netgraph.hpp"
#include "planner/plan.hpp"
#include "specs/load.hpp"
#include "tests/fuzz/targets.hpp"

#include <cstring>

#include <sys/mman.h>
#include <unistd.h>

namespace nsbuild::fuzz {
namespace {

using engine::Fd;

/// A file that is on no disk.
std::string path_of(const Fd& file) { return "/proc/self/fd/" + std::to_string(file.get()); }

bool fits(std::string_view bytes, init::Span span) {
  return span.offset <= bytes.size() && span.size < bytes.size() - span.offset &&
         bytes[span.offset + span.size] == '\0';
}

template <class T>
T read_at(std::string_view bytes, std::size_t offset) {
  promise(offset + sizeof(T) <= bytes.size(), "a launch ends early");
  T value;
  std::memcpy(&value, bytes.data() + offset, sizeof value);
  return value;
}

/// The init, which looks at nothing twice, relies on all of this.
void check_launch(const std::string& bytes) {
  const auto header = read_at<init::LaunchHeader>(bytes, 0);
  promise(header.operation_count > 0, "a launch without operations");
  for (std::size_t i = 0; i < header.operation_count; ++i) {
    const auto operation = read_at<init::Operation>(bytes, sizeof header + i * sizeof(init::Operation));
    promise(operation.slot <= header.slot_count, "a slot that there is not");
    for (const init::Span& span : {operation.words, operation.first, operation.second, operation.third})
      promise(fits(bytes, span), "a text of a launch is not within it");
  }
}

std::string content_of(const Fd& memfd) {
  std::string bytes(static_cast<std::size_t>(lseek(memfd.get(), 0, SEEK_END)), '\0');
  promise(pread(memfd.get(), bytes.data(), bytes.size(), 0) == static_cast<ssize_t>(bytes.size()), "a short record");
  return bytes;
}

/// What the kernel is given must say the same when it is read back: else every plan would find a difference.
void check_service(const planner::Service& service) {
  if (service.join.empty()) check_launch(engine::compile_launch(service, {}, {}));
  engine::Record record;
  record.run_dir = "/run/nsbuild";
  record.lab = "lab";
  record.spec = service;
  const auto read = engine::parse_record(content_of(engine::make_record(record)));
  promise(read.has_value() && read->spec == service && read->lab == "lab", "a record is not what was recorded");
}

void show(const planner::Plan& plan) {
  planner::text(plan, true);
  planner::json(plan);
  planner::shell(plan, "lab");
}

planner::State after(planner::State state, const planner::Plan& plan) {
  for (const planner::Step& step : plan.steps) planner::advance(state, step);
  return state;
}

void check_plans(const planner::State& wish) {
  const planner::Plan up = planner::plan({}, wish);
  show(up);
  const planner::State made = after({}, up);
  const planner::Plan down = planner::plan(made, {});
  show(down);
  promise(planner::plan(wish, wish).empty(), "a plan from a state to itself");
  promise(after(made, down).empty(), "a destroy leaves something");
}

}  // namespace

void run_spec(std::string_view bytes) {
  const Fd file(memfd_create("topology", MFD_CLOEXEC));
  promise(write(file.get(), bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()), "no memory");
  specs::LoadOptions options;
  options.path = path_of(file);
  options.name = "lab";
  options.environment = false;
  options.env_file = {{"ROOTFS", "/usr"}};
  specs::Sources sources;
  specs::Diagnostics diagnostics;
  const specs::Spec spec = specs::load(options, sources, diagnostics);
  const netgraph::NetGraph graph = netgraph::build(spec, diagnostics);
  specs::print(diagnostics, sources, true, true);
  if (diagnostics.failed()) return;
  for (const auto format : {netgraph::Drawing::dot, netgraph::Drawing::mermaid, netgraph::Drawing::svg})
    netgraph::draw(graph, format);
  const planner::State wish = planner::desired(graph);
  check_plans(wish);
  for (const auto& [key, resource] : wish)
    if (const auto* service = std::get_if<planner::Service>(&resource)) check_service(*service);
}

}  // namespace nsbuild::fuzz
