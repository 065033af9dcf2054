#include "files.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "error.h"

namespace audiogen {
namespace {

namespace fs = std::filesystem;

constexpr int kAttempts = 100;  // a killed run of the same process id may have left its file
constexpr mode_t kMode = 0666;  // less what the umask takes

[[noreturn]] void cannot_write(const fs::path& path, const std::string& option) {
  throw Error(path.string() +
              ": cannot be written; name a file in a folder that exists and is yours, on a disk "
              "that has room (" +
              option + ")");
}

// A file beside `path` that is this run's alone; removed with the object.
class Scratch {
 public:
  Scratch(const fs::path& path, const std::string& option) {
    for (int attempt = 0; file_ < 0 && attempt < kAttempts; ++attempt) {
      path_ = path.parent_path() /
              (".writing-" + std::to_string(getpid()) + "-" + std::to_string(attempt));
      file_ = open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, kMode);
      if (file_ < 0 && errno != EEXIST) break;
    }
    if (file_ < 0) cannot_write(path, option);
  }

  ~Scratch() {
    if (file_ >= 0) close(file_);
    std::remove(path_.c_str());
  }

  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  bool write(const std::string& content) {
    for (std::size_t done = 0; done < content.size();) {
      const ssize_t count = ::write(file_, content.data() + done, content.size() - done);
      if (count < 0 && errno != EINTR) return false;
      if (count > 0) done += static_cast<std::size_t>(count);
    }
    const bool closed = close(file_) == 0;
    file_ = -1;
    return closed;
  }

  bool rename_to(const fs::path& path) {
    std::error_code error;
    fs::rename(path_, path, error);
    return !error;
  }

 private:
  fs::path path_;
  int file_ = -1;
};

}  // namespace

void check_writable(const fs::path& path, const std::string& option) {
  // Renaming onto a device or a folder would replace or fail, late.
  std::error_code error;
  if (fs::exists(path, error) && !fs::is_regular_file(path, error)) cannot_write(path, option);
  if (error || !path.has_filename()) cannot_write(path, option);
  const Scratch scratch(path, option);
}

void write_whole(const fs::path& path, const std::string& content, const std::string& option) {
  Scratch scratch(path, option);
  if (!scratch.write(content) || !scratch.rename_to(path)) cannot_write(path, option);
}

}  // namespace audiogen
