#include "engine/descriptors.hpp"

#include <algorithm>

#include <sys/resource.h>

namespace nsbuild::engine {

DescriptorBudget descriptor_budget() {
  constexpr std::size_t others = 128, per_place = 2, per_start = 2, per_wait = 4;
  constexpr std::size_t places_min = 4, places_most = 4096, starts_most = 128, waits_most = 192;
  rlimit limit{};
  const std::size_t all = ::getrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_cur : 0;
  // Of few descriptors half is kept for all else.
  const auto rest = [&](std::size_t taken) { return all - std::min(all, std::min(others, all / 2) + taken); };
  DescriptorBudget budget{};
  budget.watched = all / 4;
  budget.places = std::clamp(rest(0) / per_place, places_min, places_most);
  if (all <= others + places_min * per_place) budget.places = places_min;
  const std::size_t least = std::clamp(all / 8 / per_place, places_min, budget.places);
  const std::size_t left = rest(budget.watched + least * per_place);
  budget.starts = std::clamp(left / 2 / per_start, std::size_t{1}, starts_most);
  budget.waits = std::clamp(left / 2 / per_wait, std::size_t{1}, waits_most);
  const std::size_t spare = rest(budget.watched + budget.starts * per_start + budget.waits * per_wait);
  budget.places_beside_services = std::clamp(spare / per_place, least, budget.places);
  return budget;
}

}  // namespace nsbuild::engine
