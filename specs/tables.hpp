// The language as data: each key of each mapping is described once, by name, type, meaning, default and example, with
// the function that reads it. Reader, unknown-key errors, JSON Schema and key reference all come from these tables.
#pragma once
#include "specs/read/reader.hpp"
#include "specs/spec.hpp"
#include "specs/suggest.hpp"

#include <algorithm>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace nsbuild::specs {

/// What a value may be: in words, and as JSON Schema (JSON text).
struct Type {
  std::string name;
  std::string schema;
  bool list = false;  // a list that a profile's reader may append to: `+key`
};

/// A type and how to read it. `read` reports what is wrong and returns nothing then; it never sees a null.
template <class V>
struct Value {
  Type type;
  std::function<std::optional<V>(Reader&, const Node&)> read;
};

/// The words about a key: all but its name and type.
struct About {
  std::string meaning;
  std::string example;                      // the value, as YAML
  std::string fallback;                     // what holds without the key; empty for "nothing"
  std::vector<std::string_view> also = {};  // what other tools call it: suggested, not accepted
  bool required = false;
};

struct KeyInfo {
  std::string name;
  Type type;
  About about;
};

template <class T>
struct Key : KeyInfo {
  std::function<void(Reader&, const Node& value, T&)> read;
};

struct TableInfo {
  std::string id;     // of the schema's definition: "endpoint"
  std::string what;   // in error texts: "a link endpoint"
  std::string about;  // a sentence for the reference
};

template <class T>
struct Table {
  TableInfo info;
  std::vector<Key<T>> keys;
};

/// A table without its readers, for schema and reference.
struct TableView {
  TableInfo info;
  std::vector<KeyInfo> keys;
};

template <class T>
TableView view(const Table<T>& table) {
  return {table.info, {table.keys.begin(), table.keys.end()}};
}

// How a value that was read gets into its member.
template <class V>
void put(V& member, V value, Mark /*at*/) {
  member = std::move(value);
}
template <class V>
void put(Located<V>& member, V value, Mark at) {
  member = {std::move(value), at};
}
template <class V>
void put(std::optional<V>& member, V value, Mark /*at*/) {
  member = std::move(value);
}
template <class V>
void put(std::optional<Located<V>>& member, V value, Mark at) {
  member = Located<V>{std::move(value), at};
}

// What is moved from looks like a copy to clang-tidy 14 in a template.
// NOLINTBEGIN(performance-unnecessary-value-param)
/// A key whose value goes into a member as it is.
template <class T, class M, class V>
Key<T> key(std::string name, M T::*member, Value<V> value, About about) {
  Key<T> result;
  result.name = std::move(name);
  result.type = value.type;
  result.about = std::move(about);
  result.read = [member, read = std::move(value.read)](Reader& reader, const Node& node, T& into) {
    if (auto read_value = read(reader, node)) put(into.*member, std::move(*read_value), node.at);
  };
  return result;
}

/// A key that is read by hand.
template <class T>
Key<T> key(std::string name, Type type, std::function<void(Reader&, const Node&, T&)> read, About about) {
  Key<T> result;
  result.name = std::move(name);
  result.type = std::move(type);
  result.about = std::move(about);
  result.read = std::move(read);
  return result;
}
// NOLINTEND(performance-unnecessary-value-param)

/// Says that `key` is none of the table's, with what it may have meant.
void report_unknown_key(Reader& reader, const Node& key, const TableView& table);

/// Reads a mapping by its table; true when the node was one. Keys without a value are as if not written.
template <class T>
bool read_table(Reader& reader, const Table<T>& table, const Node& node, T& into) {
  if (!node.is_map() && !node.is_null()) {
    reader.error(node.at, table.info.what + " must be a mapping, not " + kind_name(node));
    return false;
  }
  for (const Entry& entry : node.entries) {
    if (!entry.key.is_scalar()) continue;  // reported when it was parsed
    const auto it = std::find_if(table.keys.begin(), table.keys.end(),
                                 [&](const Key<T>& each) { return each.name == entry.key.text; });
    if (it == table.keys.end()) {
      report_unknown_key(reader, entry.key, view(table));
    } else if (!entry.value.is_null()) {
      const Reader::InKey in_key(reader, it->name);
      it->read(reader, entry.value, into);
    }
  }
  for (const Key<T>& each : table.keys) {
    const Entry* entry = find(node, each.name);
    if (each.about.required && (entry == nullptr || entry->value.is_null()))
      reader.error(entry != nullptr ? entry->key.at : node.at, table.info.what + " needs \"" + each.name + "\"");
  }
  return true;
}

/// A list, each of its items read by `read`; `hint` shows one to who wrote something else. `type` is named after the
/// list and has the schema of an item.
template <class V>
Value<std::vector<V>> list_of(const Type& type, std::string hint, std::optional<V> (*read)(Reader&, const Node&)) {
  Type list{type.name, R"({"type": "array", "items": )" + type.schema + "}", true};
  return {list, [hint = std::move(hint), read](Reader& reader, const Node& node) -> std::optional<std::vector<V>> {
            if (!node.is_sequence()) {
              reader.mismatch(node, "a list", hint);
              return std::nullopt;
            }
            std::vector<V> result;
            for (const Node& item : node.items)
              if (auto value = read(reader, item)) result.push_back(std::move(*value));
            return result;
          }};
}

// The tables, each beside its readers in specs/read/.
TableView topology_keys();
TableView defaults_keys();
TableView namespace_keys();
TableView interface_keys();
TableView route_keys();
TableView next_hop_keys();
TableView rule_keys();
TableView link_keys();
TableView network_keys();
TableView endpoint_keys();
TableView service_keys();
TableView mount_keys();
TableView file_keys();
TableView ready_keys();
TableView rlimit_keys();
TableView dependency_keys();
TableView dns_keys();

/// All of them, in the order of the reference.
std::vector<TableView> all_tables();

}  // namespace nsbuild::specs
