#include "header.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <limits>
#include <string>

#include "error.h"

namespace audiogen {
namespace {

// Format: executorch/schema/extended_header.h, all numbers little-endian.
struct Header {
  std::uint32_t root;
  char identifier[4], magic[4];
  std::uint32_t length;  // of what begins with `magic`
  std::uint64_t program_size, segment_base, segment_size;
};
constexpr std::uint32_t kLengthToBase = 24, kLengthToSize = 32;

// Bytes that the file should have at least; the largest number where that is more.
std::uint64_t promised(const Header& header) {
  if (std::memcmp(header.magic, "eh", 2) != 0 || header.length < kLengthToBase) return 0;
  const std::uint64_t size = header.length < kLengthToSize ? 0 : header.segment_size;
  const std::uint64_t room = std::numeric_limits<std::uint64_t>::max() - header.segment_base;
  return std::max(header.program_size, header.segment_base + std::min(size, room));
}

}  // namespace

void check_size(const std::filesystem::path& path) {
  Header header{};
  std::ifstream(path, std::ios::binary).read(reinterpret_cast<char*>(&header), sizeof(header));
  const std::uint64_t found = std::filesystem::file_size(path);
  const std::string bytes = path.string() + ": " + std::to_string(found) + " bytes, ";
  if (std::memcmp(header.identifier, "ET", 2) != 0)
    throw Error(bytes + "no ExecuTorch program; copy it again");
  if (found < promised(header))
    throw Error(bytes + "its header says " + std::to_string(promised(header)) + "; copy it again");
}

}  // namespace audiogen
