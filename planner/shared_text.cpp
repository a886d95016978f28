#include "planner/shared_text.hpp"

#include <algorithm>
#include <cstring>
#include <deque>
#include <mutex>
#include <unordered_map>

namespace nsbuild::planner {
namespace {

/// All blocks there are. Equal ones have one number, so equal texts have equal numbers.
class Blocks {
 public:
  std::uint32_t number(std::string_view block) {
    const std::lock_guard<std::mutex> alone(mutex_);
    if (const auto found = numbers_.find(block); found != numbers_.end()) return found->second;
    const auto number = static_cast<std::uint32_t>(texts_.size());
    numbers_.emplace(texts_.emplace_back(block), number);
    return number;
  }
  void append(std::uint32_t number, std::string& text) {
    const std::lock_guard<std::mutex> alone(mutex_);
    text += texts_[number];
  }

 private:
  std::mutex mutex_;
  std::deque<std::string> texts_;  // which stay where they are
  std::unordered_map<std::string_view, std::uint32_t> numbers_;
};

Blocks& all_blocks() {
  static Blocks blocks;
  return blocks;
}

constexpr std::size_t lines_in_block = 16;  // on average; a power of two
constexpr std::size_t longest_block = 4096;

/// Whether a block ends with this line. That the line alone says, by its length, its beginning and its end; so what is
/// inserted or missing before it changes one block, and not all behind.
bool ends_block(std::string_view line) {
  std::uint64_t first = 0, last = 0;
  const std::size_t size = std::min(line.size(), sizeof first);
  std::memcpy(&first, line.data(), size);
  std::memcpy(&last, line.data() + line.size() - size, size);
  constexpr std::uint64_t odd = 0x9e3779b97f4a7c15;  // its bits are well mixed
  const std::uint64_t mixed = ((first * odd) ^ (last + line.size())) * odd;
  return (mixed >> 40U) % lines_in_block == 0;
}

std::size_t block_size(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t newline = text.find('\n', at);
    const std::size_t end = newline == std::string_view::npos ? text.size() : newline + 1;
    if (end > longest_block) return at > 0 ? at : std::min(end, longest_block);
    if (ends_block(text.substr(at, end - at))) return end;
    at = end;
  }
  return text.size();
}

}  // namespace

SharedText::SharedText(std::string_view text) {
  blocks_.reserve(text.size() / 256);
  while (!text.empty()) {
    const std::size_t size = block_size(text);
    blocks_.push_back(all_blocks().number(text.substr(0, size)));
    text.remove_prefix(size);
  }
  blocks_.shrink_to_fit();
}

std::string SharedText::str() const {
  std::string text;
  for (const std::uint32_t block : blocks_) all_blocks().append(block, text);
  return text;
}

}  // namespace nsbuild::planner
