#include "planner/plan.hpp"
#include "planner/script.hpp"

namespace nsbuild::planner {

std::string shell(const Plan& plan, const std::string& lab) {
  Script script(lab);
  for (const Step& step : plan.steps) {
    std::visit(
        [&]<class T>(const T&) {
          T::shell(script, step.before ? &std::get<T>(*step.before) : nullptr,
                   step.after ? &std::get<T>(*step.after) : nullptr);
        },
        step.after ? *step.after : *step.before);
    for (const Key& swept : step.sweeps)
      if (swept.kind == kind_index<Service>) script.remove_file("log", swept.id);
  }
  return script.text();
}

}  // namespace nsbuild::planner
