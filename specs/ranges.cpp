#include "specs/ranges.hpp"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

namespace nsbuild::specs {
namespace {

constexpr const char* form_hint = "a range is [1-50], or [01-50] to keep the zeros";

/// `[first-last]`, both included, at `offset` of a text.
struct Range {
  std::size_t offset = 0, length = 0;
  std::uint32_t first = 0, last = 0;
  std::size_t width = 1;  // digits at least, filled up with zeros

  std::size_t count() const { return std::size_t{last} - first + 1; }
};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Where the next bracket of `text` is that means a range, or is meant to; npos when there is none.
std::size_t find_bracket(std::string_view text, std::size_t from, Brackets brackets) {
  for (std::size_t at = text.find('[', from); at != std::string_view::npos; at = text.find('[', at + 1)) {
    if (brackets == Brackets::name) return at;
    const std::string_view inside = text.substr(at + 1, text.find(']', at) - at - 1);
    const std::size_t dash = inside.find('-');
    const bool numbers = std::all_of(inside.begin(), inside.end(), [](char c) { return is_digit(c) || c == '-'; });
    if (numbers && dash != std::string_view::npos && dash > 0 && dash + 1 < inside.size() &&
        inside.find('-', dash + 1) == std::string_view::npos && at + inside.size() + 1 < text.size())
      return at;
  }
  return std::string_view::npos;
}

std::optional<std::uint32_t> number(std::string_view digits) {
  std::uint32_t value = 0;
  const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  const bool whole = !digits.empty() && is_digit(digits[0]) && end == digits.data() + digits.size();
  return whole && problem == std::errc() ? std::optional(value) : std::nullopt;
}

struct Parsed {
  Range range;
  std::string problem;  // empty when it is one
  std::string hint{};
};

/// The range whose bracket is at `offset`; when it is none, why, with the length of what is wrong.
Parsed parse_range(std::string_view text, std::size_t offset) {
  const std::size_t close = text.find(']', offset);
  if (close == std::string_view::npos) return {{offset, text.size() - offset}, "this range is never closed", form_hint};
  Range range{offset, close - offset + 1};
  const std::string_view written = text.substr(offset, range.length);
  const std::string_view inside = written.substr(1, written.size() - 2);
  const std::size_t dash = std::min(inside.find('-'), inside.size());
  const std::string_view low = inside.substr(0, dash);
  const std::string_view high = dash < inside.size() ? inside.substr(dash + 1) : std::string_view();
  const auto first = number(low);
  const auto last = number(high);
  if (!first || !last) return {range, fmt::format("{} is not a range", in_quotes(written)), form_hint};
  if (*last < *first)
    return {range, fmt::format("the range {} goes down", in_quotes(written)), fmt::format("write [{}-{}]", high, low)};
  range.first = *first;
  range.last = *last;
  range.width = low.size() > 1 && low[0] == '0' ? low.size() : 1;
  if (high.size() > 1 && high[0] == '0' && high.size() != range.width)
    return {range, fmt::format("the ends of the range {} have zeros of different lengths", in_quotes(written)),
            fmt::format("write [{:0>{}}-{}]", low, high.size(), high)};
  if (range.count() > longest_range)
    return {range, fmt::format("the range {} is too long", in_quotes(written)),
            fmt::format("at most {} at once", longest_range)};
  return {range, {}};
}

/// The text with each range replaced by its number `index`. All of them are right, or count() would have said so.
void substitute(std::string& text, Brackets brackets, std::size_t index) {
  std::size_t at = find_bracket(text, 0, brackets);
  if (at == std::string::npos) return;
  std::string result;
  std::size_t from = 0;
  for (; at != std::string::npos; at = find_bracket(text, from, brackets)) {
    const Range range = parse_range(text, at).range;
    result += text.substr(from, at - from) + fmt::format("{:0{}}", range.first + index, range.width);
    from = at + range.length;
  }
  text = result + text.substr(from);
}

/// Calls `visit(scalar, brackets)` for each text in a value. The names of a collection of names are its keys and the
/// texts of its list; what lies deeper are values.
template <class N, class Visit>
void visit_value(N& node, Brackets brackets, const Visit& visit) {
  const Brackets below = brackets == Brackets::name ? Brackets::value : brackets;
  if (node.is_scalar()) visit(node, brackets);
  for (auto& item : node.items) visit_value(item, brackets, visit);
  for (auto& entry : node.entries) {
    if (brackets == Brackets::name && entry.key.is_scalar()) visit(entry.key, brackets);
    visit_value(entry.value, below, visit);
  }
}

template <class E, class Visit>
void visit_entry(E& entry, const std::vector<RangePlace>& places, const Visit& visit) {
  if (entry.key.is_scalar()) visit(entry.key, Brackets::name);
  for (auto& each : entry.value.entries)
    for (const RangePlace& place : places)
      if (each.key.text == place.key) visit_value(each.value, place.brackets, visit);
}

std::size_t size_of(const Node& node, std::size_t& bytes) {
  std::size_t nodes = 1;
  bytes += node.text.size();
  for (const Node& item : node.items) nodes += size_of(item, bytes);
  for (const Entry& entry : node.entries) nodes += size_of(entry.key, bytes) + size_of(entry.value, bytes);
  return nodes;
}

}  // namespace

/// Counts the ranges of one entry, which must be equally long.
class Ranges::Count {
 public:
  Count(const Sources& sources, Diagnostics& diagnostics) : sources_(sources), diagnostics_(diagnostics) {}

