// The ping-pong sampler for the rf_denoiser objective, as workflow/scripts/sao/generate/sampler.py.
#pragma once

#include <functional>
#include <vector>

#include "noise.h"

namespace audiogen {

// Noise levels t, `steps` + 1 of them, from 1 to 0: sigmoid(-logSNR) for evenly spaced log SNR.
std::vector<float> schedule(int steps);

// Velocity of x at noise level t.
using Velocity = std::function<std::vector<float>(const std::vector<float>& x, float t)>;

// A latent of `size` numbers. Each step denoises fully, then adds noise that is fresh:
// denoised = x - t_i v; x = (1 - t_{i+1}) denoised + t_{i+1} noise.
std::vector<float> sample_pingpong(const Velocity& velocity, std::size_t size, int steps,
                                   Noise noise);

}  // namespace audiogen
