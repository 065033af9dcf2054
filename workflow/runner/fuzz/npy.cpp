// read_npy gives an array whose bytes are those of its shape, or an Error.
#include "../src/array.h"
#include "../src/error.h"
#include "input.h"

using namespace audiogen;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const InputFile file(data, size);
  try {
    const Array array = read_npy(file.path());
    if (array.bytes.size() != array.size() * item_size(array.type)) std::abort();
    if (array.bytes.size() > size) std::abort();
  } catch (const Error&) {
  }
  return 0;
}
