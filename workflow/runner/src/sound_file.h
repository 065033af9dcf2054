// Sounds that a generation starts from: files of any rate and any number of channels.
#pragma once

#include <cstdint>
#include <filesystem>

#include "array.h"

namespace audiogen {

// The first `samples` of a sound at `rate` (Hz), float32 (2, samples): WAV (RIFF, RF64, W64; PCM of
// 8 to 32 bits and float), AIFF or FLAC, by miniaudio; of another rate resampled by libsoxr. One
// channel goes to both, of more than two the first two count, and what is too short ends in
// silence: as stable_audio_tools/inference/utils.py, prepare_audio. No more of a file is read than
// that takes. An Error where it is none of these, is cut off, has no sample, or one that is not
// finite.
Array read_sound(const std::filesystem::path& path, int rate, std::int64_t samples);

}  // namespace audiogen
