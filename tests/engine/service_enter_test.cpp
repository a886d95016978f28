// Entering services and namespaces, with and without a terminal; and reading logs.
#include "engine/enter.hpp"
#include "engine/error.hpp"
#include "engine/fd.hpp"
#include "engine/names.hpp"
#include "engine/place.hpp"
#include "engine/rundir.hpp"
#include "engine/service/logs.hpp"
#include "tests/engine/service_world.hpp"

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <poll.h>
#include <pty.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

namespace nsbuild::engine::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

/// What a call in a child printed, and its exit code (128+signal when killed).
struct Ran {
  std::string output;
  int code = 0;
};

/// Standard input is `input`, standard output and error are captured in a file.
Ran captured(const std::function<int()>& call, const std::string& input = "") {
  std::ofstream("/run/input") << input;
  const pid_t pid = fork();
  if (pid == 0) {
    dup2(open("/run/input", O_RDONLY), 0);
    dup2(open("/run/output", O_WRONLY | O_CREAT | O_TRUNC, 0600), 1);
    dup2(1, 2);
    try {
      _exit(call());
    } catch (const Error& error) {
      dprintf(1, "error: %s", error.what());
      _exit(125);
    }
  }
  int status = 0;
  waitpid(pid, &status, 0);
  return {read_file("/run/output"), WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status)};
}

/// Both ways in; what they show must not differ.
Ran entered(const std::string& name, std::vector<std::string> command, const std::string& input = "",
            std::optional<std::string> user = std::nullopt) {
  const EnterRequest request{"t", name, std::move(command), std::move(user)};
  Ran stayed = captured([&] { return enter(request); }, input);
  const Ran became = captured([&] { return enter_for_good(request); }, input);
  EXPECT_EQ(stayed.output, became.output);
  EXPECT_EQ(stayed.code, became.code);
  return stayed;
}

Ran entered_sh(const std::string& name, const std::string& script, const std::string& input = "") {
  return entered(name, {"sh", "-c", script}, input);
}

void start_web(const std::string& script = "exec sleep 1000") {
  make_place("server");
  make_place("client");
  planner::Service web = shell_service("web", script);
  web.user = "nobody";
  Services services("t");
  ASSERT_EQ("", run(services, create(web)));
}

TEST(ServiceEnter, AllItsNamespacesItsEnvironmentAndRoot) {
  in_world([] {
    start_web();
    setenv("SECRET", "x", 1);
    const Ran ran = entered_sh(
        "web", "hostname; pwd; env | sort; id -u; cat /proc/1/comm; ls -A /run | wc -l; cat; ps -e -o comm=");
    EXPECT_EQ(0, ran.code);
    EXPECT_THAT(ran.output, StartsWith("web\n/\nHOME=/root\nLANG=C.UTF-8\nNSBUILD_LAB=t\nNSBUILD_SERVICE=web\nPATH="));
    EXPECT_THAT(ran.output, HasSubstr("USER=root\n0\nnsbuild-init\n0\nnsbuild-init\nsleep\nsh\nps\n"));
    EXPECT_EQ("hi", entered("web", {"cat"}, "hi").output);
    EXPECT_EQ("65534\n/nonexistent\n", entered("web", {"sh", "-c", "id -u; echo $HOME"}, "", "nobody").output);
    EXPECT_EQ("error: no such user: gandalf", entered("web", {"id"}, "", "gandalf").output);
  });
}

TEST(ServiceEnter, ExitCodesAreAShells) {
  if (vfork_copies) GTEST_SKIP() << "ThreadSanitizer makes a fork(2) of vfork(2): errno stays in the child";
  in_world([] {
    start_web();
    for (const char* name : {"web", "ns:server"}) {
      EXPECT_EQ(0, entered(name, {"true"}).code);
      EXPECT_EQ(7, entered_sh(name, "exit 7").code);
      EXPECT_EQ(128 + SIGTERM, entered_sh(name, "kill -TERM $$").code);
      const Ran missing = entered(name, {"no-such"});
      EXPECT_EQ(127, missing.code);
      EXPECT_EQ("nsbuild: no-such: No such file or directory (ENOENT)\n", missing.output);
      EXPECT_EQ(126, entered(name, {"/etc/passwd"}).code);
    }
  });
}

