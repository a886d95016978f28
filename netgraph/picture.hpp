// A graph reduced to what a drawing of it shows: boxes, and wires between them with a label at each end.
#pragma once
#include "netgraph/netgraph.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace nsbuild::netgraph {

enum class BoxKind { space, host, network };

struct Box {
  BoxKind kind = BoxKind::space;
  std::string title;
  std::vector<std::string> lines;  // services and addresses of `lo`, or a network's subnets
};

struct WireEnd {
  std::size_t box = 0;
  std::string name;                // the interface; empty at a network
  std::vector<std::string> lines;  // its addresses
};

struct PictureWire {
  WireEnd a, b;
};

struct Picture {
  std::string title;
  std::vector<Box> boxes;
  std::vector<PictureWire> wires;
};

Picture picture(const NetGraph& graph);

std::string draw_dot(const Picture& picture);
std::string draw_mermaid(const Picture& picture);
std::string draw_svg(const Picture& picture);

}  // namespace nsbuild::netgraph
