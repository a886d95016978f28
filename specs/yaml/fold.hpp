// A list of thousands of plain words, one to a line (a table of routes), without the lines that lie between its first
// and its last item. yaml-cpp matches each character against expressions, which takes 5 µs a line; what such lines
// mean follows from the two that stay, when those turn out to be neighbouring items of a list.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/mark.h>

namespace nsbuild::specs {

/// Lines of one indentation, each `- ` and a plain scalar that ends with the line. Offsets are in the folded text.
struct Run {
  std::size_t first = 0, last = 0;  // of the two items that stay, behind their `- `
  std::string_view first_words, last_words;
  std::size_t cut = 0;               // where the lines between them are missing
  std::string_view missing;          // those, each with its newline
  std::size_t bytes = 0, lines = 0;  // how much is missing up to here, this run included
};

/// Has views of the text that was folded, which has to outlive it.
struct Folded {
  std::string text;
  std::vector<Run> runs;  // in order; empty when nothing was worth leaving out
};

Folded fold(std::string_view text);

/// Looks whether the items that stay are what they seem: the same lines may be part of a longer text, or an error.
class FoldCheck : public YAML::EventHandler {
 public:
  explicit FoldCheck(const Folded& folded) : runs_(folded.runs) {}

  /// After the last event.
  bool passed() const { return passed_ == runs_.size() && !between_; }

  void OnDocumentStart(const YAML::Mark&) override { other(); }
  void OnDocumentEnd() override { other(); }
  void OnNull(const YAML::Mark&, YAML::anchor_t) override { other(); }
  void OnAlias(const YAML::Mark&, YAML::anchor_t) override { other(); }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override;
  void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override;
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override;
  void OnMapEnd() override { close(); }

 private:
  void other() const;
  void open();
  void close();

  const std::vector<Run>& runs_;
  std::size_t passed_ = 0;  // of the runs
  bool between_ = false;    // the first item of the next run was the last event
  std::size_t depth_ = 0;
};

/// Passes the events of the folded text on as those of the text itself.
class Unfolder : public YAML::EventHandler {
 public:
  /// `folded` has passed its check. Both have to outlive this.
  Unfolder(const Folded& folded, YAML::EventHandler& next) : runs_(folded.runs), next_(next) {}

  void OnDocumentStart(const YAML::Mark& mark) override { next_.OnDocumentStart(original(mark)); }
  void OnDocumentEnd() override { next_.OnDocumentEnd(); }
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override { next_.OnNull(original(mark), anchor); }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override { next_.OnAlias(original(mark), anchor); }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override;
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value style) override {
    next_.OnSequenceStart(original(mark), tag, anchor, style);
  }
  void OnSequenceEnd() override { next_.OnSequenceEnd(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value style) override {
    next_.OnMapStart(original(mark), tag, anchor, style);
  }
  void OnMapEnd() override { next_.OnMapEnd(); }

 private:
  YAML::Mark original(YAML::Mark mark) const;
  void insert(const Run& run, YAML::Mark first, const std::string& tag);

  const std::vector<Run>& runs_;
  YAML::EventHandler& next_;
  std::size_t inserted_ = 0;  // of the runs
};

}  // namespace nsbuild::specs
