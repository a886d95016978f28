// Mermaid's flowchart: https://mermaid.js.org/syntax/flowchart.html
#include "netgraph/picture.hpp"

namespace nsbuild::netgraph {
namespace {

/// Inside Mermaid's quotes HTML counts, and entities are written with `#`.
std::string escaped(const std::string& line) {
  std::string text;
  for (const char c : line) {
    switch (c) {
      case '"':
        text += "#quot;";
        break;
      case '#':
        text += "#35;";
        break;
      case '<':
        text += "#lt;";
        break;
      case '>':
        text += "#gt;";
        break;
      case '&':
        text += "#amp;";
        break;
      default:
        text += c;
    }
  }
  return text;
}

std::string joined(const std::vector<std::string>& lines, const std::string& separator) {
  std::string text;
  for (const std::string& line : lines) text += (text.empty() ? "" : separator) + escaped(line);
  return text;
}

std::string shape(const Box& box) {
  std::string label = "<b>" + escaped(box.title) + "</b>";
  if (!box.lines.empty()) label += "<br/>" + joined(box.lines, "<br/>");
  if (box.kind == BoxKind::network) return "([\"" + label + "\"])";
  return box.kind == BoxKind::host ? "[[\"" + label + "\"]]" : "(\"" + label + "\")";
}

std::string label(const WireEnd& end) {
  return escaped(end.name) + (end.lines.empty() ? "" : " ") + joined(end.lines, ", ");
}

}  // namespace

std::string draw_mermaid(const Picture& picture) {
  std::string text = "flowchart LR\n";
  for (std::size_t i = 0; i < picture.boxes.size(); ++i) {
    text += "  n" + std::to_string(i) + shape(picture.boxes[i]) + "\n";
  }
  for (const PictureWire& wire : picture.wires) {
    const std::string a = label(wire.a);
    const std::string b = label(wire.b);
    const std::string both = a + (a.empty() || b.empty() ? "" : "<br/>") + b;
    text += "  n" + std::to_string(wire.a.box) + " ---" + (both.empty() ? " " : "|\"" + both + "\"| ") + "n" +
            std::to_string(wire.b.box) + "\n";
  }
  return text;
}

}  // namespace nsbuild::netgraph
