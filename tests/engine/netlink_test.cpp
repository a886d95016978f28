// Every attribute table encodes and decodes without loss, and refuses what is not a message.
#include "engine/linux/netlink.hpp"

#include "engine/linux/rtnetlink.hpp"

#include <cerrno>
#include <cstring>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <net/if.h>

namespace nsbuild::engine {
namespace {

/// A sample of each attribute type, different every time, so that no two can be mistaken for each other.
class Samples {
 public:
  template <std::integral T>
  void fill(T& value) {
    value = static_cast<T>(++count_);
  }
  void fill(std::string& text) { text = "word" + std::to_string(++count_); }
  void fill(MacAddress& mac) { mac.bytes = {2, 0, 0, 0, 0, static_cast<std::uint8_t>(++count_)}; }
  void fill(IpAddress& address) {
    const std::string text = ++count_ % 2 == 0 ? "10.0.0." : "fd00::";
    address = *IpAddress::parse(text + std::to_string(count_));
  }
  void fill(Via& via) { fill(via.address); }

  template <class T>
  void fill(std::optional<T>& member) {
    fill(member.emplace());
  }
  template <class T>
  void fill(std::vector<T>& members) {
    members.resize(2);
    for (T& member : members) fill(member);
  }
  template <Table T>
  void fill(T& table) {
    if constexpr (Headed<T>) std::memset(&table.header, ++count_, sizeof table.header);
    std::apply([&](const auto&... row) { (fill(table.*row.member), ...); }, T::attributes);
  }

 private:
  int count_ = 0;
};

template <Table T>
std::string bytes_of(const T& table) {
  Message message(RTM_NEWLINK, 0);
  put_all(message, table);
  const auto bytes = payload(*message.get());
  return {bytes.begin(), bytes.end()};
}

template <class T>
class Tables : public testing::Test {};
using All = testing::Types<LinkMessage, Peer, LinkInfo, AfSpec, Properties, AddressMessage, RouteMessage, RuleMessage,
                           NsidMessage>;
TYPED_TEST_SUITE(Tables, All);

TYPED_TEST(Tables, RoundTrip) {
  TypeParam sent{};
  Samples().fill(sent);
  Message message(RTM_NEWLINK, 0);
  put_all(message, sent);
  const auto read = decode<TypeParam>(*message.get(), /*request=*/true);
  ASSERT_TRUE(read);
  EXPECT_EQ(bytes_of(sent), bytes_of(*read));
  EXPECT_GT(bytes_of(sent).size(), bytes_of(TypeParam{}).size());
}

/// Cut at any byte, a message is read as far as it is whole, and nothing behind it is touched.
TYPED_TEST(Tables, SurviveTruncation) {
  TypeParam sent{};
  Samples().fill(sent);
  const std::string whole = bytes_of(sent);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    std::vector<char> part(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));  // exact: ASan sees more
    TypeParam read{};
    get_all(std::span<const char>(part), read, true);
    EXPECT_LE(bytes_of(read).size(), whole.size() + sizeof(ifinfomsg));
  }
}

TYPED_TEST(Tables, SurviveNoise) {
  TypeParam sent{};
  Samples().fill(sent);
  const std::string whole = bytes_of(sent);
  for (std::size_t at = 0; at < whole.size(); ++at) {
    std::vector<char> noisy(whole.begin(), whole.end());
    noisy[at] = static_cast<char>(0xff - noisy[at]);
    TypeParam read{};
    get_all(std::span<const char>(noisy), read, true);
  }
}

TEST(Message, KnownBytesOfAnAddress) {
  AddressMessage address;
  address.header.ifa_family = AF_INET;
  address.header.ifa_prefixlen = 24;
  address.header.ifa_index = 2;
  address.local = IpAddress::parse("10.0.1.2");
  address.protocol = 110;
  EXPECT_EQ(bytes_of(address), std::string("\x02\x18\x00\x00\x02\x00\x00\x00"   // ifaddrmsg
                                           "\x08\x00\x02\x00\x0a\x00\x01\x02"   // IFA_LOCAL
                                           "\x05\x00\x0b\x00\x6e\x00\x00\x00",  // IFA_PROTO, padded
                                           24));
}

TEST(Message, NextHopsFollowEachOtherWithTheirOwnLength) {
  RouteMessage route;
  route.nexthops.resize(2);
  route.nexthops[0].gateway = IpAddress::parse("10.0.0.1");
  const std::string bytes = bytes_of(route);
  const std::string multipath = bytes.substr(sizeof(rtmsg));
  ASSERT_EQ(multipath.size(), 4U + 16U + 8U);
  EXPECT_EQ(multipath.substr(0, 4), std::string("\x1c\x00\x09\x00", 4));  // RTA_MULTIPATH, not flagged as a nest
  EXPECT_EQ(multipath[4], 16);
  EXPECT_EQ(multipath[20], 8);
}

TEST(Message, PromoteSecondariesIsAttributeTwentyOfTheInetConf) {
  const std::string bytes = bytes_of(AfSpec{InetSpec{InetConf{1}}});
  EXPECT_EQ(bytes, std::string("\x10\x00\x02\x80\x0c\x00\x01\x80\x08\x00\x14\x00\x01\x00\x00\x00", 16));
}

