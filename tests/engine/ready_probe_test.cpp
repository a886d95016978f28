// What each kind of probe finds in a service's namespaces.
#include "engine/linux/netns.hpp"
#include "engine/place.hpp"
#include "engine/ready/probe.hpp"
#include "engine/ready/readiness.hpp"
#include "engine/rundir.hpp"
#include "tests/engine/service_world.hpp"

#include <fstream>

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

namespace nsbuild::engine::testing {
namespace {

using planner::Ready;
using specs::Probe;

/// A service that does nothing, and is therefore whatever the test makes of its namespaces.
class Subject {
 public:
  explicit Subject(const planner::Service& service = sleeper()) : services_("t") {
    make_place(service.place);
    EXPECT_EQ("", run(services_, create(service)));
  }
  RunningService now() const { return only_one(); }
  bool holds(const Ready& wish) const { return make_probe(wish, now())->look(); }
  std::string lack(const Ready& wish) const {
    const auto probe = make_probe(wish, now());
    return probe->look() ? "holds" : probe->lack();
  }

 private:
  Services services_;
};

Ready socket_wish(Probe probe, const std::string& address, std::uint32_t port = 80) {
  Ready wish{.service = "web", .probe = probe};
  wish.port = port;
  if (!address.empty()) wish.address = IpAddress::parse(address);
  return wish;
}

Ready path_wish(Probe probe, const std::string& path) {
  Ready wish{.service = "web", .probe = probe};
  wish.text = path;
  return wish;
}

/// A socket that was made in the service's network namespace stays there.
Fd socket_there(int family, int type) {
  const Fd home(open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC));
  const Fd there = open_place({"t", "server"});
  const Inside inside(there, "there", home);
  return Fd(socket(family, type | SOCK_CLOEXEC, 0));
}

Fd bound(int type, const std::string& address, std::uint16_t port, bool v6_only = false) {
  const IpAddress ip = IpAddress::parse(address).value();
  const bool v4 = ip.family == Family::v4;
  Fd fd = socket_there(v4 ? AF_INET : AF_INET6, type);
  const int only = v6_only ? 1 : 0;
  if (!v4) setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &only, sizeof only);
  const int free = 1;  // addresses of the loopback that is down
  setsockopt(fd.get(), v4 ? IPPROTO_IP : IPPROTO_IPV6, v4 ? IP_FREEBIND : IPV6_FREEBIND, &free, sizeof free);
  sockaddr_in in{};
  sockaddr_in6 in6{};
  in.sin_family = AF_INET;
  in6.sin6_family = AF_INET6;
  in.sin_port = in6.sin6_port = htons(port);
  std::copy_n(ip.bytes.begin(), 4, reinterpret_cast<std::uint8_t*>(&in.sin_addr));
  std::copy_n(ip.bytes.begin(), 16, reinterpret_cast<std::uint8_t*>(&in6.sin6_addr));
  const auto* name = v4 ? reinterpret_cast<const sockaddr*>(&in) : reinterpret_cast<const sockaddr*>(&in6);
  EXPECT_EQ(0, bind(fd.get(), name, v4 ? sizeof in : sizeof in6)) << address;
  if (type == SOCK_STREAM) {
    EXPECT_EQ(0, listen(fd.get(), 1));
  }
  return fd;
}

TEST(ReadyProbe, TcpAsksWhoListens) {
  in_world([] {
    const Subject subject;
    EXPECT_EQ("nothing listens on tcp 80", subject.lack(socket_wish(Probe::tcp, "")));
    const Fd other = bound(SOCK_STREAM, "0.0.0.0", 81);
    const Fd udp = bound(SOCK_DGRAM, "0.0.0.0", 80);
    EXPECT_FALSE(subject.holds(socket_wish(Probe::tcp, "")));
    const Fd tcp = bound(SOCK_STREAM, "10.1.2.3", 80);
    EXPECT_TRUE(subject.holds(socket_wish(Probe::tcp, "")));
    EXPECT_TRUE(subject.holds(socket_wish(Probe::tcp, "10.1.2.3")));
    EXPECT_FALSE(subject.holds(socket_wish(Probe::tcp, "10.1.2.4")));
    EXPECT_FALSE(subject.holds(socket_wish(Probe::tcp, "::1")));
  });
}

TEST(ReadyProbe, TcpThatIsBoundButDoesNotListenIsNotReady) {
  in_world([] {
    const Subject subject;
    const Fd fd = socket_there(AF_INET, SOCK_STREAM);
    sockaddr_in in{};
    in.sin_family = AF_INET;
    in.sin_port = htons(80);
    ASSERT_EQ(0, bind(fd.get(), reinterpret_cast<const sockaddr*>(&in), sizeof in));
    EXPECT_FALSE(subject.holds(socket_wish(Probe::tcp, "")));
    ASSERT_EQ(0, listen(fd.get(), 1));
    EXPECT_TRUE(subject.holds(socket_wish(Probe::tcp, "")));
  });
}

