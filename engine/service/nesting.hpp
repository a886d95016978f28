// How deep CBOR nests: the library that reads it recurses, so bytes of a stranger's could overflow the stack.
#pragma once
#include <string_view>

namespace nsbuild::engine {

/// Whether it can be read without harm: deeper than any record of a service goes is too deep. Malformed bytes are
/// shallow as far as they go.
bool is_shallow(std::string_view cbor);

}  // namespace nsbuild::engine
