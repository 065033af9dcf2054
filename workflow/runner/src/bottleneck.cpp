#include "bottleneck.h"

#include <algorithm>
#include <cmath>

namespace audiogen {
namespace {

// stable_audio_tools/models/bottleneck.py, vae_sample.
constexpr double kLeast = 1e-4;

}  // namespace

Noise bottleneck_noise(std::uint32_t seed) { return Noise(~seed); }

Array sample_latent(const Array& mean, const Array& scale, double latent_scale, Noise noise) {
  Array latent(Type::kFloat, mean.shape);
  const std::vector<float> fresh = noise.normal(latent.size());
  for (std::size_t i = 0; i < latent.size(); ++i) {
    const double wide = scale.floats()[i];
    const double deviation = std::max(wide, 0.0) + std::log1p(std::exp(-std::abs(wide))) + kLeast;
    const double sampled = mean.floats()[i] + deviation * fresh[i];
    latent.floats()[i] = static_cast<float>(sampled / latent_scale);
  }
  return latent;
}

}  // namespace audiogen
