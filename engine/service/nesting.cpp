#include "engine/service/nesting.hpp"

#include <nlohmann/json.hpp>

namespace nsbuild::engine {
namespace {

using nlohmann::json;

constexpr int deepest = 32;
/// Each level takes a byte, and so many fit on any stack. Most records are shorter and need not be read twice.
constexpr std::size_t harmless = 4096;

/// Hears what is read and stops it where it is too deep.
class Depth : public nlohmann::json_sax<json> {
 public:
  bool too_deep() const { return too_deep_; }
  bool start_object(std::size_t) override { return down(); }
  bool start_array(std::size_t) override { return down(); }
  bool end_object() override { return up(); }
  bool end_array() override { return up(); }
  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_integer(number_integer_t) override { return true; }
  bool number_unsigned(number_unsigned_t) override { return true; }
  bool number_float(number_float_t, const string_t&) override { return true; }
  bool string(string_t&) override { return true; }
  bool binary(binary_t&) override { return true; }
  bool key(string_t&) override { return true; }
  bool parse_error(std::size_t, const std::string&, const json::exception&) override { return false; }

 private:
  bool down() {
    too_deep_ = ++depth_ > deepest;
    return !too_deep_;
  }
  bool up() { return --depth_, true; }

  int depth_ = 0;
  bool too_deep_ = false;
};

}  // namespace

bool is_shallow(std::string_view cbor) {
  if (cbor.size() <= harmless) return true;
  Depth depth;
  json::sax_parse(cbor.begin(), cbor.end(), &depth, json::input_format_t::cbor);
  return !depth.too_deep();
}

}  // namespace nsbuild::engine
