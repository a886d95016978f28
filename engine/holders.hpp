// What keeps a network namespace alive besides its pin: processes in it, descriptors of it, mounts of it elsewhere.
#pragma once
#include "engine/fd.hpp"

#include <map>
#include <string>
#include <vector>

#include <sys/types.h>

namespace nsbuild::engine {

/// Of all that /proc shows, sorted. Throws Error.
std::vector<pid_t> processes();
/// "pid 12 (sleep 1000)"; the command is "?" when it cannot be read.
std::string process_words(pid_t pid);

/// Whether it runs the program that this process runs, or is just ending. Such a one is in a namespace only for a
/// moment, to look at it, or for as long as the command that it has let in, which is seen itself: it holds nothing.
bool is_passing(pid_t pid);

/// Tells a process from a later one of the same number, within one boot; "" when there is none.
std::string process_identity(pid_t pid);
/// Whether the process that had this identity has ended. False, too, when that cannot be told from here: it was called
/// by its number in another PID namespace.
bool has_ended(const std::string& identity);

/// By nsfs inode, each with a path that leads to it while whoever holds it does.
using NamespacePaths = std::map<ino_t, std::string>;

/// None when the path leads to nothing any more. Throws SysError when no more can be opened, as the two below do.
Fd open_namespace(const std::string& path);

/// The namespaces that any thread of the process is in (setns(2) moves threads).
NamespacePaths namespaces_of(pid_t pid);
/// Those that it has open. Of a process with many descriptors this takes long.
NamespacePaths namespaces_open_in(pid_t pid);

struct NamespaceMount {
  ino_t inode = 0;
  std::string path;  // the mount point
};
/// Every mount of a network namespace that this process sees (proc(5), mountinfo).
std::vector<NamespaceMount> namespace_mounts();

/// Whether the process sees it pinned where ip-netns(8) looks, in a /run of its own: then it is a container's.
bool is_pinned_for(pid_t pid, ino_t inode);

}  // namespace nsbuild::engine
