// A wish that has every kind of network resource in it, as planner::desired() would make it, and words to change it.
#pragma once
#include "engine/kernel.hpp"
#include "planner/state.hpp"

#include <string>
#include <vector>

namespace nsbuild::engine::testing {

planner::VethEnd end(const std::string& place, const std::string& name);
planner::Address address(const std::string& place, const std::string& dev, const std::string& prefix);
planner::Route route(const std::string& place, const std::string& to, const std::string& via, const std::string& dev);
planner::Rule rule(const std::string& place, const std::string& from, std::uint32_t priority, std::uint32_t table);

/// client -- router -- server, the router also on the host; a segment `lan` with a port of each of two; IPv4 and IPv6.
planner::State whole_lab();

/// Takes the resource whose name (planner::name) is this, to be changed in place.
planner::Resource& named(planner::State& state, const std::string& name);
template <class Kind>
Kind& named(planner::State& state, const std::string& name) {
  return std::get<Kind>(named(state, name));
}

/// Does the steps in order, one at a time; what failed.
std::vector<std::string> carry_out(Kernel& kernel, const planner::Plan& plan);
/// Observes, plans, carries out, and observes again: the plan's text, or what went wrong.
std::string converge_once(Kernel& kernel, const planner::State& wish);
/// The plan that is left; "no changes" when the machine is as wished.
std::string left_over(Kernel& kernel, const planner::State& wish);

}  // namespace nsbuild::engine::testing
