// A drawing that needs no other program: boxes in columns, every wire with a stub at each end that carries its label.
#include "netgraph/layout.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace nsbuild::netgraph {
namespace {

// In user units, which are pixels. Labels are monospaced: 0.6 em a character.
constexpr int margin = 24, title_height = 40;
constexpr int box_gap = 26, part_gap = 40, column_gap = 60, arc_room = 46;
constexpr int line_height = 16, box_padding = 12, min_box_width = 84;
constexpr int label_height = 14, slot_gap = 12;
constexpr double title_em = 14, text_em = 12, label_em = 11;

int width_of(const std::string& text, double em) {
  const auto characters = std::count_if(text.begin(), text.end(), [](unsigned char c) { return (c & 0xc0U) != 0x80U; });
  return static_cast<int>(std::ceil(static_cast<double>(characters) * em * 0.62));
}

std::string escaped(const std::string& text) {
  std::string result;
  for (const char c : text) {
    switch (c) {
      case '&':
        result += "&amp;";
        break;
      case '<':
        result += "&lt;";
        break;
      case '>':
        result += "&gt;";
        break;
      case '"':
        result += "&quot;";
        break;
      default:
        result += c;
    }
  }
  return result;
}

enum SideOfBox : std::size_t { left, right };

/// Where one end of one wire meets its box.
struct Slot {
  std::size_t wire = 0;
  const WireEnd* end = nullptr;
  const WireEnd* other = nullptr;
  int y = 0;  // of the wire
};

struct Shape {
  std::size_t column = 0;
  double rank = 0;  // in the column, 0..1
  int x = 0, y = 0, width = 0, height = 0;
  int stub_x[2] = {0, 0};  // where the stubs of each side end
  std::array<std::vector<Slot>, 2> slots;
};

int slot_height(const Slot& slot) {
  const int above = slot.end->name.empty() ? 0 : label_height;
  return above + label_height * static_cast<int>(slot.end->lines.size()) + slot_gap;
}

int label_width(const Slot& slot) {
  int width = width_of(slot.end->name, label_em);
  for (const std::string& line : slot.end->lines) width = std::max(width, width_of(line, label_em));
  return width;
}

int height_of(const std::vector<Slot>& slots) {
  int height = 0;
  for (const Slot& slot : slots) height += slot_height(slot);
  return height;
}

class Sheet {
 public:
  explicit Sheet(const Picture& picture) : picture_(picture), shapes_(picture.boxes.size()) {
    const std::vector<Part> parts = lay_out(picture);
    for (const Part& part : parts) assign_columns(part);
    attach_wires();
    for (const Part& part : parts) place(part);
  }

  std::string svg() const;

 private:
  void assign_columns(const Part& part);
  void attach_wires();
  void size(std::size_t box);
  void place(const Part& part);
  void place_column(const std::vector<std::size_t>& column, int part_height);
  int stub(const std::vector<std::size_t>& column, SideOfBox side) const;
  bool has_arc(const std::vector<std::size_t>& column) const;
  void set_slots(Shape& shape);
  std::string path(const PictureWire& wire, std::size_t number) const;
  std::string draw_box(std::size_t box) const;
  std::string draw_labels(const Shape& shape) const;

