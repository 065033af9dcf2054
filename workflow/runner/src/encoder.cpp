#include "encoder.h"

#include <algorithm>
#include <cmath>

#include "bottleneck.h"
#include "error.h"
#include "submodules.h"
#include "windows.h"

namespace audiogen {
namespace {

std::filesystem::path existing(const std::filesystem::path& folder) {
  const auto path = folder / kEncoder.file;
  if (!std::filesystem::exists(path))
    throw Error(path.string() + ": this bundle has no encoder, which -i needs; build it anew");
  return path;
}

bool is_stereo(const Spec& spec) {
  return spec.type == Type::kFloat && spec.shape.size() == 2 && spec.shape[0] == kChannels;
}

bool is_latent(const Spec& spec) {
  return spec.type == Type::kFloat && spec.shape.size() == 3 && spec.shape[2] > 0;
}

}  // namespace

Encoder::Encoder(const std::filesystem::path& folder) : program_(existing(folder)) {
  const auto& inputs = program_.inputs();
  const auto& outputs = program_.outputs();
  require(inputs.size() == 1 && is_stereo(inputs[0]) && outputs.size() == 2 &&
              is_latent(outputs[0]) && is_latent(outputs[1]) &&
              outputs[0].shape == outputs[1].shape,
          program_, "does not give mean and scale of a stereo sound, as an encoder does");
  latent_ = outputs[0].shape;
  width_ = latent_[2];
  const std::int64_t window = inputs[0].shape[1], all = program_.constant("sample_size");
  overlap_ = program_.constant("overlap");
  ratio_ = window / width_;
  require(ratio_ > 0 && window % width_ == 0 && all >= window && all % ratio_ == 0, program_,
          "takes windows of " + std::to_string(window) + " samples, of which a sound of " +
              std::to_string(all) + " is not made");
  require(overlap_ >= 0 && overlap_ < (width_ + 1) / 2, program_,
          "has an overlap of half a window or more");
  latent_[2] = all / ratio_;
}

std::vector<Array> Encoder::operator()(const std::vector<Array>& inputs) {
  const Shape sound = {kChannels, samples()};
  if (inputs[0].type != Type::kFloat || inputs[0].shape != sound)
    throw Error(program_.path().string() + ": encodes a sound of " + shape_name(sound) + ", not " +
                shape_name(inputs[0].shape));
  std::vector<Array> outputs = {Array(Type::kFloat, latent_), Array(Type::kFloat, latent_)};
  for (const Window& window : windows(latent_[2], width_, overlap_, latent_[2])) {
    const auto parts = program_({cut(inputs[0], window.start * ratio_, width_ * ratio_)});
    for (std::size_t i = 0; i < outputs.size(); ++i)
      paste(parts[i], window.from - window.start, window.to - window.from, outputs[i], window.from);
  }
  return outputs;
}

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
