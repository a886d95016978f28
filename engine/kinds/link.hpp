// What veth and bridge have in common: link messages to one namespace.
#pragma once
#include "engine/kinds/kinds.hpp"

namespace nsbuild::engine {

/// Sends a link message to a place. `flags` as NLM_F_CREATE | NLM_F_EXCL.
void send_link(OpenPlace& place, std::uint16_t type, std::uint16_t flags, const LinkMessage& link);
/// Sets or clears IFF_UP.
void set_up(LinkMessage& link, bool up);
/// IPv4 promotes a secondary address when its primary goes: else deleting one address would take others and every route
/// with it (net/ipv4/devinet.c). Every interface of ours has it, from the first message that can say it.
void promote_secondaries(LinkMessage& link);
/// The index that the next device of a place gets: ours to choose, so that what refers to it needs no read-back; 0 on
/// the host, where the kernel chooses.
std::uint32_t next_index(OpenPlace& place);
/// Runs `make`, which creates devices with next_index() in these places; once more with fresh tables when an index was
/// taken by a device that we did not know of (a tunnel that came with the namespace).
void with_indexes(const std::vector<OpenPlace*>& places, const std::function<void()>& make);
/// RTM_DELLINK by name; a device that is gone is fine.
void delete_link(OpenPlace& place, const std::string& name);

}  // namespace nsbuild::engine