TEST(ReadyProbe, ASocketOnAllAddressesCounts) {
  in_world([] {
    const Subject subject;
    {
      const Fd v4 = bound(SOCK_STREAM, "0.0.0.0", 80);
      EXPECT_TRUE(subject.holds(socket_wish(Probe::tcp, "10.1.2.3")));
      EXPECT_FALSE(subject.holds(socket_wish(Probe::tcp, "fd00::1")));
    }
    {
      const Fd both = bound(SOCK_STREAM, "::", 80);
      EXPECT_TRUE(subject.holds(socket_wish(Probe::tcp, "10.1.2.3"))) << "dual-stack";
      EXPECT_TRUE(subject.holds(socket_wish(Probe::tcp, "fd00::1")));
    }
    const Fd v6 = bound(SOCK_STREAM, "::", 80, true);
    EXPECT_FALSE(subject.holds(socket_wish(Probe::tcp, "10.1.2.3"))) << "IPV6_V6ONLY";
    EXPECT_TRUE(subject.holds(socket_wish(Probe::tcp, "fd00::1")));
    const Fd mapped = bound(SOCK_STREAM, "::ffff:10.1.2.3", 80);
    EXPECT_TRUE(subject.holds(socket_wish(Probe::tcp, "10.1.2.3"))) << "mapped";
  });
}

TEST(ReadyProbe, UdpAsksWhoIsBound) {
  in_world([] {
    const Subject subject;
    EXPECT_EQ("nothing is bound to udp [::1]:53", subject.lack(socket_wish(Probe::udp, "::1", 53)));
    const Fd udp = bound(SOCK_DGRAM, "::1", 53);
    EXPECT_TRUE(subject.holds(socket_wish(Probe::udp, "::1", 53)));
    EXPECT_FALSE(subject.holds(socket_wish(Probe::udp, "10.0.0.1", 53)));
    EXPECT_FALSE(subject.holds(socket_wish(Probe::tcp, "", 53)));
  });
}

