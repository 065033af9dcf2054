#include "mapped.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>

#include "error.h"

namespace audiogen {
namespace {

// At the 2 GB/s that hashing reaches, 4 MB.
constexpr std::chrono::milliseconds kInterval{2};

}  // namespace

Mapped::Mapped(const std::filesystem::path& path) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  struct stat status{};
  const bool is_file = file >= 0 && fstat(file, &status) == 0 && S_ISREG(status.st_mode);
  size_ = is_file ? static_cast<std::size_t>(status.st_size) : 0;
  void* const start = size_ ? mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, file, 0) : nullptr;
  if (file >= 0) close(file);
  if (!is_file || start == MAP_FAILED)
    throw Error(path.string() + ": no such file, or not readable; copy the bundle again");
  start_ = start;
}

Mapped::~Mapped() {
  if (size_) munmap(start_, size_);
}

void Mapped::expect_one_reading() const {
  if (size_) madvise(start_, size_, MADV_SEQUENTIAL);
}

void Mapped::give_back() const {
  if (size_) madvise(start_, size_, MADV_DONTNEED);
}

GivingBack::GivingBack(const Mapped& file) : file_(file) {
  file.expect_one_reading();
  thread_ = std::thread([this] {
    std::unique_lock<std::mutex> lock(mutex_);
    while (!changed_.wait_for(lock, kInterval, [this] { return done_; })) file_.give_back();
  });
}

GivingBack::~GivingBack() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    done_ = true;
  }
  changed_.notify_one();
  thread_.join();
  file_.give_back();
}

}  // namespace audiogen
