// Where words go: results to standard output, messages and progress to standard error.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

namespace nsbuild::cli {

enum class Verbosity { quiet, normal, verbose };

/// Sets up spdlog's default logger: plain words on standard error, `nsbuild: error: ...`. quiet keeps errors and
/// warnings only.
void start_messages(Verbosity verbosity);

/// An error as a message. Each line that is not indented is one of its own.
void print_error(std::string_view text);

/// True when the stream is a terminal that shows colour and NO_COLOR (no-color.org) is not set.
bool color_on(int fd);

/// Writes to standard output; throws engine::SysError when that fails (a full disk must not look like success).
void put(std::string_view text);
/// Writes out what put() has kept back; the same errors.
void flush();

/// Columns of the terminal on this descriptor; 80 when unknown.
std::size_t terminal_width(int fd);

/// "3 namespaces", "1 link".
std::string count(std::size_t number, std::string_view singular);

}  // namespace nsbuild::cli
