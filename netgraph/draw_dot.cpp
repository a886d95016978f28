// Graphviz: https://graphviz.org/doc/info/lang.html
#include "netgraph/picture.hpp"

namespace nsbuild::netgraph {
namespace {

/// A double-quoted ID; lines are joined by the escape that centres them.
std::string quoted(const std::vector<std::string>& lines) {
  std::string text = "\"";
  for (const std::string& line : lines) {
    if (&line != lines.data()) text += "\\n";
    for (const char c : line) {
      if (c == '"' || c == '\\') text += '\\';
      text += c;
    }
  }
  return text + '"';
}

std::vector<std::string> with_first(const std::string& first, const std::vector<std::string>& rest) {
  std::vector<std::string> lines;
  if (!first.empty()) lines.push_back(first);
  lines.insert(lines.end(), rest.begin(), rest.end());
  return lines;
}

std::string style(BoxKind kind) {
  switch (kind) {
    case BoxKind::space:
      return "shape=box, style=\"rounded,filled\", fillcolor=\"#eef4fb\"";
    case BoxKind::host:
      return "shape=box, style=\"rounded,filled,dashed\", fillcolor=\"#f4f4f4\"";
    case BoxKind::network:
      return "shape=ellipse, style=filled, fillcolor=\"#fdf6e3\"";
  }
  return {};
}

std::string node(std::size_t box) { return "n" + std::to_string(box); }

}  // namespace

std::string draw_dot(const Picture& picture) {
  std::string text = "graph " + quoted({picture.title}) + " {\n";
  text += "  graph [rankdir=LR, nodesep=0.6, ranksep=2.2, fontname=\"sans-serif\"]\n";
  text += "  node [fontname=\"sans-serif\"]\n  edge [fontname=\"monospace\", fontsize=10]\n";
  for (std::size_t i = 0; i < picture.boxes.size(); ++i) {
    const Box& box = picture.boxes[i];
    text += "  " + node(i) + " [" + style(box.kind) + ", label=" + quoted(with_first(box.title, box.lines)) + "]\n";
  }
  for (const PictureWire& wire : picture.wires) {
    text += "  " + node(wire.a.box) + " -- " + node(wire.b.box) +
            " [taillabel=" + quoted(with_first(wire.a.name, wire.a.lines)) +
            ", headlabel=" + quoted(with_first(wire.b.name, wire.b.lines)) + "]\n";
  }
  return text + "}\n";
}

}  // namespace nsbuild::netgraph