  void look_at(const Node& scalar, Brackets brackets) {
    if (brackets == Brackets::free && size == 0) return;
    for (std::size_t at = find_bracket(scalar.text, 0, brackets); at != std::string::npos;) {
      const Parsed found = parse_range(scalar.text, at);
      if (!found.problem.empty()) {
        refuse(scalar, found.range, found.problem, found.hint);
        return;
      }
      add(scalar, found.range);
      at = find_bracket(scalar.text, at + found.range.length, brackets);
    }
  }

  std::size_t size = 0;  // 0: no range yet
  bool fine = true;
  Mark first;

 private:
  void add(const Node& scalar, const Range& range) {
    if (size == 0) {
      size = range.count();
      first = within(sources_, scalar, range.offset, range.length);
    } else if (range.count() != size) {
      refuse(scalar, range, fmt::format("this range has {} numbers, the one before it {}", range.count(), size),
             "the ranges of one entry go side by side")
          .notes.push_back({first, "the range before it"});
    }
  }

  Diagnostic& refuse(const Node& scalar, const Range& range, std::string message, std::string hint) {
    fine = false;
    return diagnostics_.error(within(sources_, scalar, range.offset, range.length), std::move(message),
                              std::move(hint));
  }

  const Sources& sources_;
  Diagnostics& diagnostics_;
};

std::optional<Expansion> Ranges::expand(const Entry& entry, const std::vector<RangePlace>& places) {
  Count count(sources_, diagnostics_);
  visit_entry(entry, places, [&](const Node& scalar, Brackets brackets) { count.look_at(scalar, brackets); });
  Expansion result;
  result.entry_ = &entry;
  result.places_ = &places;
  result.ranged_ = count.size != 0;
  result.size_ = std::max<std::size_t>(count.size, 1);
  if (count.fine && result.ranged_ && entry.key.is_scalar() &&
      find_bracket(entry.key.text, 0, Brackets::name) == std::string::npos) {
    diagnostics_.error(count.first, fmt::format("a range here, but none in the name {}", in_quotes(entry.key.text)),
                       "the ranges of one entry go side by side, beginning with its name");
    return std::nullopt;
  }
  if (!count.fine) return std::nullopt;
  if (!result.ranged_ || afford(entry, result.size_)) return result;
  diagnostics_.error(count.first, "the ranges make this file too large");
  return std::nullopt;
}

bool Ranges::afford(const Entry& entry, std::size_t times) {
  std::size_t bytes = 0;
  const std::size_t nodes = size_of(entry.key, bytes) + size_of(entry.value, bytes);
  if (budget_.nodes / times < nodes || budget_.bytes / times < bytes) return false;
  budget_.nodes -= nodes * times;
  budget_.bytes -= bytes * times;
  return true;
}

Entry Expansion::at(std::size_t index) const {
  Entry result = *entry_;
  // Free text takes part only beside a range in the name, and then all of it does.
  if (ranged_)
    visit_entry(result, *places_, [&](Node& scalar, Brackets brackets) { substitute(scalar.text, brackets, index); });
  return result;
}

std::vector<Entry> Ranges::many(const Entry& entry) {
  std::vector<Entry> result;
  Count count(sources_, diagnostics_);
  const auto look = [&](const Node& scalar, Brackets brackets) { count.look_at(scalar, brackets); };
  look(entry.key, Brackets::name);
  if (count.size != 0) visit_value(entry.value, Brackets::value, look);
  if (!count.fine) return result;
  if (count.size == 0) return {entry};
  if (!afford(entry, count.size)) {
    diagnostics_.error(count.first, "the ranges make this file too large");
    return result;
  }
  result.reserve(count.size);
  for (std::size_t i = 0; i < count.size; ++i) {
    Entry& made = result.emplace_back(entry);
    substitute(made.key.text, Brackets::name, i);
    visit_value(made.value, Brackets::value, [&](Node& scalar, Brackets b) { substitute(scalar.text, b, i); });
  }
  return result;
}

void Ranges::expand_items(Node& collection) {
  const auto ranged = [](const Node& name) { return name.is_scalar() && name.text.find('[') != std::string::npos; };
  std::vector<Node> items;
  for (Node& item : collection.items) {
    if (item.is_map()) expand_items(item);
    if (!ranged(item)) {
      items.push_back(std::move(item));
      continue;
    }
    for (Entry& each : many({std::move(item), {}})) items.push_back(std::move(each.key));
  }
  collection.items = std::move(items);
  if (std::none_of(collection.entries.begin(), collection.entries.end(), [&](const Entry& e) { return ranged(e.key); }))
    return;
  std::vector<Entry> entries;
  for (Entry& entry : collection.entries) {
    if (!ranged(entry.key)) {
      entries.push_back(std::move(entry));
      continue;
    }
    for (Entry& each : many(entry)) entries.push_back(std::move(each));
  }
  collection.entries = std::move(entries);
}

}  // namespace nsbuild::specs
