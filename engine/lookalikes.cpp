#include "engine/lookalikes.hpp"

#include "engine/holders.hpp"
#include "engine/lab_files.hpp"
#include "engine/linux/mark.hpp"
#include "engine/listing.hpp"
#include "engine/place.hpp"
#include "engine/rundir.hpp"
#include "engine/service/spawner.hpp"
#include "engine/survey.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace nsbuild::engine {

namespace {

class Lookalikes {
 public:
  explicit Lookalikes(const std::vector<std::string>& labs) : labs_(labs) {}

  std::vector<std::string> run() {
    for (const std::string& lab : labs_) look_at(lab);
    look_at_host();
    look_at_processes();
    look_at_run_dir();
    return std::move(lines_);
  }

  std::vector<std::string> routes() {
    for (const std::string& lab : labs_) look_at(lab);
    lines_.clear();
    Machine machine("");
    look_at_routes(machine.places.at("host"));
    return std::move(lines_);
  }

 private:
  void look_at(const std::string& lab) {
    const Journal journal = read_journal(lab).value_or(Journal{});
    for (const Pin& pin : pins_of(lab))
      if (!pin.is_own) lines_.push_back("namespace " + pin_path({lab, pin.name}) + ": is not nsbuild's, by its mark");
    Machine machine(lab);
    for (const auto& [key, resource] : survey(machine, {lab, nullptr, Scope::Depth::roots})) {
      if (std::holds_alternative<planner::Route>(resource)) own_routes_.insert(key);
      if (const auto* veth = std::get_if<planner::Veth>(&resource))
        for (const planner::VethEnd* end : {&veth->a, &veth->b})
          if (Place{lab, end->place}.is_host()) own_devices_.insert(end->name);
    }
    for (const std::string& device : journal.host_devices) wanted_.emplace(device, lab);
    if (!is_of_this_boot(journal)) return;
    for (const std::string& id : journal.host_routes) own_routes_.insert(planner::key_of<planner::Route>("host", id));
  }

  void look_at_host() {
    Machine machine("");
    OpenPlace& host = machine.places.at("host");
    host.devices.load(*host.socket);
    for (const LinkMessage& link : host.devices.links())
      if (const std::string name = link.name.value_or(""); !own_devices_.contains(name)) look_at(link, name);
    look_at_routes(host);
    for (const planner::Rule& rule : marked_rules(host))
      lines_.push_back(planner::name(planner::key(rule)) + ": has nsbuild's protocol; nsbuild makes no rules there");
  }

  void look_at_routes(OpenPlace& host) {
    for (const planner::Route& route : marked_routes(host))
      if (!own_routes_.contains(planner::key(route)))
        lines_.push_back(planner::name(planner::key(route)) + ": has nsbuild's protocol, and no record in " +
                         run_dir() + " tells of it");
  }

  void look_at(const LinkMessage& link, const std::string& name) {
    const std::string alias = link.alias.value_or("");
    const bool in_group = is_mark_group(link.group.value_or(0));
    if (const auto wanted = wanted_.find(name); wanted != wanted_.end())
      lines_.push_back("device " + name + ": has the name of an end of lab " + wanted->second +
                       ", and not nsbuild's mark");
    else if (const auto lab = marked_lab(alias); lab && !in_group)
      lines_.push_back("device " + name + ": has the alias of lab " + *lab + ", and is not in nsbuild's group");
    else if (in_group && !alias.starts_with(mark_prefix))
      lines_.push_back("device " + name + ": is in nsbuild's group, and no lab's");
  }

  /// By what they are called.
  void look_at_processes() {
    for (const pid_t pid : processes()) {
      std::string name = text_of_proc("/proc/" + std::to_string(pid) + "/comm");
      name.resize(std::min(name.size(), name.find('\n')));
      if (name.starts_with("nsbuild-") && !runs_init_program(pid))
        lines_.push_back(process_words(pid) + ": is called " + name + ", and is not nsbuild's");
    }
  }

  void look_at_run_dir() {
    std::set<std::string> known;
    for (const std::string& lab : labs_on_record()) known.insert(lab_dir(lab));
    for (const std::string& lab : half_removed_labs()) known.insert(half_removed_dir(lab));
    for (const std::string& name : names_in(run_dir()))
      if (const std::string path = run_dir() + '/' + name; !known.contains(path))
        lines_.push_back("file " + path + ": is no lab's directory");
    for (const std::string& lab : labs_on_record())
      for (const std::string& path : strangers_in_lab(lab))
        lines_.push_back("file " + path + ": is in a lab's directory, and not nsbuild's");
  }

  const std::vector<std::string>& labs_;
  std::vector<std::string> lines_;
  std::set<planner::Key> own_routes_;
  std::set<std::string> own_devices_;
  std::map<std::string, std::string> wanted_;  // names of host ends that records tell of, each with its lab
};

}  // namespace

std::vector<std::string> lookalikes(const std::vector<std::string>& labs) { return Lookalikes(labs).run(); }

std::vector<std::string> routes_of_nobody(const std::vector<std::string>& labs) { return Lookalikes(labs).routes(); }

}  // namespace nsbuild::engine
