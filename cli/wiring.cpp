// Every word that a command line may hold, and what --help says of it.
#include "cli/commands.hpp"
#include "specs/generate/generate.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace nsbuild::cli {

namespace {

void wire_file_options(CLI::App& app, FileOptions& options) {
  constexpr const char* group = "Options for the file";
  app.add_option("--name", options.name, "Name of the lab, instead of the file's own")->type_name("NAME")->group(group);
  app.add_option("--set", options.set, "Value of a ${VARIABLE} in the file; may be repeated")
      ->type_name("NAME=VALUE")
      ->allow_extra_args(false)
      ->group(group);
  app.add_option("--env-file", options.env_files, "File of NAME=VALUE lines for ${VARIABLES}; may be repeated")
      ->type_name("FILE")
      ->allow_extra_args(false)
      ->group(group);
  app.add_flag("--strict", options.strict, "Treat warnings about the file as errors")->group(group);
}

void wire_file(CLI::App& app, FileOptions& options) {
  app.add_option("FILE", options.path, "Topology file; - is standard input")->required();
  wire_file_options(app, options);
}

void wire_service(CLI::App& app, std::string& target) {
  app.add_option("[LAB/]SERVICE", target, "The service, of the running lab or of the one before the slash")->required();
}

}  // namespace

void Validate::wire(CLI::App& app) {
  wire_file(app, file);
  app.footer(
      "Examples:\n"
      "  nsbuild validate examples/quickstart.yaml\n"
      "  nsbuild validate --strict --name test - < examples/quickstart.yaml");
}

void Plan::wire(CLI::App& app) {
  wire_file(app, file);
  app.add_flag("--destroy", destroy, "What destroy would do instead");
  app.add_flag("--fresh", fresh, "Against an empty machine; needs no privilege");
  auto* as_json = app.add_flag("--json", json, "As JSON");
  app.add_flag("--shell", shell, "As a shell script of ip and nsenter commands")->excludes(as_json);
  app.add_flag("--detailed-exitcode", detailed_exit_code, "Exit with 4 when there is something to do");
  app.footer(
      "Examples:\n"
      "  nsbuild plan examples/quickstart.yaml\n"
      "  nsbuild plan --fresh --json examples/quickstart.yaml\n"
      "  nsbuild plan --fresh --shell examples/quickstart.yaml > quickstart.sh\n"
      "  nsbuild plan --destroy examples/quickstart.yaml");
}

void Apply::wire(CLI::App& app) {
  wire_file(app, file);
  app.add_flag("--keep", keep, "Leave a failed apply as it is, for study, instead of rolling it back");
  app.add_flag("--take-over", take_over, "Accept that the lab came from another file, which still exists");
  app.footer(
      "SIGINT, SIGTERM and SIGHUP stop an apply and roll it back.\n"
      "\n"
      "Examples:\n"
      "  nsbuild apply examples/quickstart.yaml\n"
      "  nsbuild apply --name second examples/quickstart.yaml\n"
      "  nsbuild apply --verbose --keep --strict examples/quickstart.yaml");
}

void Destroy::wire(CLI::App& app) {
  auto* what = app.add_option("LAB|FILE", target, "The lab, or its topology file; default: the only lab that is up");
  app.add_flag("--all", all, "All labs")->excludes(what);
  wire_file_options(app, file);
  app.footer(
      "Examples:\n"
      "  nsbuild destroy\n"
      "  nsbuild destroy quickstart\n"
      "  nsbuild destroy examples/quickstart.yaml\n"
      "  nsbuild destroy --all");
}

void Status::wire(CLI::App& app) {
  app.add_option("LAB", lab, "The lab; default: all of them, or the one in NSBUILD_LAB");
  app.add_flag("--json", json, "As JSON");
  app.add_flag("--residue", residue, "Everything of it that exists, also when it is not up: what destroy removes");
  app.footer(
      "Examples:\n"
      "  nsbuild status\n"
      "  nsbuild status quickstart\n"
      "  nsbuild status --json quickstart\n"
      "  nsbuild status --residue");
}

void Gc::wire(CLI::App& app) {
  app.add_flag("--dry-run", dry_run, "Only say what would be removed");
  app.add_flag("--json", json, "As JSON");
  app.footer(
      "A lab that is up is not touched, nor one that another command works on, nor what only looks like nsbuild's.\n"
      "\n"
      "Examples:\n"
      "  nsbuild gc --dry-run\n"
      "  nsbuild gc");
}

void Exec::wire(CLI::App& app) {
  app.add_option("[LAB/]NAME", target, "The service, else the namespace of that name; svc:NAME or ns:NAME says which")
      ->required();
  app.add_option("--user", user, "Run as this user[:group] of the service's root instead of root")
      ->type_name("USER[:GROUP]");
  app.footer(
      "Without a command it runs a shell. Standard input, the terminal and the exit code pass through.\n"
      "\n"
      "Examples:\n"
      "  nsbuild exec client -- curl -s http://10.0.2.2:8080\n"
      "  nsbuild exec quickstart/web -- ps ax\n"
      "  nsbuild exec ns:server -- ip -br address\n"
      "  nsbuild exec web");
}

