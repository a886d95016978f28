#include "planner/kinds/ready.hpp"

#include "planner/kinds/service_functions.hpp"
#include "planner/origin.hpp"
#include "planner/script.hpp"
#include "planner/state.hpp"
#include "planner/words.hpp"

namespace nsbuild::planner {
namespace {

/// What a script waits with: the command's process stands for the service's namespaces, root and user.
constexpr const char* waiting = R"SH(ready() {
  service=$1 deadline=$(($(now) + $2)) words=$3
  shift 3
  while :; do
    pid=$(command_of "$service" | head -n 1)
    if [ -n "$pid" ] && "$@"; then return 0; fi
    if [ "$(now)" -ge "$deadline" ]; then
      echo "service $service: not ready: $words" >&2
      return 1
    fi
    sleep 0.05
  done
}
listens() {
  protocol=$1
  shift
  nsenter --target "$pid" --net ss -Hln"$protocol" | awk '{print $4}' | grep -q "$@"
}
has_socket() { [ -S "/proc/$pid/root$1" ]; }
has_file() { [ -e "/proc/$pid/root$1" ]; }
has_line() { grep -qP -- "$2" "$1"; }
succeeds() {
  xargs -0 -a "/proc/$pid/environ" sh -c 'words=$1 pid=$2
    shift 2
    while [ "$words" -gt 0 ]; do
      set -- "$@" "$1"
      shift
      words=$((words - 1))
    done
    exec nsenter --target "$pid" --mount --uts --ipc --net --pid -- setpriv --reuid="$(stat -c %u "/proc/$pid")" \
      --regid="$(stat -c %g "/proc/$pid")" --clear-groups env -i "$@"' sh "$#" "$pid" "$@" </dev/null >/dev/null 2>&1
})SH";

/// The local addresses that ss(8) shows for a socket that is bound to this one, or to all.
std::string listening(const Ready& wish) {
  const std::string protocol = wish.probe == specs::Probe::tcp ? "t" : "u";
  const std::string port = ":" + std::to_string(wish.port);
  if (!wish.address) return "listens " + protocol + " -e " + quoted(port + "$");
  const bool v6 = wish.address->family == Family::v6;
  const std::string own = v6 ? "[" + wish.address->text() + "]" : wish.address->text();
  std::string line = "listens " + protocol + " -xF";
  for (const std::string& local : {own, std::string(v6 ? "[::]" : "0.0.0.0"), std::string("*")})
    line += " -e " + quoted(local + port);
  return line;
}

/// The test that holds once it is ready.
std::string look(Script& script, const Ready& wish) {
  switch (wish.probe) {
    case specs::Probe::tcp:
    case specs::Probe::udp:
      return listening(wish);
    case specs::Probe::unix_socket:
      return "has_socket " + quoted(wish.text);
    case specs::Probe::file:
      return "has_file " + quoted(wish.text);
    case specs::Probe::command:
      return "succeeds " + words(wish.command);
    case specs::Probe::log:
      return "has_line " + script.file("log", wish.service) + " " + quoted(wish.text);
  }
  return "false";
}

}  // namespace

std::string Ready::summary() const {
  const std::string what = words(probe) + " ";
  if (probe == specs::Probe::command) return what + words(command);
  if (probe != specs::Probe::tcp && probe != specs::Probe::udp) return what + text;
  if (!address) return what + std::to_string(port);
  const bool v6 = address->family == Family::v6;
  return what + (v6 ? "[" : "") + address->text() + (v6 ? "]:" : ":") + std::to_string(port);
}

/// FNV-1a: the same in every build, since it outlives the program in the memory of an init.
std::uint64_t Ready::hash() const {
  std::uint64_t hash = 0xcbf29ce484222325;
  const auto mix = [&](const std::string& part) {
    for (const char c : part + '\0') hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  };
  mix(words(probe));
  mix(address ? address->text() : "");
  mix(std::to_string(port));
  mix(text);
  for (const std::string& word : command) mix(word);
  return hash == 0 ? 1 : hash;
}

Key Ready::identity() const { return key_of<Ready>("", service); }
std::vector<Key> Ready::needs() const { return {key_of<Service>("", service)}; }
std::vector<Key> Ready::owners() const { return {key_of<Service>("", service)}; }
std::vector<std::string> Ready::claims() const { return {}; }
Phase Ready::phase() const { return Phase::services; }

std::vector<Ready> Ready::desire(const netgraph::NetGraph& graph) {
  std::vector<Ready> all;
  for (const netgraph::Service& service : graph.services) {
    if (!service.spec.ready) continue;
    const specs::Ready& said = *service.spec.ready;
    all.push_back({.service = service.name,
                   .probe = said.probe,
                   .address = said.address,
                   .port = said.port,
                   .text = said.text,
                   .command = said.command,
                   .timeout = static_cast<std::uint32_t>(said.timeout.count()),
                   .interval = static_cast<std::uint32_t>(said.interval.count()),
                   .origin = origin_of(graph, said.at)});
  }
  return all;
}

void Ready::shell(Script& script, const Ready* /*before*/, const Ready* after) {
  if (after == nullptr) return;
  script.define("lab=" + script.lab());
  script.define(finding_functions);
  script.define(waiting);
  script.line("ready " + quoted(after->service) + " " + std::to_string(after->timeout) + " " +
              quoted(after->summary()) + " " + look(script, *after));
}

}  // namespace nsbuild::planner
