// Drawings: what is in them, that names cannot break them, and that they are the same every time.
#include "netgraph/layout.hpp"
#include "netgraph/picture.hpp"
#include "topology.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <sstream>
#include <stack>

#include <gmock/gmock.h>

namespace nsbuild::netgraph {
namespace {

using testing::HasSubstr;

const char* const small = R"(
namespaces: {client: {interfaces: {lo: {addresses: 10.255.0.1/32}}}, server: , alone: }
links: [{endpoints: {client:eth0: 10.0.1.2/24, server:eth0: {addresses: 10.0.1.1/24, up: false}}}]
networks: {lan: {subnet: 10.1.0.0/24, endpoints: [server:lan0]}}
services: {web: {namespace: server, command: [sleep, infinity]}}
)";

TEST(Draw, Dot) {
  EXPECT_EQ(draw(topology(small).graph, Drawing::dot), R"(graph "lab" {
  graph [rankdir=LR, nodesep=0.6, ranksep=2.2, fontname="sans-serif"]
  node [fontname="sans-serif"]
  edge [fontname="monospace", fontsize=10]
  n0 [shape=box, style="rounded,filled", fillcolor="#eef4fb", label="client\nlo 10.255.0.1/32"]
  n1 [shape=box, style="rounded,filled", fillcolor="#eef4fb", label="server\nservice web"]
  n2 [shape=box, style="rounded,filled", fillcolor="#eef4fb", label="alone"]
  n3 [shape=ellipse, style=filled, fillcolor="#fdf6e3", label="lan\n10.1.0.0/24"]
  n0 -- n1 [taillabel="eth0\n10.0.1.2/24", headlabel="eth0 (down)\n10.0.1.1/24"]
  n1 -- n3 [taillabel="lan0\n10.1.0.1/24", headlabel=""]
}
)");
}

TEST(Draw, Mermaid) {
  EXPECT_EQ(draw(topology(small).graph, Drawing::mermaid), R"(flowchart LR
  n0("<b>client</b><br/>lo 10.255.0.1/32")
  n1("<b>server</b><br/>service web")
  n2("<b>alone</b>")
  n3(["<b>lan</b><br/>10.1.0.0/24"])
  n0 ---|"eth0 10.0.1.2/24<br/>eth0 (down) 10.0.1.1/24"| n1
  n1 ---|"lan0 10.1.0.1/24"| n3
)");
}

