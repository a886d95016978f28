// `net.*` settings through /proc/sys of a detached procfs: the mounted one gets slower with every namespace (each adds
// a dentry of the same name to one hash chain: 19 us a write at 100 namespaces, 284 at 2000).
#pragma once
#include "engine/fd.hpp"
#include "engine/linux/places.hpp"

#include <optional>
#include <string>

namespace nsbuild::engine {

class Procfs {
 public:
  /// The value as the kernel prints it, without the newline; none when there is no such key. Throws SysError.
  std::optional<std::string> read(const OpenPlace& place, const Fd& home, const std::string& key);
  /// Writes and reads back. Throws SysError when the kernel refuses (ENOENT: no such key), Error when it keeps another
  /// value.
  void write(const OpenPlace& place, const Fd& home, const std::string& key, const std::string& value);
  /// The same in the calling thread's own namespace, which is `inode`.
  std::optional<std::string> read_here(ino_t inode, const std::string& key);
  void write_here(ino_t inode, const std::string& key, const std::string& value);

 private:
  Fd open(ino_t inode, const std::string& key, int flags);
  void renew();

  Fd root_;
  bool fallback_ = false;  // a kernel without fsopen(2), or one that refuses: the mounted /proc
  ino_t last_ = 0;
  int namespaces_ = 0;
};

/// Whether two values are the same to the kernel: word by word, numbers by value.
bool same_setting(const std::string& a, const std::string& b);

}  // namespace nsbuild::engine
