// check_size takes a file or gives an Error.
#include "../src/error.h"
#include "../src/header.h"
#include "input.h"

using namespace audiogen;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const InputFile file(data, size);
  try {
    check_size(file.path());
  } catch (const Error&) {
  }
  return 0;
}
