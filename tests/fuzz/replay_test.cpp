// Every seed of every target, and some thousand mutations of them, always the same ones: what libFuzzer does at length
// (scripts/fuzz), in seconds and with the compiler of the day. NSBUILD_FUZZ_MUTATIONS says how many.
#include "tests/fuzz/targets.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <random>

#include <gtest/gtest.h>

namespace nsbuild::fuzz {
namespace {

constexpr std::size_t largest = 8192;

std::size_t mutations() {
  const char* text = std::getenv("NSBUILD_FUZZ_MUTATIONS");
  return text == nullptr ? 1500 : std::strtoul(text, nullptr, 10);
}

/// Small damage of the kinds that find most: bits, interesting numbers, pieces that go, double or come from elsewhere.
class Mutator {
 public:
  explicit Mutator(const Seeds& seeds) : seeds_(seeds) {}

  std::string next() {
    std::string text = pick(seeds_);
    for (std::size_t i = 1 + below(4); i > 0; --i) damage(text);
    return text.substr(0, largest);
  }

 private:
  /// std::uniform_int_distribution is another one in every library.
  std::size_t below(std::size_t bound) { return bound == 0 ? 0 : random_() % bound; }
  const std::string& pick(const Seeds& seeds) { return seeds[below(seeds.size())]; }

  std::string piece_of(const std::string& text) {
    const std::size_t start = below(text.size() + 1);
    return text.substr(start, below(64) + 1);
  }

  void damage(std::string& text) {
    static constexpr std::array<std::string_view, 10> numbers{std::string_view("\0\0\0\0", 4),
                                                              "\xff\xff\xff\xff",
                                                              "\x7f",
                                                              "\xff",
                                                              std::string_view("\0", 1),
                                                              "4294967296",
                                                              "-1",
                                                              "${x:-",
                                                              "[1-9999999]",
                                                              "<<: *"};
    const std::size_t at = below(text.size() + 1);
    switch (below(7)) {
      case 0:
        if (at < text.size()) text[at] = static_cast<char>(text[at] ^ (1 << below(8)));
        break;
      case 1:
        if (at < text.size()) text[at] = static_cast<char>(random_() & 0xffU);
        break;
      case 2: {
        const std::string_view number = numbers[below(numbers.size())];
        text.replace(at, std::min(number.size(), text.size() - at), number);
        break;
      }
      case 3:
        text.erase(at, below(64) + 1);
        break;
      case 4:
        text.insert(at, piece_of(text));
        break;
      case 5:
        text.insert(at, piece_of(pick(seeds_)));
        break;
      default:
        text.resize(at);
        break;
    }
  }

  const Seeds& seeds_;
  std::mt19937 random_{20231};  // NOLINT(cert-msc51-cpp): the same ones every time
};

class Fuzz : public testing::TestWithParam<Target> {};

TEST_P(Fuzz, KeepsItsPromises) {
  const Target& target = GetParam();
  const Seeds seeds = target.seeds();
  ASSERT_GE(seeds.size(), 2U);
  const auto run = [&](const std::string& text, const std::string& which) {
    try {
      target.run(text);
    } catch (const std::exception& error) {
      ADD_FAILURE() << which << ": " << error.what() << "\n" << testing::PrintToString(text);
    }
  };
  for (std::size_t i = 0; i < seeds.size(); ++i) run(seeds[i], "seed " + std::to_string(i));
  Mutator mutator(seeds);
  for (std::size_t i = 0; i < mutations() && !HasFailure(); ++i) run(mutator.next(), "mutation " + std::to_string(i));
}

INSTANTIATE_TEST_SUITE_P(Targets, Fuzz, testing::ValuesIn(targets().begin(), targets().end()),
                         [](const auto& param_info) { return std::string(param_info.param.name); });

}  // namespace
}  // namespace nsbuild::fuzz
