// Every command: its name, what it takes and what it does. wire() says the first two to CLI11, run() does the rest and
// returns the exit code; app.cpp is the only caller of both.
#pragma once
#include "cli/topology.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace nsbuild::cli {

struct Validate {
  static constexpr const char* name = "validate";
  static constexpr const char* summary = "Check a topology file, without touching the kernel";
  void wire(CLI::App& app);
  int run() const;

  FileOptions file;
};

struct Plan {
  static constexpr const char* name = "plan";
  static constexpr const char* summary = "Show what apply would do";
  void wire(CLI::App& app);
  int run() const;

  FileOptions file;
  bool destroy = false, json = false, shell = false, detailed_exit_code = false, fresh = false;
};

struct Apply {
  static constexpr const char* name = "apply";
  static constexpr const char* summary = "Make the kernel agree with a topology file";
  void wire(CLI::App& app);
  int run() const;

  FileOptions file;
  bool keep = false, take_over = false;
};

struct Destroy {
  static constexpr const char* name = "destroy";
  static constexpr const char* summary = "Remove everything that belongs to a lab";
  void wire(CLI::App& app);
  int run() const;

  FileOptions file;
  std::string target;
  bool all = false;
};

struct Status {
  static constexpr const char* name = "status";
  static constexpr const char* summary = "Show the labs that run, their interfaces and services";
  void wire(CLI::App& app);
  int run() const;

  std::string lab;
  bool json = false, residue = false;
};

struct Gc {
  static constexpr const char* name = "gc";
  static constexpr const char* summary = "Remove what crashed labs have left";
  void wire(CLI::App& app);
  int run() const;

  bool dry_run = false, json = false;
};

struct Exec {
  static constexpr const char* name = "exec";
  static constexpr const char* summary = "Run a command inside a service or a namespace";
  void wire(CLI::App& app);
  int run() const;

  std::string target;
  std::optional<std::string> user;
  std::vector<std::string> command;  // what stood behind `--`
};

struct Logs {
  static constexpr const char* name = "logs";
  static constexpr const char* summary = "Print what a service has written";
  void wire(CLI::App& app);
  int run() const;

  std::string target, since;
  std::optional<std::size_t> tail;
  bool follow = false;
};

struct Start {
  static constexpr const char* name = "start";
  static constexpr const char* summary = "Start a service that was stopped or has ended";
  void wire(CLI::App& app);
  int run() const;

  std::string target;
};

struct Stop {
  static constexpr const char* name = "stop";
  static constexpr const char* summary = "Stop a service";
  void wire(CLI::App& app);
  int run() const;

  std::string target;
};

struct Restart {
  static constexpr const char* name = "restart";
  static constexpr const char* summary = "Stop a service and start it again";
  void wire(CLI::App& app);
  int run() const;

  std::string target;
};

struct Run {
  static constexpr const char* name = "run";
  static constexpr const char* summary = "Apply a topology, run a command, destroy it again";
  void wire(CLI::App& app);
  int run() const;

  FileOptions file;
  std::optional<std::string> in;
  std::vector<std::string> command;  // what stood behind `--`
};

struct Graph {
  static constexpr const char* name = "graph";
  static constexpr const char* summary = "Draw a topology as DOT, Mermaid or SVG";
  void wire(CLI::App& app);
  int run() const;

  FileOptions file;
  std::string format, output;
};

struct Generate {
  static constexpr const char* name = "generate";
  static constexpr const char* summary = "Print a topology file to start from";
  void wire(CLI::App& app);
  int run() const;

  std::string shape;
  std::int64_t n = 0;
  bool ipv6 = false, services = false;
};

struct Schema {
  static constexpr const char* name = "schema";
  static constexpr const char* summary = "Print the JSON Schema of the topology language";
  void wire(CLI::App& app);
  int run() const;
};

struct Doctor {
  static constexpr const char* name = "doctor";
  static constexpr const char* summary = "Say what this kernel and this user can do";
  void wire(CLI::App& app);
  int run() const;

  bool json = false;
};

struct Completion {
  static constexpr const char* name = "completion";
  static constexpr const char* summary = "Print a completion script for a shell";
  void wire(CLI::App& app);
  int run() const;

  std::string shell;
};

}  // namespace nsbuild::cli