  const Picture& picture_;
  std::vector<Shape> shapes_;
  std::vector<std::array<std::pair<int, int>, 4>> points_;  // by wire: box, stub, stub, box
  int x_ = margin, y_ = margin + title_height;              // where the next column starts, and the current part
  int width_ = 0;
};

void Sheet::assign_columns(const Part& part) {
  for (std::size_t c = 0; c < part.columns.size(); ++c) {
    for (std::size_t i = 0; i < part.columns[c].size(); ++i) {
      Shape& shape = shapes_[part.columns[c][i]];
      shape.column = c;
      shape.rank = (static_cast<double>(i) + 0.5) / static_cast<double>(part.columns[c].size());
    }
  }
}

void Sheet::attach_wires() {
  for (std::size_t i = 0; i < picture_.wires.size(); ++i) {
    const PictureWire& wire = picture_.wires[i];
    const std::size_t a = shapes_[wire.a.box].column;
    const std::size_t b = shapes_[wire.b.box].column;
    shapes_[wire.a.box].slots[a > b ? left : right].push_back({i, &wire.a, &wire.b});
    shapes_[wire.b.box].slots[b > a ? left : right].push_back({i, &wire.b, &wire.a});
  }
  for (Shape& shape : shapes_) {
    for (std::vector<Slot>& slots : shape.slots) {
      std::stable_sort(slots.begin(), slots.end(), [&](const Slot& x, const Slot& y) {
        return shapes_[x.other->box].rank < shapes_[y.other->box].rank;
      });
    }
  }
  points_.resize(picture_.wires.size());
}

void Sheet::size(std::size_t box) {
  Shape& shape = shapes_[box];
  int text_width = width_of(picture_.boxes[box].title, title_em);
  for (const std::string& line : picture_.boxes[box].lines) text_width = std::max(text_width, width_of(line, text_em));
  const int text_height = line_height * static_cast<int>(picture_.boxes[box].lines.size() + 1);
  shape.width = std::max(min_box_width, text_width + 2 * box_padding);
  shape.height = std::max({text_height, height_of(shape.slots[left]), height_of(shape.slots[right])}) + 2 * box_padding;
}

int Sheet::stub(const std::vector<std::size_t>& column, SideOfBox side) const {
  int width = 0;
  for (const std::size_t box : column) {
    for (const Slot& slot : shapes_[box].slots[side]) width = std::max(width, label_width(slot) + 14);
  }
  return width;
}

bool Sheet::has_arc(const std::vector<std::size_t>& column) const {
  return std::any_of(column.begin(), column.end(), [&](std::size_t box) {
    const auto& slots = shapes_[box].slots[right];
    return std::any_of(slots.begin(), slots.end(),
                       [&](const Slot& slot) { return shapes_[slot.other->box].column == shapes_[box].column; });
  });
}

void Sheet::set_slots(Shape& shape) {
  for (const SideOfBox side : {left, right}) {
    const int edge = side == left ? shape.x : shape.x + shape.width;
    int y = shape.y + (shape.height - height_of(shape.slots[side])) / 2;
    for (Slot& slot : shape.slots[side]) {
      slot.y = y + slot_gap / 2 + (slot.end->name.empty() ? 0 : label_height);
      y += slot_height(slot);
      auto& points = points_[slot.wire];
      const bool is_a = slot.end == &picture_.wires[slot.wire].a;
      points[is_a ? 0 : 3] = {edge, slot.y};
      points[is_a ? 1 : 2] = {shape.stub_x[side], slot.y};
    }
  }
}

void Sheet::place_column(const std::vector<std::size_t>& column, int part_height) {
  int width = 0;
  int height = -box_gap;
  for (const std::size_t box : column) {
    width = std::max(width, shapes_[box].width);
    height += shapes_[box].height + box_gap;
  }
  const int left_end = x_;
  const int inner = left_end + stub(column, left);
  const int right_end = inner + width + stub(column, right);
  int y = y_ + (part_height - height) / 2;
  for (const std::size_t box : column) {
    Shape& shape = shapes_[box];
    shape.x = inner + (width - shape.width) / 2;
    shape.y = y;
    shape.stub_x[left] = left_end;
    shape.stub_x[right] = right_end;
    set_slots(shape);
    y += shape.height + box_gap;
  }
  x_ = right_end + (has_arc(column) ? arc_room : 0);
  width_ = std::max(width_, x_);
  x_ += column_gap;
}

void Sheet::place(const Part& part) {
  int part_height = 0;
  for (const auto& column : part.columns) {
    int height = -box_gap;
    for (const std::size_t box : column) {
      size(box);
      height += shapes_[box].height + box_gap;
    }
    part_height = std::max(part_height, height);
  }
  x_ = margin;
  for (const auto& column : part.columns) place_column(column, part_height);
  y_ += part_height + part_gap;
}

std::string point(const std::pair<int, int>& p) { return std::to_string(p.first) + ' ' + std::to_string(p.second); }

std::string Sheet::path(const PictureWire& wire, std::size_t number) const {
  const auto& [start, stub1, stub2, end] = points_[number];
  const bool arc = shapes_[wire.a.box].column == shapes_[wire.b.box].column;
  const int bend1 = arc ? stub1.first + arc_room : (stub1.first + stub2.first) / 2;
  const int bend2 = arc ? stub2.first + arc_room : bend1;
  return "<path class=\"wire\" d=\"M " + point(start) + " L " + point(stub1) + " C " + point({bend1, stub1.second}) +
         ' ' + point({bend2, stub2.second}) + ' ' + point(stub2) + " L " + point(end) + "\"/>\n";
}

std::string text(int x, int y, const std::string& css_class, const std::string& content) {
  return "<text x=\"" + std::to_string(x) + "\" y=\"" + std::to_string(y) + "\" class=\"" + css_class + "\">" +
         escaped(content) + "</text>\n";
}

std::string Sheet::draw_box(std::size_t box) const {
  constexpr std::array<const char*, 3> classes{"space", "host", "network"};
  const Shape& shape = shapes_[box];
  const Box& said = picture_.boxes[box];
  const int radius = said.kind == BoxKind::network ? std::min(shape.height / 2, 28) : 8;
  std::string out = "<rect x=\"" + std::to_string(shape.x) + "\" y=\"" + std::to_string(shape.y) + "\" width=\"" +
                    std::to_string(shape.width) + "\" height=\"" + std::to_string(shape.height) + "\" rx=\"" +
                    std::to_string(radius) + "\" class=\"" + classes.at(static_cast<std::size_t>(said.kind)) + "\"/>\n";
  const int middle = shape.x + shape.width / 2;
  int y = shape.y + (shape.height - line_height * static_cast<int>(said.lines.size() + 1)) / 2 + 12;
  out += text(middle, y, "title", said.title);
  for (const std::string& line : said.lines) out += text(middle, y += line_height, "line", line);
  return out;
}

std::string Sheet::draw_labels(const Shape& shape) const {
  std::string out;
  for (const SideOfBox side : {left, right}) {
    const int x = side == left ? shape.x - 6 : shape.x + shape.width + 6;
    const std::string css_class = side == left ? "label end" : "label";
    for (const Slot& slot : shape.slots[side]) {
      if (!slot.end->name.empty()) out += text(x, slot.y - 4, css_class + " name", slot.end->name);
      int y = slot.y;
      for (const std::string& line : slot.end->lines) out += text(x, y += label_height - 1, css_class, line);
    }
  }
  return out;
}

constexpr const char* style = R"(<style>
text { font-family: "DejaVu Sans Mono", "Liberation Mono", Menlo, Consolas, monospace; fill: #1b1f24 }
.heading { font-size: 18px; font-weight: bold }
.title { font-size: 14px; font-weight: bold; text-anchor: middle }
.line { font-size: 12px; text-anchor: middle }
.label { font-size: 11px; fill: #57606a }
.label.name { fill: #1b1f24; font-weight: bold }
.end { text-anchor: end }
.wire { fill: none; stroke: #57606a; stroke-width: 1.5 }
.space { fill: #eef4fb; stroke: #4a7ab5; stroke-width: 1.5 }
.host { fill: #f6f6f6; stroke: #57606a; stroke-width: 1.5; stroke-dasharray: 5 3 }
.network { fill: #fdf6e3; stroke: #b58900; stroke-width: 1.5 }
</style>
)";

std::string Sheet::svg() const {
  const int width = std::max(width_, margin + width_of(picture_.title, 18)) + margin;
  const int height = y_ - (picture_.boxes.empty() ? 0 : part_gap) + margin;
  std::string out = "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"" + std::to_string(width) + "\" height=\"" +
                    std::to_string(height) + "\" viewBox=\"0 0 " + std::to_string(width) + ' ' +
                    std::to_string(height) + "\">\n<title>" + escaped(picture_.title) + "</title>\n" + style;
  out += "<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n";
  out += text(margin, margin + 12, "heading", picture_.title);
  for (std::size_t i = 0; i < picture_.wires.size(); ++i) out += path(picture_.wires[i], i);
  for (std::size_t i = 0; i < shapes_.size(); ++i) out += draw_box(i);
  for (const Shape& shape : shapes_) out += draw_labels(shape);
  return out + "</svg>\n";
}

}  // namespace

std::string draw_svg(const Picture& picture) { return Sheet(picture).svg(); }

}  // namespace nsbuild::netgraph
