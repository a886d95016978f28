#include "planner/shared_text.hpp"

#include <random>

#include <gtest/gtest.h>
#include <malloc.h>

namespace nsbuild::planner {
namespace {

std::string random_text(std::mt19937& random, std::size_t size, unsigned letters) {
  std::string text;
  for (std::size_t i = 0; i < size; ++i) text += static_cast<char>('\n' + static_cast<int>(random() % letters));
  return text;
}

std::string lines(int count, int without) {
  std::string text;
  for (int i = 0; i < count; ++i)
    if (i != without)
      text += "10.0." + std::to_string(i / 250) + "." + std::to_string(i % 250) + "\tn" + std::to_string(i) + "\n";
  return text;
}

TEST(SharedText, GivesBackItsBytes) {
  std::mt19937 random(1);
  for (const unsigned letters : {1U, 2U, 100U, 256U})
    for (const std::size_t size : std::vector<std::size_t>{0, 1, 2, 7, 8, 9, 100, 4095, 4096, 4097, 30000}) {
      const std::string text = random_text(random, size, letters);
      EXPECT_EQ(SharedText(text).str(), text) << letters << " letters, " << size << " bytes";
    }
  EXPECT_EQ(SharedText().str(), "");
  EXPECT_EQ(SharedText(std::string(3, '\0')).str(), std::string(3, '\0'));
}

TEST(SharedText, IsEqualWhereTheBytesAre) {
  std::mt19937 random(2);
  for (int i = 0; i < 200; ++i) {
    const std::string text = random_text(random, 1 + random() % 3000, 20);
    std::string other = text;
    EXPECT_TRUE(SharedText(text) == SharedText(other));
    other[random() % other.size()] ^= 1;
    EXPECT_FALSE(SharedText(text) == SharedText(other));
  }
  EXPECT_FALSE(SharedText("a\n") == SharedText("a"));
  EXPECT_TRUE(SharedText("") == SharedText());
}

/// 300 texts of 15 kB, each without another one of the same 1000 lines.
TEST(SharedText, HoldsOnceWhatIsInMany) {
  constexpr int count = 300;
  constexpr std::size_t few = 3000;
  std::vector<SharedText> texts;
  const std::size_t before = mallinfo2().uordblks;  // mallinfo(3)
  for (int i = 0; i < count; ++i) texts.emplace_back(lines(1000, 3 * i));
  EXPECT_LT(mallinfo2().uordblks - before, count * few);
  const std::size_t once = mallinfo2().uordblks;
  const std::vector<SharedText> copies = texts;
  EXPECT_LT(mallinfo2().uordblks - once, count * few / 3);
  for (int i = 0; i < count; ++i) EXPECT_EQ(copies.at(static_cast<std::size_t>(i)).str(), lines(1000, 3 * i));
}

}  // namespace
}  // namespace nsbuild::planner
