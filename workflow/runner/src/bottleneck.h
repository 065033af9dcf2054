// The VAE's bottleneck, as workflow/scripts/sao/generate/bottleneck.py.
#pragma once

#include "array.h"
#include "noise.h"

namespace audiogen {

// The noise of a generation's bottleneck: another sequence than the sampler's.
Noise bottleneck_noise(std::uint32_t seed);

// (mean + (softplus(scale) + 1e-4) noise) / latent_scale, of mean's shape.
Array sample_latent(const Array& mean, const Array& scale, double latent_scale, Noise noise);

}  // namespace audiogen
