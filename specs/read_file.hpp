// Reads a whole file within a bound, so that 100 MB are refused without being read.
#pragma once
#include <cstddef>
#include <string>

namespace nsbuild::specs {

struct FileText {
  std::string text;
  std::string problem;  // empty when it was read: errno's words, "is a directory", "is larger than 16 MiB"
};

/// `-` is standard input. A pipe or another thing without an end in sight is read until it ends.
FileText read_whole_file(const std::string& path, std::size_t most);
/// Only a regular file: a FIFO would be waited for, a device may never end.
FileText read_regular_file(const std::string& path, std::size_t most);

}  // namespace nsbuild::specs
