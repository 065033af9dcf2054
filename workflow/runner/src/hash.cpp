#include "hash.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstdint>

#include "error.h"

extern "C" {
int have_sha_ni(void);
int have_sha256_armv8(void);
int sha256_portable(const std::uint8_t* data, std::size_t size, std::uint8_t* digest);
int sha256_by_instructions(const std::uint8_t* data, std::size_t size, std::uint8_t* digest);
}

namespace audiogen {
namespace {

bool has_instructions() {
#if defined(__x86_64__)
  return have_sha_ni();
#else
  return have_sha256_armv8();
#endif
}

// A file's content, mapped while the object is there.
class Mapped {
 public:
  explicit Mapped(const std::filesystem::path& path) {
    const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    struct stat status{};
    const bool is_file = file >= 0 && fstat(file, &status) == 0 && S_ISREG(status.st_mode);
    size_ = is_file ? static_cast<std::size_t>(status.st_size) : 0;
    void* const start = size_ ? mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, file, 0) : nullptr;
    if (file >= 0) close(file);
    if (!is_file || start == MAP_FAILED)
      throw Error(path.string() + ": no such file, or not readable; copy the bundle again");
    start_ = start;
    if (size_) madvise(start, size_, MADV_SEQUENTIAL);
  }
  ~Mapped() {
    if (size_) munmap(start_, size_);
  }
  Mapped(const Mapped&) = delete;
  Mapped& operator=(const Mapped&) = delete;

  const std::uint8_t* data() const { return static_cast<const std::uint8_t*>(start_); }
  std::size_t size() const { return size_; }

 private:
  void* start_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace

std::string sha256(const std::filesystem::path& path) {
  static const auto compute = has_instructions() ? sha256_by_instructions : sha256_portable;
  const Mapped file(path);
  std::array<std::uint8_t, 32> digest{};
  // It takes no null for the start of nothing.
  static const std::uint8_t kNothing = 0;
  if (compute(file.size() ? file.data() : &kNothing, file.size(), digest.data()) != 0)
    throw Error(path.string() + ": cannot be hashed");
  std::string hex;
  for (const std::uint8_t byte : digest) {
    hex += "0123456789abcdef"[byte >> 4];
    hex += "0123456789abcdef"[byte & 15];
  }
  return hex;
}

}  // namespace audiogen
