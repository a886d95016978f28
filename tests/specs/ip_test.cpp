// Addresses, prefixes and MACs: what is one, how it is written, and what it contains.
#include "specs/values/ip.hpp"

#include <gtest/gtest.h>

namespace nsbuild {
namespace {

IpAddress ip(std::string_view text) { return IpAddress::parse(text).value(); }
IpPrefix prefix(std::string_view text) { return IpPrefix::parse(text).value(); }

TEST(IpAddress, ReadsWhatInetPtonReads) {
  EXPECT_EQ(ip("10.0.0.1").family, Family::v4);
  EXPECT_EQ(ip("fd00::1").family, Family::v6);
  for (const char* wrong : {"", "10.0.0", "10.0.0.256", "10.0.0.01", "10.0.0.1 ", " 10.0.0.1", "1.2.3.4.5",
                            "10.0.0.1/24", "fe80::1%eth0", "::g", "1::2::3", "localhost", "0x7f.0.0.1", "12345::1"})
    EXPECT_FALSE(IpAddress::parse(wrong)) << wrong;
  EXPECT_FALSE(IpAddress::parse(std::string_view("10.0.0.1\0x", 10)));
  EXPECT_FALSE(IpAddress::parse(std::string(10000, '1')));
}

TEST(IpAddress, IsWrittenInItsCanonicalForm) {
  EXPECT_EQ(ip("10.0.0.1").text(), "10.0.0.1");
  EXPECT_EQ(ip("FD00:0:0:1:0:0:0:1").text(), "fd00:0:0:1::1");
  EXPECT_EQ(ip("::").text(), "::");
}

TEST(IpAddress, KnowsItsKind) {
  EXPECT_TRUE(ip("224.0.0.1").is_multicast());
  EXPECT_TRUE(ip("239.255.255.255").is_multicast());
  EXPECT_FALSE(ip("240.0.0.1").is_multicast());
  EXPECT_TRUE(ip("ff02::1").is_multicast());
  EXPECT_FALSE(ip("fe80::1").is_multicast());
  EXPECT_TRUE(ip("0.0.0.0").is_unspecified());
  EXPECT_TRUE(ip("::").is_unspecified());
  EXPECT_FALSE(ip("::1").is_unspecified());
  EXPECT_TRUE(ip("169.254.1.1").is_link_local());
  EXPECT_TRUE(ip("febf::1").is_link_local());
  EXPECT_FALSE(ip("fec0::1").is_link_local());
  EXPECT_TRUE(ip("127.9.9.9").is_loopback());
  EXPECT_TRUE(ip("::1").is_loopback());
  EXPECT_FALSE(ip("::2").is_loopback());
}

TEST(IpAddress, CountsUpToTheLastOfItsFamily) {
  EXPECT_EQ(next(ip("10.0.0.255"))->text(), "10.0.1.0");
  EXPECT_EQ(next(ip("fd00::ffff"))->text(), "fd00::1:0");
  EXPECT_FALSE(next(ip("255.255.255.255")));
  EXPECT_FALSE(next(ip("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff")));
}

TEST(IpPrefix, NeedsALengthInRange) {
  EXPECT_EQ(prefix("10.0.0.1/0").length, 0);
  EXPECT_EQ(prefix("fd00::/128").length, 128);
  for (const char* wrong :
       {"10.0.0.1", "10.0.0.1/", "10.0.0.1/33", "10.0.0.1/-1", "10.0.0.1/024", "10.0.0.1/+8", "fd00::/129", "/24",
        "10.0.0.1/8/8", "10.0.0.1/255.0.0.0", "10.0.0.1/ 8", "10.0.0.1/4294967304"})
    EXPECT_FALSE(IpPrefix::parse(wrong)) << wrong;
}

TEST(IpPrefix, HasANetworkAndALastAddress) {
  EXPECT_EQ(prefix("10.1.2.3/20").network().text(), "10.1.0.0/20");
  EXPECT_EQ(prefix("10.1.2.3/20").last().text(), "10.1.15.255");
  EXPECT_EQ(prefix("10.1.2.3/32").network().text(), "10.1.2.3/32");
  EXPECT_EQ(prefix("10.1.2.3/0").network().text(), "0.0.0.0/0");
  EXPECT_EQ(prefix("fd00:1:2:3:4::5/60").network().text(), "fd00:1:2::/60");
  EXPECT_EQ(prefix("fd00::/127").last().text(), "fd00::1");
}

TEST(IpPrefix, ContainsAndOverlaps) {
  EXPECT_TRUE(prefix("10.0.0.5/24").contains(ip("10.0.0.255")));
  EXPECT_FALSE(prefix("10.0.0.5/24").contains(ip("10.0.1.0")));
  EXPECT_FALSE(prefix("0.0.0.0/0").contains(ip("::1")));
  EXPECT_TRUE(prefix("10.0.0.0/8").overlaps(prefix("10.9.0.0/16")));
  EXPECT_TRUE(prefix("10.9.0.0/16").overlaps(prefix("10.0.0.0/8")));
  EXPECT_FALSE(prefix("10.0.0.0/16").overlaps(prefix("10.1.0.0/16")));
  EXPECT_FALSE(prefix("0.0.0.0/0").overlaps(prefix("::/0")));
}

TEST(MacAddress, IsSixPairsWithColons) {
  EXPECT_EQ(MacAddress::parse("02:00:0a:FF:00:01")->text(), "02:00:0a:ff:00:01");
  for (const char* wrong : {"", "02:00:00:00:00", "02:00:00:00:00:0g", "02-00-00-00-00-01", "02:00:00:00:00:001",
                            "2:0:0:0:0:1:2:3:4", "0200:00:00:00:01x"})
    EXPECT_FALSE(MacAddress::parse(wrong)) << wrong;
  EXPECT_TRUE(MacAddress::parse("01:00:00:00:00:00")->is_multicast());
  EXPECT_TRUE(MacAddress::parse("00:00:00:00:00:00")->is_zero());
}

}  // namespace
}  // namespace nsbuild
