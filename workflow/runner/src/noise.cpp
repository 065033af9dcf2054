#include "noise.h"

#include <cmath>

namespace audiogen {

std::vector<float> Noise::normal(std::size_t count) {
  constexpr double kTwoPi = 2.0 * 3.14159265358979323846;
  constexpr double kRange = 4294967296.0;  // 2^32
  std::vector<float> values;
  values.reserve(count + 1);
  while (values.size() < count) {
    const double u1 = (static_cast<double>(bits_()) + 1.0) / kRange;
    const double u2 = static_cast<double>(bits_()) / kRange;
    const double radius = std::sqrt(-2.0 * std::log(u1));
    values.push_back(static_cast<float>(radius * std::cos(kTwoPi * u2)));
    values.push_back(static_cast<float>(radius * std::sin(kTwoPi * u2)));
  }
  values.resize(count);
  return values;
}

}  // namespace audiogen