TEST(Message, TooLongIsAnErrorAndNotAnOverflow) {
  RouteMessage route;
  NextHopMessage hop;
  hop.gateway = IpAddress::parse("fd00::1");
  route.nexthops.assign(256, hop);
  EXPECT_NO_THROW(bytes_of(route));
  route.nexthops.assign(4096, hop);
  EXPECT_THROW(bytes_of(route), Error);
}

TEST(Netlink, RefusesInTheKernelsWords) {
  Netlink socket;
  Message message(RTM_GETLINK, 0);
  LinkMessage link;
  link.name = "no-such-device0";
  put_all(message, link);
  try {
    socket.get<LinkMessage>(message);
    FAIL() << "there is no such device";
  } catch (const Refusal& refusal) {
    EXPECT_EQ(refusal.code(), ENODEV);
    EXPECT_STREQ(refusal.what(), "No such device (ENODEV)");
  }
}

TEST(Netlink, DumpsAndAnswersOnOneSocket) {
  Netlink socket;
  for (int i = 0; i < 3; ++i) {
    Message dump(RTM_GETLINK, 0);
    put_all(dump, LinkMessage{});
    const auto links = socket.dump<LinkMessage>(dump);
    ASSERT_FALSE(links.empty());
    Message one(RTM_GETLINK, 0);
    LinkMessage question;
    question.name = "lo";
    put_all(one, question);
    EXPECT_EQ(socket.get<LinkMessage>(one).header.ifi_index, 1);
  }
}

TEST(Errors, NameTheErrno) {
  EXPECT_EQ(errno_name(ENETUNREACH), "ENETUNREACH");
  EXPECT_EQ(errno_name(4711), "errno 4711");
  EXPECT_STREQ(SysError("open /x", ENOENT).what(), "open /x: No such file or directory (ENOENT)");
}

/// Two messages in a row, as a read gives them; the second says that it is so long.
std::vector<std::uint32_t> walk(std::uint32_t second_length) {
  struct Pair {
    nlmsghdr first{}, second{};
  } pair;
  pair.first.nlmsg_len = sizeof pair.first;
  pair.first.nlmsg_type = RTM_NEWLINK;
  pair.second = pair.first;
  pair.second.nlmsg_len = second_length;
  std::vector<std::uint32_t> lengths;
  for (const nlmsghdr& message : MessageRange({reinterpret_cast<const char*>(&pair), sizeof pair}))
    lengths.push_back(message.nlmsg_len);
  return lengths;
}

TEST(MessageRange, EndsWhereAMessageSaysThatItIsLongerThanWhatWasRead) {
  constexpr std::uint32_t header = sizeof(nlmsghdr);
  EXPECT_EQ(walk(header), (std::vector{header, header}));
  for (const std::uint32_t length : {header + 1, 0x7fffffffU, 0x80000000U, 0x80000010U, 0xfffffff0U, 0xffffffffU})
    EXPECT_EQ(walk(length), std::vector{header}) << length;
  for (const std::uint32_t length : {0U, 1U, header - 1}) EXPECT_EQ(walk(length), std::vector{header}) << length;
}

TEST(Acknowledgement, ThatEndsBeforeItsErrorIsToldAsThat) {
  for (std::size_t size = 0; size < sizeof(nlmsgerr); size += 4) {
    std::vector<char> exactly(sizeof(nlmsghdr) + size);  // so that a sanitizer sees who reads on
    const nlmsghdr header{static_cast<std::uint32_t>(exactly.size()), NLMSG_ERROR, 0, 0, 0};
    std::memcpy(exactly.data(), &header, sizeof header);
    const auto& message = *reinterpret_cast<const nlmsghdr*>(exactly.data());
    EXPECT_THROW(check_acknowledgement(message), Error) << size;
  }
}

/// The words of a refusal stand behind the request that it repeats, however long that says it is.
std::string refused(std::uint32_t request_length) {
  Message message(NLMSG_ERROR, NLM_F_ACK_TLVS);
  nlmsgerr error{};
  error.error = -EINVAL;
  error.msg.nlmsg_len = request_length;
  message.put_header(error);
  const char words[] = "what the kernel says";
  message.put(NLMSGERR_ATTR_MSG, words, sizeof words);
  const std::vector<char> exactly(reinterpret_cast<const char*>(message.get()),
                                  reinterpret_cast<const char*>(message.get()) + message.size());
  try {
    check_acknowledgement(*reinterpret_cast<const nlmsghdr*>(exactly.data()));
  } catch (const Refusal& refusal) {
    return refusal.what();
  }
  return "";
}

TEST(Acknowledgement, OfARequestShorterThanAHeaderStaysWithinItsBounds) {
  const std::string whole = refused(sizeof(nlmsghdr));
  EXPECT_NE(whole.find("what the kernel says"), std::string::npos) << whole;
  for (const std::uint32_t length : {0U, 1U, 15U}) EXPECT_EQ(refused(length), whole) << length;
  for (const std::uint32_t length : {4096U, 0x80000000U, 0xffffffffU})
    EXPECT_EQ(refused(length).find("what the kernel says"), std::string::npos) << length;
}

}  // namespace
}  // namespace nsbuild::engine
