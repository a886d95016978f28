// Drawings: what is in them, that names cannot break them, and that they are the same every time.
#include "netgraph/layout.hpp"
#include "netgraph/picture.hpp"
#include "topology.hpp"

#include <algorithm>
#include <regex>
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
  const std::regex tag("<(/?)([a-z]+)[^<>]*?(/?)>");
  std::stack<std::string> open;
  for (std::sregex_iterator match(xml.begin(), xml.end(), tag), end; match != end; ++match) {
    if ((*match)[1].length() != 0) {
      if (open.empty() || open.top() != (*match)[2]) return false;
      open.pop();
    } else if ((*match)[3].length() == 0) {
      open.push((*match)[2]);
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

/// The numbers of an attribute, in order of appearance.
std::vector<int> numbers(const std::string& svg, const std::string& pattern) {
  std::vector<int> found;
  const std::regex regex(pattern);
  for (std::sregex_iterator match(svg.begin(), svg.end(), regex), end; match != end; ++match) {
    for (std::size_t i = 1; i < match->size(); ++i) found.push_back(std::stoi((*match)[i]));
  }
  return found;
}

TEST(Layout, BoxesDoNotOverlapAndStayOnTheSheet) {
  for (const std::string& yaml : {ring(9), std::string(small)}) {
    const std::string svg = draw(topology(yaml).graph, Drawing::svg);
    const std::vector<int> sheet = numbers(svg, "viewBox=\"0 0 ([0-9]+) ([0-9]+)\"");
    const std::vector<int> boxes =
        numbers(svg, "<rect x=\"([0-9]+)\" y=\"([0-9]+)\" width=\"([0-9]+)\" height=\"([0-9]+)\"");
    ASSERT_EQ(sheet.size(), 2U);
    ASSERT_GE(boxes.size(), 16U);
    for (std::size_t i = 0; i < boxes.size(); i += 4) {
      EXPECT_LE(boxes[i] + boxes[i + 2], sheet[0]);
      EXPECT_LE(boxes[i + 1] + boxes[i + 3], sheet[1]);
      for (std::size_t j = 0; j < i; j += 4) {
        const bool apart = boxes[i] >= boxes[j] + boxes[j + 2] || boxes[j] >= boxes[i] + boxes[i + 2] ||
                           boxes[i + 1] >= boxes[j + 1] + boxes[j + 3] || boxes[j + 1] >= boxes[i + 1] + boxes[i + 3];
        EXPECT_TRUE(apart) << "boxes " << j / 4 << " and " << i / 4;
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