void Logs::wire(CLI::App& app) {
  wire_service(app, target);
  app.add_flag("-f,--follow", follow, "Go on with what it writes from now on");
  app.add_option("-n,--tail", tail, "Only the last N lines")->type_name("N");
  app.add_option("--since", since, "Only what was written after that, such as 10m, 1h30m, 14:30 or 2026-02-28T14:30")
      ->type_name("TIME");
  app.footer(
      "A log keeps its last 10 to 20 MB. Times are those at which something was written; of what is long ago they are\n"
      "known less exactly, and what may be as new as --since says is shown.\n"
      "\n"
      "Examples:\n"
      "  nsbuild logs web\n"
      "  nsbuild logs --tail 20 quickstart/web\n"
      "  nsbuild logs --since 10m web\n"
      "  nsbuild logs -f web");
}

void Start::wire(CLI::App& app) {
  wire_service(app, target);
  app.footer(
      "Returns when its command runs, of a oneshot when it has completed; only apply waits until it is ready.\n"
      "\n"
      "Examples:\n"
      "  nsbuild start web\n"
      "  nsbuild start quickstart/web");
}

void Stop::wire(CLI::App& app) {
  wire_service(app, target);
  app.footer(
      "Services that joined it go on. The next apply starts it again.\n"
      "\n"
      "Examples:\n"
      "  nsbuild stop web\n"
      "  nsbuild stop quickstart/web");
}

void Restart::wire(CLI::App& app) {
  wire_service(app, target);
  app.footer(
      "Its namespaces, mounts and files stay as they are, and so do services that joined it.\n"
      "\n"
      "Examples:\n"
      "  nsbuild restart web\n"
      "  nsbuild restart quickstart/web");
}

void Run::wire(CLI::App& app) {
  wire_file(app, file);
  app.add_option("--in", in, "Run the command in this service or namespace, as exec does")->type_name("NAME");
  app.footer(
      "The lab is destroyed again whether the command succeeds, fails or is interrupted. The exit code is the\n"
      "command's own, or 125 when nsbuild itself failed.\n"
      "\n"
      "Examples:\n"
      "  nsbuild run examples/host-web.yaml -- curl -s --retry 9 --retry-connrefused http://172.16.0.2:8080\n"
      "  nsbuild run examples/quickstart.yaml --in client -- ping -c 1 10.0.2.2");
}

void Graph::wire(CLI::App& app) {
  wire_file(app, file);
  app.add_option("--format", format, "What to draw; default: by the output file's suffix, else dot")
      ->type_name("dot|mermaid|svg")
      ->check(CLI::IsMember({"dot", "mermaid", "svg"}).description(""));
  app.add_option("-o,--output", output, "File to write instead of standard output")->type_name("FILE");
  app.footer(
      "Examples:\n"
      "  nsbuild graph examples/quickstart.yaml\n"
      "  nsbuild graph --format mermaid examples/quickstart.yaml\n"
      "  nsbuild graph -o quickstart.svg examples/quickstart.yaml");
}

void Generate::wire(CLI::App& app) {
  std::vector<std::string> names;
  std::string limits;
  for (const auto& row : specs::shapes()) {
    names.emplace_back(row.name);
    limits += fmt::format("  {} N  {} to {} {}\n", row.name, row.least, row.most, row.meaning);
  }
  app.add_option(fmt::format("{}", fmt::join(names, "|")), shape)
      ->required()
      ->check(CLI::IsMember(names).description(""));
  app.add_option("N", n, "How large, as said below")->required()->check([](const std::string& word) {
    const bool is_number = word.find_first_not_of("0123456789") == std::string::npos;
    return is_number ? "" : fmt::format("a whole number is expected, not \"{}\"", word);
  });
  app.add_flag("--ipv6", ipv6, "With IPv6 beside IPv4");
  app.add_flag("--services", services, "With a service in every namespace");
  app.footer("Everything reaches everything else. N is:\n" + limits +
             "\n"
             "Examples:\n"
             "  nsbuild generate ring 5 > ring.yaml\n"
             "  nsbuild generate star 50 --services | nsbuild validate -\n"
             "  nsbuild generate clos 4 --ipv6 | nsbuild graph -o clos.svg -");
}

void Schema::wire(CLI::App& app) {
  app.footer(
      "Examples:\n"
      "  nsbuild schema > nsbuild.schema.json\n"
      "Editors with a YAML language server use it for a file that starts with\n"
      "  # yaml-language-server: $schema=nsbuild.schema.json");
}

void Doctor::wire(CLI::App& app) {
  app.add_flag("--json", json, "As JSON");
  app.footer(
      "Every check is a trial in namespaces of its own; nothing of the machine is changed.\n"
      "\n"
      "Examples:\n"
      "  nsbuild doctor\n"
      "  nsbuild doctor --json");
}

void Completion::wire(CLI::App& app) {
  app.add_option("bash|zsh|fish", shell, "The shell")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish"}).description(""));
  app.footer(
      "The usual places are /etc/bash_completion.d/nsbuild, a directory of zsh's $fpath as _nsbuild, and\n"
      "~/.config/fish/completions/nsbuild.fish.\n"
      "\n"
      "Examples:\n"
      "  source <(nsbuild completion bash)\n"
      "  nsbuild completion zsh > _nsbuild\n"
      "  nsbuild completion fish > nsbuild.fish");
}

}  // namespace nsbuild::cli
