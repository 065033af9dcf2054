// Sound to latent: the autoencoder's other half, by windows of the sound.
#pragma once

#include <cstdint>
#include <filesystem>

#include "array.h"
#include "program.h"

namespace audiogen {

class Encoder {
 public:
  // A bundle's encoder. An Error where there is none, or it is of something else.
  explicit Encoder(const std::filesystem::path& folder);

  // The latent's shape, and the samples of a channel that it is of.
  const Shape& shape() const { return latent_; }
  std::int64_t samples() const { return latent_[2] * ratio_; }

  void load() { program_.load(); }

  // Mean and scale, of the latent's shape, of {audio, float32 (2, samples)}.
  std::vector<Array> operator()(const std::vector<Array>& inputs);

  // What the bottleneck gives of these; an Error where it is not finite.
  Array latent(const std::vector<Array>& outputs, std::uint32_t seed);

 private:
  Program program_;
  Shape latent_;
  std::int64_t width_ = 0, overlap_ = 0, ratio_ = 0;
};

}  // namespace audiogen
