// Sound to latent: the autoencoder's other half.
#pragma once

#include <cstdint>
#include <filesystem>

#include "array.h"
#include "program.h"

namespace audiogen {

// A bundle's encoder. An Error where there is none, or it does not fit a latent of this shape.
class Encoder {
 public:
  Encoder(const std::filesystem::path& folder, const Shape& latent);

  // Samples of a channel that it takes.
  std::int64_t samples() const;

  // Gives mean and scale of audio, float32 (2, samples).
  Program& program() { return program_; }

  // What the bottleneck gives of these; an Error where it is not finite.
  Array latent(const std::vector<Array>& outputs, std::uint32_t seed);

 private:
  Program program_;
};

}  // namespace audiogen