TEST(Draw, NamesAreEscaped) {
  const NetGraph graph = topology("namespaces: {a: , b: }\nlinks: [{endpoints: ['a:<\"&>', b]}]\n").graph;
  EXPECT_THAT(draw(graph, Drawing::svg), HasSubstr("&lt;&quot;&amp;&gt;"));
  EXPECT_THAT(draw(graph, Drawing::dot), HasSubstr(R"(taillabel="<\"&>")"));
  EXPECT_THAT(draw(graph, Drawing::mermaid), HasSubstr("#lt;#quot;#amp;#gt;"));
}

/// True when every element is closed in the right order.
bool is_balanced(const std::string& xml) {
  std::stack<std::string> open;
  for (std::size_t at = 0; (at = xml.find('<', at)) != std::string::npos;) {
    const std::size_t end = xml.find('>', at);
    if (end == std::string::npos) return false;
    const std::string tag = xml.substr(at + 1, end - at - 1);
    at = end;
    if (tag.starts_with('/')) {
      if (open.empty() || open.top() != tag.substr(1)) return false;
      open.pop();
    } else if (!tag.ends_with('/')) {
      open.push(tag.substr(0, tag.find(' ')));
    }
  }
  return open.empty();
}

TEST(Draw, SvgSaysEverything) {
  const std::string svg = draw(topology(small).graph, Drawing::svg);
  EXPECT_TRUE(is_balanced(svg));
  for (const char* word : {">client<", ">server<", ">alone<", ">lan<", ">service web<", ">lo 10.255.0.1/32<",
                           ">10.0.1.2/24<", ">eth0 (down)<", ">10.1.0.0/24<", ">lan0<"}) {
    EXPECT_THAT(svg, HasSubstr(word));
  }
}

std::string ring(int size) {
  std::string text = "namespaces:\n";
  for (int i = 0; i < size; ++i) text += "  r" + std::to_string(i) + ":\n";
  text += "links:\n";
  for (int i = 0; i < size; ++i) {
    text += "  - endpoints: [r" + std::to_string(i) + ", r" + std::to_string((i + 1) % size) + "]\n";
  }
  return text;
}

TEST(Layout, EachBoxHasOnePlaceAndWiresAreShort) {
  for (const int size : {3, 4, 7, 20}) {
    const Picture drawn = picture(topology(ring(size)).graph);
    std::vector<int> column(drawn.boxes.size(), -1);
    const std::vector<Part> parts = lay_out(drawn);
    ASSERT_EQ(parts.size(), 1U);
    for (std::size_t c = 0; c < parts[0].columns.size(); ++c) {
      for (const std::size_t box : parts[0].columns[c]) {
        EXPECT_EQ(column[box], -1) << "twice";
        column[box] = static_cast<int>(c);
      }
    }
    EXPECT_EQ(std::count(column.begin(), column.end(), -1), 0);
    for (const PictureWire& wire : drawn.wires) EXPECT_LE(std::abs(column[wire.a.box] - column[wire.b.box]), 1);
  }
}

/// The numbers that follow each occurrence of `before`, up to the end of the element or line.
template <std::size_t N>
std::vector<std::array<int, N>> numbers(const std::string& svg, const std::string& before) {
  std::vector<std::array<int, N>> found;
  for (std::size_t at = 0; (at = svg.find(before, at)) != std::string::npos;) {
    at += before.size();
    const std::size_t end = svg.find_first_of(">\n", at);
    std::string words = svg.substr(at, end - at);
    std::replace_if(
        words.begin(), words.end(), [](unsigned char c) { return std::isdigit(c) == 0; }, ' ');
    std::istringstream stream(words);
    std::array<int, N> each{};
    for (int& number : each) stream >> number;
    found.push_back(each);
  }
  return found;
}

TEST(Layout, BoxesDoNotOverlapAndStayOnTheSheet) {
  for (const std::string& yaml : {ring(9), std::string(small)}) {
    const std::string svg = draw(topology(yaml).graph, Drawing::svg);
    const auto sheet = numbers<4>(svg, "viewBox=\"");
    const auto boxes = numbers<4>(svg, "<rect x=\"");
    ASSERT_EQ(sheet.size(), 1U);
    ASSERT_GE(boxes.size(), 4U);
    for (std::size_t i = 0; i < boxes.size(); ++i) {
      const auto [x, y, width, height] = boxes[i];
      EXPECT_LE(x + width, sheet[0][2]);
      EXPECT_LE(y + height, sheet[0][3]);
      for (std::size_t j = 0; j < i; ++j) {
        const auto [x2, y2, width2, height2] = boxes[j];
        EXPECT_TRUE(x >= x2 + width2 || x2 >= x + width || y >= y2 + height2 || y2 >= y + height)
            << "boxes " << j << " and " << i;
      }
    }
  }
}

TEST(Draw, IsTheSameEveryTime) {
  EXPECT_EQ(draw(topology(ring(12)).graph, Drawing::svg), draw(topology(ring(12)).graph, Drawing::svg));
}

TEST(Draw, AnEmptyLab) {
  const NetGraph empty{.lab = "empty"};
  EXPECT_TRUE(is_balanced(draw(empty, Drawing::svg)));
  EXPECT_THAT(draw(empty, Drawing::dot), HasSubstr("graph \"empty\" {"));
  EXPECT_EQ(draw(empty, Drawing::mermaid), "flowchart LR\n");
}

}  // namespace
}  // namespace nsbuild::netgraph
