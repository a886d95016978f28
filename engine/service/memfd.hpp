// Files that exist only as descriptors (memfd_create(2)): how a service's init is given what it needs.
#pragma once
#include "engine/fd.hpp"

#include <string>
#include <string_view>

namespace nsbuild::engine {

/// The longest name the kernel takes: NAME_MAX without its own "memfd:".
inline constexpr std::size_t memfd_name_max = 249;

/// Nobody can change it any more: F_SEAL_WRITE, GROW, SHRINK and SEAL. Throws SysError.
Fd sealed_memfd(const std::string& name, std::string_view content);
bool is_sealed(int memfd);
/// Of a fixed size, for pages that two processes share; zeros stand behind the content up to `size`.
Fd shared_memfd(const std::string& name, std::string_view content, std::size_t size = 0);
/// An empty file that anybody who has it may write.
Fd scratch_memfd(const std::string& name);
/// To be run by execveat(2).
Fd program_memfd(const std::string& name, std::string_view content);

}  // namespace nsbuild::engine
