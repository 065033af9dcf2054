#include "hash.h"

#include <array>
#include <cstdint>

#include "error.h"
#include "mapped.h"

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

std::string hex_digest(const std::uint8_t* data, std::size_t size, const std::string& where) {
  static const auto compute = has_instructions() ? sha256_by_instructions : sha256_portable;
  std::array<std::uint8_t, 32> digest{};
  // It takes no null for the start of nothing.
  static const std::uint8_t kNothing = 0;
  if (compute(size ? data : &kNothing, size, digest.data()) != 0)
    throw Error(where + ": cannot be hashed");
  std::string hex;
  for (const std::uint8_t byte : digest) {
    hex += "0123456789abcdef"[byte >> 4];
    hex += "0123456789abcdef"[byte & 15];
  }
  return hex;
}

}  // namespace

std::string sha256(const std::filesystem::path& path) {
  const Mapped file(path);
  const GivingBack giving_back(file);
  return hex_digest(file.data(), file.size(), path.string());
}

std::string sha256_of(const std::string& text) {
  return hex_digest(reinterpret_cast<const std::uint8_t*>(text.data()), text.size(), "text");
}

}  // namespace audiogen
