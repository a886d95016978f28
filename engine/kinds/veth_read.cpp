// Veth pairs as they are: two links of two namespaces that name each other by index and namespace id.
#include "engine/kinds/link.hpp"
#include "engine/linux/mark.hpp"
#include "engine/survey.hpp"

#include <algorithm>
#include <map>

#include <net/if.h>

namespace nsbuild::engine {

namespace {

using planner::Veth;
using planner::VethEnd;

struct Half {
  const Sight* sight = nullptr;
  const LinkMessage* link = nullptr;
  bool paired = false;

  OpenPlace& place() const { return sight->place; }
  std::uint32_t index() const { return static_cast<std::uint32_t>(link->header.ifi_index); }
  std::uint32_t peer_index() const { return link->link.value_or(0); }
};

using Name = std::pair<std::string, std::string>;  // place, device

/// What `at` calls the namespace `other`; none when it has no name for it (RTM_GETNSID, ip-netns(8) list-id).
std::optional<std::int32_t> nsid(OpenPlace& at, const OpenPlace& other) {
  NsidMessage question;
  question.fd = other.netns.get();
  Message request(RTM_GETNSID, 0);
  put_all(request, question);
  const auto id = at.socket->get<NsidMessage>(request).nsid;
  return id && *id >= 0 ? id : std::nullopt;  // NETNSA_NSID_NOT_ASSIGNED is -1
}

class Assembly {
 public:
  explicit Assembly(const std::vector<Sight>& sights) {
    for (const Sight& sight : sights)
      for (const LinkMessage& link : sight.place.devices.links())
        if (link_kind(link) == Veth::kind && link.name) halves_.push_back({&sight, &link});
    for (Half& half : halves_) {
      by_indexes_[{half.index(), half.peer_index()}].push_back(&half);
      by_name_[{half.place().name, *half.link->name}] = &half;
    }
    if (!sights.empty()) note_wish(sights.front().wish);
  }

  void run() {
    for (Half& half : halves_) {
      if (half.paired || is_strangers(half)) continue;
      Half* other = find_other(half);
      half.paired = true;
      if (other != nullptr) other->paired = true;
      report(half, other);
    }
  }

 private:
  /// One on the host whose partner in the lab, if it has one, has not claimed it by now: sights end with the host. To
  /// look for it would mean to ask for every namespace of the lab.
  static bool is_strangers(const Half& half) {
    return half.place().is_host() && !half.sight->ours.contains(half.index());
  }

  void note_wish(const planner::State& wish) {
    for (const auto& [key, resource] : wish)
      if (const auto* veth = std::get_if<Veth>(&resource)) {
        hints_[{veth->a.place, veth->a.name}] = {veth->b.place, veth->b.name};
        hints_[{veth->b.place, veth->b.name}] = {veth->a.place, veth->a.name};
      }
  }

  bool is_other(const Half& half, const Half& candidate) {
    if (&half == &candidate || candidate.paired) return false;
    const bool same_place = half.sight == candidate.sight;
    if (!half.link->link_netnsid) return same_place;
    if (same_place) return false;
    const auto [at, fresh] = nsids_.try_emplace({half.place().name, candidate.place().name});
    if (fresh) {
      half.sight->machine.places.at(candidate.place().name);
      at->second = nsid(half.sight->machine.places.at(half.place().name), candidate.place());
    }
    return at->second == half.link->link_netnsid;
  }

  /// Indexes are small and repeat in every namespace, so they only make candidates; the namespace id decides. First the
  /// one that the file declares, then those made shortly before or after this namespace: neighbours in the file tend to
  /// be linked.
  Half* find_other(const Half& half) {
    const auto found = by_indexes_.find({half.peer_index(), half.index()});
    if (found == by_indexes_.end()) return nullptr;
    if (Half* hint = hinted(half); hint != nullptr && is_other(half, *hint)) return hint;
    const auto distance = [&](const Half* candidate) {
      const ino_t here = half.place().inode;
      const ino_t there = candidate->place().inode;
      return here > there ? here - there : there - here;
    };
    std::vector<Half*> candidates;
    for (Half* candidate : found->second)
      if (!candidate->paired && candidate != &half) candidates.push_back(candidate);
    std::stable_sort(candidates.begin(), candidates.end(),
                     [&](const Half* x, const Half* y) { return distance(x) < distance(y); });
    const auto fit = std::find_if(candidates.begin(), candidates.end(), [&](Half* c) { return is_other(half, *c); });
    return fit == candidates.end() ? nullptr : *fit;
  }

  Half* hinted(const Half& half) const {
    const auto hint = hints_.find({half.place().name, *half.link->name});
    if (hint == hints_.end()) return nullptr;
    const auto found = by_name_.find(hint->second);
    if (found == by_name_.end()) return nullptr;
    const bool fits = found->second->index() == half.peer_index() && found->second->peer_index() == half.index();
    return fits ? found->second : nullptr;
  }

  std::optional<std::string> altname(const Half& half) const {
    if (!half.link->properties || half.link->properties->altnames.empty()) return std::nullopt;
    const auto& names = half.link->properties->altnames;
    const auto full = std::find_if(names.begin(), names.end(), [](const std::string& name) {
      return name.find('.') != std::string::npos;  // `<namespace>.<interface>`; others are somebody else's
    });
    return full == names.end() ? names.front() : *full;
  }

  VethEnd end_of(const Half& half) const {
    const LinkMessage& link = *half.link;
    return VethEnd{.place = half.place().name,
                   .name = *link.name,
                   .mac = link.address,
                   .birth_mac = {},
                   .mtu = link.mtu,
                   .master = half.place().devices.name(link.master.value_or(0)),
                   .altname = altname(half),
                   .up = (link.header.ifi_flags & IFF_UP) != 0,
                   .owned = is_marked(half.place(), link, half.sight->machine.lab())};
  }

  /// An end whose other half is in a namespace that is not the lab's: still one resource, so that it can be removed.
  static VethEnd stray(const Half& half) {
    VethEnd end;
    end.place = "?";
    end.name = "if" + std::to_string(half.peer_index());
    end.owned = false;
    return end;
  }

  void report(const Half& half, const Half* other) {
    Veth veth{.a = end_of(half), .b = other != nullptr ? end_of(*other) : stray(half)};
    const bool ours = half.sight->ours.contains(half.index());
    const bool marked = veth.a.owned || veth.b.owned || ours;
    if (std::tie(veth.b.place, veth.b.name) < std::tie(veth.a.place, veth.a.name)) std::swap(veth.a, veth.b);
    half.sight->see(std::move(veth), marked);
  }

  std::vector<Half> halves_;
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::vector<Half*>> by_indexes_;
  std::map<Name, Half*> by_name_;
  std::map<Name, Name> hints_;
  std::map<std::pair<std::string, std::string>, std::optional<std::int32_t>> nsids_;
};

}  // namespace

bool leads_into(const LinkMessage& end, OpenPlace& from, OpenPlace& to) {
  const auto& links = to.devices.links();
  const auto other = std::find_if(links.begin(), links.end(), [&](const LinkMessage& link) {
    return link.header.ifi_index == static_cast<int>(end.link.value_or(0)) && link.group == mark_group;
  });
  return other != links.end() && end.link_netnsid && nsid(from, to) == end.link_netnsid;
}

void see_veths(const std::vector<Sight>& sights) { Assembly(sights).run(); }

}  // namespace nsbuild::engine
