// parse_sums gives names of files below their own folder with a hash each, or an Error.
#include "../src/sums.h"

#include "../src/error.h"
#include "input.h"

using namespace audiogen;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    const auto sums = parse_sums({reinterpret_cast<const char*>(data), size}, "SHA256SUMS");
    if (sums.empty()) std::abort();
    for (const auto& [name, hash] : sums)
      if (hash.size() != 64 || name.empty() || name[0] == '/') std::abort();
  } catch (const Error&) {
  }
  return 0;
}
