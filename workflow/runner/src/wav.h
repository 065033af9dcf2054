// Sound files, as workflow/scripts/sao/generate/audio.py writes them.
#pragma once

#include <cstddef>
#include <filesystem>
#include <vector>

namespace audiogen {

// Sound in float32, one vector per channel.
using Sound = std::vector<std::vector<float>>;

// Scales to a peak of 0.99; an Error where a sample is not finite or all are zero.
void normalize(Sound& sound);

// Writes 16-bit PCM. The file appears whole or not at all.
void write_wav(const std::filesystem::path& path, const Sound& sound, int sample_rate);

}  // namespace audiogen
