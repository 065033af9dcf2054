// read_sound gives a sound of the asked length whose samples are finite, or an Error.
#include <cmath>

#include "../src/error.h"
#include "../src/sound_file.h"
#include "input.h"

using namespace audiogen;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::int64_t kSamples = 3000;
  const InputFile file(data, size);
  try {
    const Array sound = read_sound(file.path(), 44100, kSamples);
    if (sound.shape != Shape{2, kSamples}) std::abort();
    for (std::size_t i = 0; i < sound.size(); ++i)
      if (!std::isfinite(sound.floats()[i])) std::abort();
  } catch (const Error&) {
  }
  return 0;
}
