#include "netgraph/picture.hpp"

namespace nsbuild::netgraph {
namespace {

Box make_box(const NetGraph& graph, const Place& place) {
  Box box{.kind = place.name == host_place ? BoxKind::host : BoxKind::space, .title = place.name};
  for (const std::size_t i : place.interfaces) {
    if (graph.interfaces[i].name != "lo") continue;
    for (const Address& address : graph.interfaces[i].addresses) box.lines.push_back("lo " + address.prefix.text());
  }
  return box;
}

Box make_box(const Network& network) {
  Box box{.kind = BoxKind::network, .title = network.name};
  for (const IpPrefix& subnet : network.subnets) box.lines.push_back(subnet.text());
  return box;
}

WireEnd make_end(const Interface& interface, std::size_t box) {
  WireEnd end{.box = box};
  if (interface.network) return end;
  end.name = interface.name + (interface.up ? "" : " (down)");
  for (const Address& address : interface.addresses) end.lines.push_back(address.prefix.text());
  return end;
}

}  // namespace

Picture picture(const NetGraph& graph) {
  Picture made{.title = graph.lab};
  std::vector<std::size_t> box_of_place(graph.places.size());
  for (std::size_t i = 0; i < graph.places.size(); ++i) {
    if (graph.places[i].name == switch_place) continue;  // its bridges are drawn, not where they are kept
    box_of_place[i] = made.boxes.size();
    made.boxes.push_back(make_box(graph, graph.places[i]));
  }
  const std::size_t first_network = made.boxes.size();
  for (const Network& network : graph.networks) made.boxes.push_back(make_box(network));
  for (const Service& service : graph.services) {
    made.boxes[box_of_place[service.place]].lines.push_back("service " + service.name);
  }
  const auto end = [&](std::size_t i) {
    const Interface& interface = graph.interfaces[i];
    return make_end(interface, interface.network ? first_network + *interface.network : box_of_place[interface.place]);
  };
  for (const Link& link : graph.links) made.wires.push_back({end(link.a), end(link.b)});
  return made;
}

std::string draw(const NetGraph& graph, Drawing format) {
  switch (format) {
    case Drawing::dot:
      return draw_dot(picture(graph));
    case Drawing::mermaid:
      return draw_mermaid(picture(graph));
    case Drawing::svg:
      return draw_svg(picture(graph));
  }
  return {};
}

}  // namespace nsbuild::netgraph
