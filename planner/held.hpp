// A resource, or none, that lies elsewhere in memory: a resource is as large as the largest kind, a plan has thousands
// of steps, and most of these have only one.
#pragma once
#include "planner/state.hpp"

#include <concepts>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

namespace nsbuild::planner {

/// Used like a std::optional<Resource>; a copy has a resource of its own.
class Held {
 public:
  Held() = default;
  Held(std::nullopt_t) {}
  template <class T>  // NOLINTNEXTLINE(bugprone-forwarding-reference-overload): the requirement says what it hides
  requires(!std::same_as<std::remove_cvref_t<T>, Held> && std::constructible_from<Resource, T>) Held(T&& resource)
      : resource_(std::make_unique<Resource>(std::forward<T>(resource))) {}
  Held(const Held& other) : resource_(other ? std::make_unique<Resource>(*other) : nullptr) {}
  Held(Held&&) noexcept = default;
  Held& operator=(Held other) noexcept {
    resource_ = std::move(other.resource_);
    return *this;
  }
  ~Held() = default;

  bool has_value() const { return resource_ != nullptr; }
  explicit operator bool() const { return has_value(); }
  const Resource& operator*() const { return *resource_; }
  Resource& operator*() { return *resource_; }

 private:
  std::unique_ptr<Resource> resource_;
};

}  // namespace nsbuild::planner
