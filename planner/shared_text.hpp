// A long text most of which stands in others, too, as in the hosts files of a lab: of N services they are N files of N
// lines. It is held in blocks of a few lines, and equal blocks are held once, whoever has them.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace nsbuild::planner {

/// Small, and cheap to copy and to compare. Blocks stay until the program ends.
class SharedText {
 public:
  SharedText() = default;
  SharedText(std::string_view text);
  SharedText(const std::string& text) : SharedText(std::string_view(text)) {}
  SharedText(const char* text) : SharedText(std::string_view(text)) {}

  std::string str() const;
  bool operator==(const SharedText&) const = default;

 private:
  std::vector<std::uint32_t> blocks_;  // numbers of the blocks in the order of the text
};

}  // namespace nsbuild::planner
