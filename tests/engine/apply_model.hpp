// Kernels without a machine: one that keeps a state in memory by the planner's rules, and one that fails or dies at a
// step of choice.
#pragma once
#include "engine/error.hpp"
#include "engine/kernel.hpp"
#include "planner/world.hpp"

#include <deque>
#include <set>
#include <string>

namespace nsbuild::engine {

/// Behaves like a machine on which only this lab exists. Steps end in the order given, a few at each collect().
class ModelKernel : public Kernel {
 public:
  explicit ModelKernel(const planner::State& state = {}) : world_(state) {}

  const planner::State& state() const { return world_.state(); }
  std::size_t steps_done() const { return done_; }

  planner::State observe(const Scope&) override { return state(); }

  void submit(std::span<const Task> ready) override { queue_.insert(queue_.end(), ready.begin(), ready.end()); }

  std::vector<Outcome> collect(Deadline) override {
    constexpr std::size_t at_once = 3;
    std::vector<Outcome> outcomes;
    while (!queue_.empty() && outcomes.size() < at_once) {
      const Task task = queue_.front();
      queue_.pop_front();
      outcomes.push_back({task.id, perform(*task.step)});
    }
    return outcomes;
  }

 protected:
  /// Why it failed; empty on success.
  virtual std::string perform(const planner::Step& step) {
    const planner::Key key = step.key();
    const bool is_there = world_.find(key) != nullptr;
    if (step.verb() == planner::Verb::create && is_there) return planner::name(key) + ": File exists (EEXIST)";
    if (step.verb() != planner::Verb::create && !is_there) return planner::name(key) + ": No such thing (ENOENT)";
    world_.apply(step.key(), step);
    ++done_;
    return {};
  }

 private:
  planner::World world_;
  std::deque<Task> queue_;
  std::size_t done_ = 0;
};

/// What a kill is to a test: no Error, so nothing of the engine catches it.
struct Killed {};

/// Fails the steps with the given numbers (counted over the kernel's life), or dies before one.
class FaultyKernel : public ModelKernel {
 public:
  using ModelKernel::ModelKernel;

  std::set<std::size_t> failing;
  std::optional<std::size_t> deadly;
  std::size_t attempts = 0;

 protected:
  std::string perform(const planner::Step& step) override {
    const std::size_t number = attempts++;
    if (deadly == number) throw Killed{};
    if (failing.contains(number)) return planner::name(step.key()) + ": Input/output error (EIO)";
    return ModelKernel::perform(step);
  }
};

}  // namespace nsbuild::engine
