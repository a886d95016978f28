#include "engine/linux/message.hpp"

#include "engine/error.hpp"

#include <algorithm>

namespace nsbuild::engine {

Message::Message(std::uint16_t type, std::uint16_t flags) : head_(mnl_nlmsg_put_header(buffer_.data())) {
  head_->nlmsg_type = type;
  head_->nlmsg_flags = static_cast<std::uint16_t>(NLM_F_REQUEST | flags);
}

void Message::put(std::uint16_t type, const void* data, std::size_t size) {
  if (!mnl_attr_put_check(head_, capacity, type, size, data)) throw Error("a netlink message would be too long");
  // libmnl leaves the padding as it was, which here is stack.
  const std::size_t padding = aligned(size) - size;
  std::memset(buffer_.data() + head_->nlmsg_len - padding, 0, padding);
}

nlattr* Message::begin(std::uint16_t type) {
  nlattr* nest = mnl_attr_nest_start_check(head_, capacity, type);
  if (nest == nullptr) throw Error("a netlink message would be too long");
  return nest;
}

void Message::end(nlattr* nest) { mnl_attr_nest_end(head_, nest); }

void* Message::extra(std::size_t size) {
  if (head_->nlmsg_len + aligned(size) > capacity) throw Error("a netlink message would be too long");
  return mnl_nlmsg_put_extra_header(head_, size);
}

bool AttributeRange::Iterator::more() const {
  const auto left = static_cast<std::size_t>(end_ - at_);
  if (left < sizeof(nlattr)) return false;
  const std::size_t length = (**this).nla_len;
  return length >= sizeof(nlattr) && length <= left;
}

AttributeRange::Iterator& AttributeRange::Iterator::operator++() {
  const std::size_t step = aligned((**this).nla_len);
  at_ = step < static_cast<std::size_t>(end_ - at_) ? at_ + step : end_;
  return *this;
}

bool MessageRange::Iterator::operator!=(const Iterator&) const {
  return left_.size() >= sizeof(nlmsghdr) && (**this).nlmsg_len >= sizeof(nlmsghdr) &&
         (**this).nlmsg_len <= left_.size();
}

MessageRange::Iterator& MessageRange::Iterator::operator++() {
  left_ = after(left_, (**this).nlmsg_len);
  return *this;
}

std::span<const char> payload(const nlattr& attribute) {
  return {static_cast<const char*>(mnl_attr_get_payload(&attribute)), mnl_attr_get_payload_len(&attribute)};
}

std::span<const char> payload(const nlmsghdr& message) {
  return {static_cast<const char*>(mnl_nlmsg_get_payload(&message)), mnl_nlmsg_get_payload_len(&message)};
}

std::span<const char> after(std::span<const char> bytes, std::size_t size) {
  return bytes.subspan(std::min(bytes.size(), aligned(size)));
}

}  // namespace nsbuild::engine
