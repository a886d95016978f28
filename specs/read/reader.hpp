// What every typed reader needs at hand: where to report, which key is being read, and where a relative path starts.
#pragma once
#include "specs/diagnostics.hpp"
#include "specs/yaml/node.hpp"

#include <cstddef>
#include <filesystem>
#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace nsbuild::specs {

class Merger;
class Ranges;

class Reader {
 public:
  /// In `silenced` lie the marks of what has been reported already: a further error there is not.
  Reader(Sources& sources, Diagnostics& diagnostics, Merger& merger, Ranges& ranges, const std::set<Mark>& silenced)
      : sources_(sources), diagnostics_(diagnostics), merger_(merger), ranges_(ranges), silenced_(silenced) {}

  /// While it lives, "the key" of error texts is this one.
  class InKey {
   public:
    InKey(Reader& reader, std::string_view key) : reader_(reader), before_(std::exchange(reader.key_, key)) {}
    ~InKey() { reader_.key_ = before_; }
    InKey(const InKey&) = delete;
    InKey& operator=(const InKey&) = delete;

   private:
    Reader& reader_;
    std::string_view before_;
  };

  Diagnostic& error(Mark at, std::string message, std::string hint = {});
  /// `"mtu" must be an integer, not a list`.
  Diagnostic& mismatch(const Node& node, std::string_view expected, std::string hint = {});
  /// How many errors there have been.
  std::size_t errors() const { return errors_; }
  /// The key that is being read.
  std::string_view key() const { return key_; }

  /// The mark of a piece of a scalar.
  Mark within(const Node& scalar, std::size_t offset, std::size_t length) const;
  /// A path that a file says, from the directory of that file; absolute and normal.
  std::filesystem::path resolve(const Located<std::string>& path) const;
  Sources& sources() { return sources_; }
  Merger& merger() { return merger_; }
  Ranges& ranges() { return ranges_; }

 private:
  Sources& sources_;
  Diagnostics& diagnostics_;
  Merger& merger_;
  Ranges& ranges_;
  const std::set<Mark>& silenced_;
  std::string_view key_;
  std::size_t errors_ = 0;
  Diagnostic unheard_;
};

/// "a list", "a mapping", "text", "nothing": what a node is, for error texts.
std::string kind_name(const Node& node);

}  // namespace nsbuild::specs
