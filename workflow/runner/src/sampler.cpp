#include "sampler.h"

#include <cmath>

namespace audiogen {
namespace {

// stable_audio_tools/inference/sampling.py, sample_rf: the log SNR from noise to sound.
constexpr double kLogSnrStart = -6.0;
constexpr double kLogSnrEnd = 2.0;

}  // namespace

std::vector<float> schedule(int steps) {
  const double width = (kLogSnrEnd - kLogSnrStart) / steps;
  std::vector<float> t;
  for (int i = 0; i <= steps; ++i)
    t.push_back(static_cast<float>(1.0 / (1.0 + std::exp(kLogSnrStart + i * width))));
  t.front() = 1.0f;
  t.back() = 0.0f;
  return t;
}

std::vector<float> sample_pingpong(const Velocity& velocity, std::size_t size, int steps,
                                   Noise noise) {
  const std::vector<float> t = schedule(steps);
  std::vector<float> x = noise.normal(size);
  for (std::size_t step = 0; step + 1 < t.size(); ++step) {
    const float now = t[step], following = t[step + 1];
    const std::vector<float> v = velocity(x, now);
    const std::vector<float> fresh = noise.normal(size);
    for (std::size_t i = 0; i < size; ++i) {
      const float denoised = x[i] - now * v[i];
      x[i] = (1 - following) * denoised + following * fresh[i];
    }
  }
  return x;
}

}  // namespace audiogen