TEST(ServiceEnter, ABareNamespaceHasItsSysAndTheCallersWorld) {
  in_world([] {
    start_web();
    std::ofstream("/run/ours") << "";
    setenv("MINE", "yes", 1);
    ASSERT_EQ(0, chdir("/usr/share"));
    const std::string before = read_file("/proc/self/mountinfo");
    const Ran ran = entered_sh("client", "ls /sys/class/net; cat /etc/hosts; pwd; echo $MINE; ls /run/ours; hostname");
    char hostname[65] = {};
    gethostname(hostname, sizeof hostname);
    EXPECT_EQ("lo\n127.0.0.1 localhost\n10.0.0.1 client\n/usr/share\nyes\n/run/ours\n" + std::string(hostname) + "\n",
              ran.output);
    EXPECT_EQ(before, read_file("/proc/self/mountinfo"));
    EXPECT_EQ("65534\n", entered("client", {"id", "-u"}, "", "nobody").output);
    EXPECT_EQ("error: no such user: gandalf", entered("client", {"id"}, "", "gandalf").output);
    const Ran net = entered_sh("client", "readlink /proc/self/ns/net");
    EXPECT_NE(net.output, entered_sh("server", "readlink /proc/self/ns/net").output);
  });
}

TEST(ServiceEnter, InABareNamespaceTheCallerIsTheCommandsParent) {
  in_world([] {
    make_place("client");
    keep_names("t", "place client client client.t\ninterface 1 10.0.0.7\n");
    const pid_t caller = fork();
    if (caller == 0) {
      dup2(open("/run/output", O_WRONLY | O_CREAT | O_TRUNC, 0600), 1);
      _exit(enter_for_good({"t", "client", {"sh", "-c", "echo $PPID; grep client /etc/hosts; kill -TERM $$"}, {}}));
    }
    int status = 0;
    waitpid(caller, &status, 0);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 128 + SIGTERM) << status;
    EXPECT_EQ(std::to_string(caller) + "\n10.0.0.7\tclient client.t\n", read_file("/run/output"));
  });
}

TEST(ServiceEnter, AServiceIsFoundBeforeANamespaceOfItsName) {
  in_world([] {
    start_web();
    make_place("web");
    EXPECT_EQ("web\n", entered("web", {"hostname"}).output);
    EXPECT_NE("web\n", entered("ns:web", {"hostname"}).output);
    std::filesystem::remove_all(lab_dir("t"));
    EXPECT_EQ("web\n", entered("web", {"hostname"}).output) << "whatever became of the lab's directory";
  });
}

TEST(ServiceEnter, HonoursIpNetnssFiles) {
  in_world([] {
    start_web();
    ASSERT_EQ(0, system("mount -t tmpfs tmpfs /mnt && mkdir -p /mnt/up /mnt/work && "
                        "mount -t overlay overlay -o lowerdir=/etc,upperdir=/mnt/up,workdir=/mnt/work /etc && "
                        "mkdir -p /etc/netns/t.client && echo mine > /etc/netns/t.client/issue && "
                        "echo names > /etc/netns/t.client/hosts && echo x > /etc/netns/t.client/missing"));
    EXPECT_EQ("mine\nnames\n", entered_sh("client", "cat /etc/issue /etc/hosts; test ! -e /etc/missing").output);
  });
}

TEST(ServiceEnter, SaysWhatThereIsInstead) {
  in_world([] {
    start_web();
    EXPECT_EQ("error: lab t has no \"wbe\"; services: web; namespaces: client, server; did you mean \"web\"?",
              entered("wbe", {"true"}).output);
    EXPECT_EQ("error: lab t has no service \"client\"; services: web", entered("svc:client", {"true"}).output);
    EXPECT_EQ("error: lab t has no namespace \"web\"; namespaces: client, server", entered("ns:web", {"true"}).output);
    const Ran none = captured([] { return enter({"none", "web", {"true"}, std::nullopt}); });
    EXPECT_EQ(125, none.code);
    EXPECT_EQ("error: there is no lab \"none\"", none.output);
  });
}

TEST(ServiceEnter, ADeadServiceSaysItsState) {
  in_world([] {
    start_web("exit 3");
    ASSERT_TRUE(eventually([] { return find_services("t").at(0).spec.state == planner::RunState::exited; }));
    EXPECT_EQ("error: service web has ended (exit code 3)", entered("web", {"true"}).output);
  });
}

