// Services' strings: every `${{...}}` in them becomes what it stands for, once all addresses are known.
#include "netgraph/draft.hpp"
#include "netgraph/values.hpp"
#include "specs/references.hpp"
#include "specs/settle.hpp"

#include <functional>

namespace nsbuild::netgraph {
namespace {

using specs::Located;

/// Called for a string and where it stands, as far as that is known.
using Visit = std::function<void(std::string&, Mark)>;

void visit(std::optional<Located<std::string>>& text, const Visit& each) {
  if (text) each(text->value, text->at);
}

void visit_mount(specs::Mount& mount, const Visit& each) {
  each(mount.source.value, mount.source.at);
  each(mount.target.value, mount.target.at);
  for (Located<std::string>& lower : mount.lower) each(lower.value, lower.at);
  visit(mount.upper, each);
  visit(mount.size, each);
  visit(mount.owner, each);
}

/// What a file copies is its own: only a template's text is the lab's.
void visit_file(specs::File& file, const Visit& each) {
  each(file.target.value, file.target.at);
  visit(file.source, each);
  visit(file.owner, each);
  if (!file.source || file.is_template) each(file.content, file.source ? file.source->at : file.at);
}

void visit_strings(specs::Service& service, const Visit& each) {
  for (std::string& word : service.command) each(word, service.command_at);
  for (auto& [name, value] : service.environment) {
    each(name, service.at);
    each(value, service.at);
  }
  for (auto* text : {&service.hostname, &service.working_dir, &service.user, &service.group, &service.rootfs})
    visit(*text, each);
  for (Located<std::string>& group : service.groups) each(group.value, group.at);
  for (specs::Mount& mount : service.mounts) visit_mount(mount, each);
  for (specs::File& file : service.files) visit_file(file, each);
  for (specs::ExtraHost& host : service.hosts) each(host.name.value, host.name.at);
  if (!service.ready) return;
  each(service.ready->text, service.ready->at);
  for (std::string& word : service.ready->command) each(word, service.ready->at);
}

/// Reports what is wrong with the references, each at its own place.
bool check(Values& values, const Service& service) {
  bool fine = true;
  for (const auto& each : service.spec.references)
    fine = values.resolve({each.value, each.at, nullptr}, service).has_value() && fine;
  return fine;
}

/// The text of a template whose name held references could only be read now.
void resolve_late_files(Values& values, const specs::Service& said, Service& service) {
  for (std::size_t i = 0; i < said.files.size(); ++i) {
    specs::File& file = service.spec.files[i];
    if (!file.is_template || !said.files[i].source || !specs::has_reference(said.files[i].source->value)) continue;
    if (auto text = values.resolve({file.content, file.source->at, nullptr}, service)) file.content = std::move(*text);
  }
}

bool has_references(specs::Service& service) {
  bool found = false;
  visit_strings(service, [&](std::string& text, Mark) { found = found || specs::has_reference(text); });
  return found;
}

}  // namespace

void resolve_templates(Draft& draft) {
  Values values(draft);
  for (Service& service : draft.graph.services) {
    if (!has_references(service.spec) || !check(values, service)) continue;
    const specs::Service said = service.spec;
    visit_strings(service.spec, [&](std::string& text, Mark at) {
      if (!specs::has_reference(text)) return;
      if (auto resolved = values.resolve({text, at, nullptr}, service)) text = std::move(*resolved);
    });
    specs::settle(said, service.spec, draft.diagnostics);
    resolve_late_files(values, said, service);
    if (service.spec.hostname) service.hostname = service.spec.hostname->value;
  }
  for (Service& service : draft.graph.services) {
    if (service.join) service.hostname = draft.graph.services[*service.join].hostname;
  }
}

}  // namespace nsbuild::netgraph
