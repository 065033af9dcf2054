// The ping-pong sampler for the rf_denoiser objective, as workflow/scripts/sao/generate/sampler.py.
#pragma once

#include <functional>
#include <vector>

#include "noise.h"

namespace audiogen {

// What a generation starts from: a latent, of which `strength` (over 0, to 1) is replaced by noise;
// at 1 it is not looked at.
struct Start {
  std::vector<float> latent;
  double strength = 1;
};

// Noise levels t, `steps` + 1 of them, from `strength` to 0, none above it: sigmoid(-logSNR) for
// evenly spaced log SNR.
std::vector<float> schedule(int steps, double strength = 1);

// Velocity of x at noise level t.
using Velocity = std::function<std::vector<float>(const std::vector<float>& x, float t)>;

// A latent of `size` numbers. Each step denoises fully, then adds noise that is fresh:
// denoised = x - t_i v; x = (1 - t_{i+1}) denoised + t_{i+1} noise.
std::vector<float> sample_pingpong(const Velocity& velocity, std::size_t size, int steps,
                                   Noise noise, const Start& start = {});

}  // namespace audiogen