TEST(ServiceEnter, NothingIsLeftWhenTheCallerIsKilled) {
  in_world([] {
    start_web();
    for (const char* name : {"web", "client"}) {
      const pid_t caller = fork();
      if (caller == 0) _exit(enter({"t", name, {"sh", "-c", "echo $$ > /tmp/.nsbuild-test; sleep 1000.5"}, {}}));
      const auto sleeps = [] { return system("ps -e -o args= | grep -q '^sh -c echo .*sleep 1000[.]5'") == 0; };
      EXPECT_TRUE(eventually(sleeps));
      kill(caller, SIGKILL);
      waitpid(caller, nullptr, 0);
      EXPECT_TRUE(eventually([&] { return !sleeps(); }));
    }
    std::filesystem::remove("/tmp/.nsbuild-test");
  });
}

TEST(ServiceEnter, SignalsArePassedOn) {
  in_world([] {
    start_web();
    const pid_t caller = fork();
    if (caller == 0) {
      setsid();
      dup2(open("/run/output", O_WRONLY | O_CREAT | O_TRUNC, 0600), 1);
      _exit(enter(
          {"t", "web", {"sh", "-c", "trap 'echo got; exit 9' USR1; echo ready; while :; do sleep 0.02; done"}, {}}));
    }
    ASSERT_TRUE(eventually([] { return read_file("/run/output") == "ready\n"; }));
    kill(caller, SIGUSR1);
    int status = 0;
    waitpid(caller, &status, 0);
    EXPECT_EQ(9, WEXITSTATUS(status));
    EXPECT_EQ("ready\ngot\n", read_file("/run/output"));
  });
}

/// A person at a terminal: types, and looks at what appears.
class Terminal {
 public:
  Terminal(const std::string& name, std::vector<std::string> command) {
    winsize window{30, 100, 0, 0};
    int master = -1;
    pid_ = forkpty(&master, nullptr, nullptr, &window);
    if (pid_ == 0) {
      setenv("SHELL", "/bin/bash", 1);
      setenv("TERM", "dumb", 1);
      _exit(enter({"t", name, command, std::nullopt}));
    }
    master_.reset(master);
  }
  ~Terminal() {
    master_.reset();
    if (pid_ > 0) waitpid(pid_, nullptr, 0);
  }
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;
  void type(const std::string& text) const {
    EXPECT_EQ(static_cast<ssize_t>(text.size()), write(master_.get(), text.data(), text.size()));
  }
  /// Waits for `text` and forgets all up to and with it; false when nothing has come for a while.
  bool sees(const std::string& text, int milliseconds = 5000) {
    while (seen_.find(text) == std::string::npos && read_more(milliseconds)) {
    }
    const std::size_t at = seen_.find(text);
    if (at == std::string::npos) return false;
    seen_.erase(0, at + text.size());
    return true;
  }
  const std::string& rest() const { return seen_; }
  void resize(unsigned short rows, unsigned short columns) const {
    const winsize window{rows, columns, 0, 0};
    ioctl(master_.get(), TIOCSWINSZ, &window);
  }
  termios modes() const {
    termios modes{};
    tcgetattr(master_.get(), &modes);
    return modes;
  }
  /// Looks on until the caller has ended; -1 when that takes over 5 s.
  int code() {
    int status = 0;
    const bool ended = eventually([&] {
      while (read_more(0)) {
      }
      return waitpid(pid_, &status, WNOHANG) == pid_;
    });
    if (!ended) return -1;
    pid_ = 0;
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  }

 private:
  bool read_more(int milliseconds) {
    pollfd wait{master_.get(), POLLIN, 0};
    if (poll(&wait, 1, milliseconds) <= 0) return false;
    char bytes[4096];
    const ssize_t size = read(master_.get(), bytes, sizeof bytes);
    if (size > 0) seen_.append(bytes, static_cast<std::size_t>(size));
    return size > 0;
  }

  Fd master_;
  pid_t pid_ = 0;
  std::string seen_;
};

