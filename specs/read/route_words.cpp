// Routes in the words of ip-route(8), each word's own position kept.
#include "specs/read/records.hpp"
#include "specs/read/values.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace nsbuild::specs {
namespace {

struct Word {
  std::string_view text;
  Mark at;
};

constexpr std::array<std::pair<std::string_view, RouteType>, 4> types{{{"unicast", RouteType::unicast},
                                                                       {"blackhole", RouteType::blackhole},
                                                                       {"unreachable", RouteType::unreachable},
                                                                       {"prohibit", RouteType::prohibit}}};

class RouteWords {
 public:
  RouteWords(Reader& reader, const Node& node) : reader_(reader) {
    route_.at = node.at;
    const std::string_view text = node.text;
    for (std::size_t from = text.find_first_not_of(blanks); from != std::string_view::npos;) {
      const std::size_t end = std::min(text.find_first_of(blanks, from), text.size());
      words_.push_back({text.substr(from, end - from), reader.within(node, from, end - from)});
      from = text.find_first_not_of(blanks, end);
    }
  }

  std::optional<Route> read() {
    if (!destination()) return std::nullopt;
    while (next_ < words_.size())
      if (!option(words_[next_++])) return std::nullopt;
    if (single_) route_.nexthops.insert(route_.nexthops.begin(), *single_);
    complete_route(reader_, route_, any_);
    return route_;
  }

 private:
  static constexpr std::string_view blanks = " \t\r\n";

  bool refuse(Mark at, std::string message, std::string hint = {}) {
    reader_.error(at, std::move(message), std::move(hint));
    return false;
  }

  /// The word after `name`, or an error.
  const Word* argument(const Word& name) {
    if (next_ < words_.size()) return &words_[next_++];
    refuse(name.at, fmt::format("a word is missing after \"{}\"", name.text));
    return nullptr;
  }

  bool destination() {
    for (const auto& [name, type] : types)
      if (next_ < words_.size() && words_[next_].text == name) {
        route_.type = type;
        ++next_;
        break;
      }
    if (next_ < words_.size() && words_[next_].text == "to") ++next_;
    if (next_ >= words_.size())
      return refuse(route_.at, "a route starts with its destination", "such as \"default via 10.0.0.1\"");
    const Word& word = words_[next_++];
    route_.to.at = word.at;
    any_ = word.text == "default";
    if (any_) return true;
    const auto prefix = read_destination(reader_, word.at, word.text);
    if (prefix) route_.to.value = *prefix;
    return prefix.has_value();
  }

  bool option(const Word& word) {
    if (word.text == "via" || word.text == "dev") {
      if (!single_) single_ = NextHop{std::nullopt, std::nullopt, 1, word.at};
      return hop_option(word, *single_);
    }
    if (word.text == "nexthop") return nexthop(word);
    if (word.text == "onlink") return route_.on_link = true;
    if (word.text == "metric" || word.text == "preference" || word.text == "priority") return metric(word);
    if (word.text == "table") return table(word);
    if (word.text == "src") return source(word);
    return refuse(word.at, fmt::format("unknown word {} in a route", in_quotes(word.text)), suggestion(word.text));
  }

  static std::string suggestion(std::string_view word) {
    const std::vector<std::string_view> known{"via", "dev", "metric", "table", "src", "onlink", "nexthop"};
    std::string near = did_you_mean(word, known);
    return near.empty() ? fmt::format("known: {}", fmt::join(known, ", ")) : near;
  }

  bool nexthop(const Word& word) {
    NextHop hop;
    hop.at = word.at;
    while (next_ < words_.size() && is_hop_word(words_[next_].text))
      if (const Word& each = words_[next_++]; !hop_option(each, hop)) return false;
    if (!hop.via && !hop.dev) return refuse(word.at, "\"nexthop\" needs \"via\" or \"dev\"");
    route_.nexthops.push_back(std::move(hop));
    return true;
  }

  static bool is_hop_word(std::string_view text) { return text == "via" || text == "dev" || text == "weight"; }

  bool hop_option(const Word& word, NextHop& hop) {
    const Word* value = argument(word);
    if (value == nullptr) return false;
    if (word.text == "via") {
      const auto via = read_address(reader_, value->at, value->text);
      if (via) hop.via = Located<IpAddress>{*via, value->at};
      return via.has_value();
    }
    if (word.text == "dev") {
      hop.dev = Located<std::string>{std::string(value->text), value->at};
      return check_interface_name(reader_, value->at, value->text);
    }
    const Reader::InKey in_key(reader_, "weight");
    const auto weight = read_number(reader_, value->at, value->text, 1, 256);
    hop.weight = weight.value_or(1);
    return weight.has_value();
  }

  bool metric(const Word& word) {
    const Word* value = argument(word);
    if (value == nullptr) return false;
    const Reader::InKey in_key(reader_, "metric");
    const auto number = read_number(reader_, value->at, value->text, 0, 4294967295U);
    if (number) route_.metric = Located<std::uint32_t>{*number, value->at};
    return number.has_value();
  }

  bool table(const Word& word) {
    const Word* value = argument(word);
    const auto number = value == nullptr ? std::nullopt : read_table_name(reader_, value->at, value->text);
    if (number) route_.table = Located<std::uint32_t>{*number, value->at};
    return number.has_value();
  }

  bool source(const Word& word) {
    const Word* value = argument(word);
    const auto address = value == nullptr ? std::nullopt : read_address(reader_, value->at, value->text);
    if (address) route_.source = Located<IpAddress>{*address, value->at};
    return address.has_value();
  }

  Reader& reader_;
  Route route_;
  std::optional<NextHop> single_;  // of `via` and `dev` outside any `nexthop`
  bool any_ = false;
  std::vector<Word> words_;
  std::size_t next_ = 0;
};

}  // namespace

std::optional<Route> read_route_words(Reader& reader, const Node& words) { return RouteWords(reader, words).read(); }

}  // namespace nsbuild::specs