TEST(ReadyProbe, AnotherNamespacesSocketIsNoneOfTheServices) {
  in_world([] {
    const Subject subject;
    const Fd here(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in in{};
    in.sin_family = AF_INET;
    in.sin_port = htons(80);
    ASSERT_EQ(0, bind(here.get(), reinterpret_cast<const sockaddr*>(&in), sizeof in));
    ASSERT_EQ(0, listen(here.get(), 1));
    EXPECT_FALSE(subject.holds(socket_wish(Probe::tcp, "")));
  });
}

Fd bound_at(const std::string& path, int type) {
  Fd fd = socket_there(AF_UNIX, type);
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  std::copy(path.begin(), path.end(), name.sun_path);
  EXPECT_EQ(0, bind(fd.get(), reinterpret_cast<const sockaddr*>(&name), sizeof name)) << path;
  return fd;
}

TEST(ReadyProbe, AUnixSocketIsKnownByItsFile) {
  in_world([] {
    const Subject subject;
    const Ready wish = path_wish(Probe::unix_socket, "/tmp/app.sock");
    EXPECT_EQ("there is no socket /tmp/app.sock", subject.lack(wish));
    const Fd fd = bound_at("/tmp/app.sock.new", SOCK_STREAM);
    ASSERT_EQ(0, rename("/tmp/app.sock.new", "/tmp/app.sock"));
    EXPECT_EQ("nothing listens on unix /tmp/app.sock", subject.lack(wish));
    ASSERT_EQ(0, listen(fd.get(), 1));
    EXPECT_TRUE(subject.holds(wish)) << "it was renamed";
    ASSERT_EQ(0, symlink("app.sock", "/tmp/link"));
    EXPECT_TRUE(subject.holds(path_wish(Probe::unix_socket, "/tmp/link")));
    ASSERT_EQ(0, unlink("/tmp/app.sock"));
    std::ofstream("/tmp/app.sock") << "a file";
    EXPECT_EQ("/tmp/app.sock is not a socket", subject.lack(wish));
  });
}

TEST(ReadyProbe, AnOldSocketFileIsNotReady) {
  in_world([] {
    const Subject subject;
    bound_at("/tmp/stale", SOCK_STREAM).reset();
    EXPECT_EQ("nothing listens on unix /tmp/stale", subject.lack(path_wish(Probe::unix_socket, "/tmp/stale")));
    const Fd datagrams = bound_at("/tmp/datagrams", SOCK_DGRAM);
    EXPECT_TRUE(subject.holds(path_wish(Probe::unix_socket, "/tmp/datagrams")));
  });
}

TEST(ReadyProbe, AFileIsSeenFromInside) {
  in_world([] {
    const Subject subject(shell_service("web",
                                        "mkdir /run/in; : >/run/in/side; ln -s /run/in/side /run/l; ln -s /run/out "
                                        "/run/o; echo end; exec sleep 1000"));
    log_with("web", "end");
    std::ofstream("/run/out") << "the machine's";
    EXPECT_TRUE(subject.holds(path_wish(Probe::file, "/run/in/side")));
    EXPECT_TRUE(subject.holds(path_wish(Probe::file, "/run/l")));
    EXPECT_EQ("there is no file /run/out", subject.lack(path_wish(Probe::file, "/run/out")));
    EXPECT_FALSE(subject.holds(path_wish(Probe::file, "/run/o")));
    EXPECT_TRUE(subject.holds(path_wish(Probe::file, "/run/in"))) << "a directory counts, too";
  });
}

TEST(ReadyProbe, ALogLineIsMatchedAlone) {
  in_world([] {
    const Subject subject(shell_service("web", "echo one two; printf 'prompt> '; exec sleep 1000"));
    ASSERT_TRUE(eventually([] { return log_of("web") == "one two\nprompt> "; }));
    EXPECT_TRUE(subject.holds(path_wish(Probe::log, "^one.*o$")));
    EXPECT_TRUE(subject.holds(path_wish(Probe::log, "t[a-z]o")));
    EXPECT_FALSE(subject.holds(path_wish(Probe::log, "^two")));
    EXPECT_FALSE(subject.holds(path_wish(Probe::log, "two.prompt")));
    EXPECT_EQ("no line of its log matches ^$", subject.lack(path_wish(Probe::log, "^$")));
    const auto prompt = make_probe(path_wish(Probe::log, "^prompt> $"), subject.now());
    EXPECT_FALSE(prompt->look()) << "may still be going on";
    EXPECT_TRUE(prompt->look());
  });
}

TEST(ReadyProbe, ALongLineDoesNotOverflow) {
  in_world([] {
    const Subject subject(
        shell_service("web", "head -c 3000000 /dev/zero | tr '\\0' a; echo; echo end; exec sleep 1000"));
    log_with("web", "end");
    EXPECT_FALSE(subject.holds(path_wish(Probe::log, "(a|b)*c$")));
    EXPECT_TRUE(subject.holds(path_wish(Probe::log, "^end$")));
  });
}

Ready command_wish(std::vector<std::string> command) {
  Ready wish{.service = "web", .probe = Probe::command};
  wish.command = std::move(command);
  return wish;
}

/// Looks until the command that the first look starts has ended.
std::string verdict(const Ready& wish, const RunningService& service) {
  const auto probe = make_probe(wish, service);
  bool holds = probe->look();
  eventually(
      [&] { return (holds = holds || probe->look()) || probe->lack().find(" has not ended") == std::string::npos; });
  return holds ? "holds" : probe->lack();
}

TEST(ReadyProbe, ACommandRunsInside) {
  in_world([] {
    planner::Service web = shell_service("web", "echo mine >/run/mine; echo end; exec sleep 1000");
    web.environment.insert(web.environment.begin(), {"COLOUR", "red"});
    web.hostname = "inner";
    const Subject subject(web);
    log_with("web", "end");
    EXPECT_EQ("holds", verdict(command_wish({"/bin/sh", "-c", "[ $COLOUR$(hostname)$(cat /run/mine) = redinnermine ]"}),
                               subject.now()));
    EXPECT_EQ("the command false ended with exit code 1", verdict(command_wish({"false"}), subject.now()));
    EXPECT_EQ("the command /bin/sh -c 'echo why; exit 3' ended with exit code 3: why",
              verdict(command_wish({"/bin/sh", "-c", "echo why; exit 3"}), subject.now()));
    EXPECT_EQ("the command /no/such cannot be run: No such file or directory (ENOENT)",
              verdict(command_wish({"/no/such"}), subject.now()));
  });
}

TEST(ReadyProbe, ACommandEndsWithItsProbe) {
  in_world([] {
    const Subject subject;
    {
      const auto probe = make_probe(command_wish({"/bin/sh", "-c", "sleep 4711 & sleep 4711"}), subject.now());
      EXPECT_FALSE(probe->look());
      EXPECT_EQ(1, processes_called("sleep")) << "the first look at a young process starts nothing";
      EXPECT_FALSE(probe->look());
      EXPECT_TRUE(eventually([] { return processes_called("sleep") == 3; }));
      EXPECT_FALSE(probe->look());
      EXPECT_EQ("the command /bin/sh -c 'sleep 4711 & sleep 4711' has not ended", probe->lack());
    }
    EXPECT_TRUE(eventually([] { return processes_called("sleep") == 1; }));
  });
}

TEST(ReadyProbe, APlanLooksOnlyWhereNothingIsStarted) {
  in_world([] {
    const Subject subject(shell_service("web", ": >/run/up; echo end; exec sleep 1000"));
    log_with("web", "end");
    EXPECT_TRUE(is_ready(path_wish(Probe::file, "/run/up"), subject.now()));
    EXPECT_FALSE(is_ready(path_wish(Probe::file, "/run/down"), subject.now()));
    EXPECT_FALSE(is_ready(command_wish({"true"}), subject.now()));
  });
}

}  // namespace
}  // namespace nsbuild::engine::testing