TEST(ServiceEnter, ATerminalIsARealOne) {
  in_world([] {
    start_web();
    for (const char* name : {"web", "client"}) {
      Terminal terminal(name, {});
      terminal.type("PS1='prompt> '; stty -echo; tty; stty size\n");
      EXPECT_TRUE(terminal.sees("/dev/pts/")) << terminal.rest();
      EXPECT_TRUE(terminal.sees("30 100")) << terminal.rest();
      EXPECT_EQ(0U, terminal.modes().c_lflag & ICANON) << "the caller's terminal is raw meanwhile";
      terminal.resize(40, 90);
      terminal.type("trap 'stty size' WINCH; stty size\n");
      EXPECT_TRUE(terminal.sees("40 90")) << terminal.rest();
      terminal.type("sleep 100 & jobs\n");
      EXPECT_TRUE(terminal.sees("Running                 sleep 100 &")) << terminal.rest();
      terminal.type("fg\n");
      EXPECT_TRUE(terminal.sees("sleep 100\r\n")) << terminal.rest();
      bool stopped = false;
      for (int i = 0; i < 50 && !stopped; ++i) {  // the shell ignores the key until the job has the terminal
        terminal.type("\x1a");
        stopped = terminal.sees("Stopped", 100);
      }
      EXPECT_TRUE(stopped) << terminal.rest();
      terminal.type("cat\nhello cat\n");
      EXPECT_TRUE(terminal.sees("hello cat\r\n")) << terminal.rest();
      terminal.type("\x03");
      EXPECT_TRUE(terminal.sees("prompt> ")) << terminal.rest();
      terminal.type("echo code $?\n");
      EXPECT_TRUE(terminal.sees("code 130")) << terminal.rest();
      terminal.type("kill -9 %1; sleep 0.1; jobs; :\n");
      EXPECT_TRUE(terminal.sees("Killed")) << terminal.rest();
      terminal.type("exit 5\n");
      EXPECT_EQ(5, terminal.code()) << terminal.rest();
      EXPECT_NE(0U, terminal.modes().c_lflag & ICANON) << "and as before afterwards";
    }
  });
}

TEST(ServiceEnter, ATerminalShowsTheLastWordsAndAnyAmount) {
  in_world([] {
    start_web();
    Terminal terminal("web", {"sh", "-c", "seq 1 50000; echo last"});
    EXPECT_TRUE(terminal.sees("50000\r\nlast\r\n"));
    EXPECT_EQ(0, terminal.code());
  });
}

TEST(ServiceEnter, OutputThatIsNoTerminalStaysSo) {
  in_world([] {
    start_web();
    Terminal terminal("web", {"sh", "-c", "test -t 0 && test -t 1 && echo both"});
    EXPECT_TRUE(terminal.sees("both"));
    EXPECT_EQ("out\n", entered_sh("web", "test -t 1 || echo out").output);
  });
}

pid_t follow_web() {
  if (const pid_t follower = fork(); follower != 0) return follower;
  dup2(open("/run/output", O_WRONLY | O_CREAT | O_TRUNC, 0600), 1);
  print_log({.lab = "t", .service = "web", .follow = true, .tail = {}, .since = {}});
  _exit(4);
}

TEST(ServiceLogs, PrintsAndFollows) {
  in_world([] {
    start_web("echo one; while ! test -e /tmp/.nsbuild-go; do sleep 0.02; done; echo two; exec sleep 100");
    log_with("web", "one");
    EXPECT_EQ("one\n", captured([] {
                         return print_log({.lab = "t", .service = "web", .follow = false, .tail = {}, .since = {}}), 0;
                       }).output);
    EXPECT_EQ("error: lab t has no log of a service \"wbe\"",
              captured([] {
                return print_log({.lab = "t", .service = "wbe", .follow = true, .tail = {}, .since = {}}), 0;
              }).output);
    const pid_t follower = follow_web();
    EXPECT_TRUE(eventually([] { return read_file("/run/output") == "one\n"; }));
    std::ofstream("/tmp/.nsbuild-go");
    EXPECT_TRUE(eventually([] { return read_file("/run/output") == "one\ntwo\n"; }));
    std::filesystem::remove("/tmp/.nsbuild-go");
    std::ofstream(log_dir("t") + "/web", std::ios::trunc) << "x\n";
    EXPECT_TRUE(eventually([] { return read_file("/run/output") == "one\ntwo\nx\n"; })) << "a log that was cut";
    kill(follower, SIGINT);
    int status = 0;
    waitpid(follower, &status, 0);
    EXPECT_EQ(4, WIFEXITED(status) ? WEXITSTATUS(status) : -1) << "an interrupt ends only the following";
  });
}

TEST(ServiceLogs, FollowingEndsWithTheLog) {
  in_world([] {
    start_web("echo one; exec sleep 100");
    const pid_t follower = follow_web();
    EXPECT_TRUE(eventually([] { return read_file("/run/output") == "one\n"; }));
    std::filesystem::remove(log_dir("t") + "/web");
    int status = 0;
    waitpid(follower, &status, 0);
    EXPECT_EQ(4, WIFEXITED(status) ? WEXITSTATUS(status) : -1);
  });
}

}  // namespace
}  // namespace nsbuild::engine::testing
