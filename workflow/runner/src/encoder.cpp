#include "encoder.h"

#include <algorithm>
#include <cmath>

#include "bottleneck.h"
#include "error.h"
#include "submodules.h"

namespace audiogen {
namespace {

constexpr std::int64_t kChannels = 2;

std::filesystem::path existing(const std::filesystem::path& folder) {
  const auto path = folder / kEncoder.file;
  if (!std::filesystem::exists(path))
    throw Error(path.string() + ": this bundle has no encoder, which -i needs; build it anew");
  return path;
}

bool is_latent(const Spec& spec, const Shape& latent) {
  return spec.type == Type::kFloat && spec.shape == latent;
}

}  // namespace

Encoder::Encoder(const std::filesystem::path& folder, const Shape& latent)
    : program_(existing(folder)) {
  const auto& inputs = program_.inputs();
  const auto& outputs = program_.outputs();
  const bool fits = inputs.size() == 1 && inputs[0].type == Type::kFloat &&
                    inputs[0].shape.size() == 2 && inputs[0].shape[0] == kChannels &&
                    outputs.size() == 2 && is_latent(outputs[0], latent) &&
                    is_latent(outputs[1], latent);
  if (!fits)
    throw Error(program_.path().string() + ": does not give mean and scale of the DiT's latent, " +
                shape_name(latent) + "; the files are not of one bundle, copy them again");
}

std::int64_t Encoder::samples() const { return program_.inputs()[0].shape[1]; }

Array Encoder::latent(const std::vector<Array>& outputs, std::uint32_t seed) {
  const double latent_scale = program_.number("latent_scale");
  Array latent = sample_latent(outputs[0], outputs[1], latent_scale, bottleneck_noise(seed));
  const float* first = latent.floats();
  if (!std::all_of(first, first + latent.size(), [](float x) { return std::isfinite(x); }))
    throw Error(program_.path().string() +
                ": its latent is not finite; is the sound much louder than full scale (-i)?");
  return latent;
}

}  // namespace audiogen
