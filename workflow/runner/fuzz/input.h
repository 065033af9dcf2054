// What the fuzzers share.
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <string>

namespace audiogen {

// A file in memory with this content, by a path; gone with the object.
class InputFile {
 public:
  InputFile(const std::uint8_t* data, std::size_t size) : file_(memfd_create("input", 0)) {
    if (write(file_, data, size) != static_cast<ssize_t>(size)) std::abort();
  }
  ~InputFile() { close(file_); }
  InputFile(const InputFile&) = delete;
  InputFile& operator=(const InputFile&) = delete;

  std::filesystem::path path() const { return "/proc/self/fd/" + std::to_string(file_); }

 private:
  int file_;
};

}  // namespace audiogen
