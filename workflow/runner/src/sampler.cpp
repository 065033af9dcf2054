#include "sampler.h"

#include <algorithm>
#include <cmath>

namespace audiogen {
namespace {

// stable_audio_tools/inference/sampling.py, sample_rf: the log SNR from noise to sound.
constexpr double kLogSnrStart = -6.0;
constexpr double kLogSnrEnd = 2.0;
constexpr double kNoInfinity = 1e-6;

}  // namespace

std::vector<float> schedule(int steps, double strength) {
  const double start =
      strength < 1 ? std::log((1 - strength) / strength + kNoInfinity) : kLogSnrStart;
  const double width = (kLogSnrEnd - start) / steps;
  const auto most = static_cast<float>(strength);
  std::vector<float> t;
  for (int i = 0; i <= steps; ++i)
    t.push_back(std::min(most, static_cast<float>(1.0 / (1.0 + std::exp(start + i * width)))));
  t.front() = most;
  t.back() = 0.0f;
  return t;
}

std::vector<float> sample_pingpong(const Velocity& velocity, std::size_t size, int steps,
                                   Noise noise, const Start& start) {
  const std::vector<float> t = schedule(steps, start.strength);
  std::vector<float> x = noise.normal(size);
  if (start.strength < 1) {
    const auto kept = static_cast<float>(1 - start.strength);
    for (std::size_t i = 0; i < size; ++i) x[i] = start.latent[i] * kept + x[i] * t.front();
  }
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
