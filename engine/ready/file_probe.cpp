// `file:`: there is something at that path of the service's root.
#include "engine/ready/inside_root.hpp"
#include "engine/ready/probe.hpp"

namespace nsbuild::engine {
namespace {

class FileProbe final : public Probe {
 public:
  FileProbe(std::string path, pid_t init) : path_(std::move(path)), init_(init) {}

  bool look() override { return static_cast<bool>(open_inside(init_, path_)); }
  std::string lack() const override { return "there is no file " + path_; }

 private:
  std::string path_;
  pid_t init_;
};

}  // namespace

std::unique_ptr<Probe> make_file_probe(const planner::Ready& wish, const RunningService& service) {
  return std::make_unique<FileProbe>(wish.text, service.init);
}

}  // namespace nsbuild::engine
