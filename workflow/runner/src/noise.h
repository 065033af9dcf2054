// Gaussian noise, the numbers of workflow/scripts/sao/generate/noise.py.
#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

namespace audiogen {

// Standard normal numbers from a 32-bit seed: MT19937 (Matsumoto and Nishimura, 1998), and two
// draws a, b to a pair by Box and Muller's transform (1958) in double precision:
// r = sqrt(-2 ln u1), (r cos 2 pi u2, r sin 2 pi u2), u1 = (a + 1) / 2^32, u2 = b / 2^32.
class Noise {
 public:
  explicit Noise(std::uint32_t seed) : bits_(seed) {}

  // The next `count` numbers; an odd count drops the last of a pair.
  std::vector<float> normal(std::size_t count);

 private:
  std::mt19937 bits_;
};

}  // namespace audiogen
