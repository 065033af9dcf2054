// The files of a bundle, checked against one another before anything is computed.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "array.h"

namespace audiogen {

struct Bundle {
  // An Error where a file is missing, damaged, or does not fit the others.
  Bundle(const std::filesystem::path& folder, bool full_decoder);

  // An Error where what is used of a bundle is not what its SHA256SUMS says.
  static void check(const std::filesystem::path& folder, bool full_decoder, bool encoder,
                    unsigned threads);

  // The programs that every sound takes, the largest first.
  static std::vector<std::filesystem::path> programs(const std::filesystem::path& folder,
                                                     bool full_decoder);

  std::filesystem::path conditioners, dit, tokenizer;
  std::int64_t prompt_length;  // token ids
  Shape latent;                // (1, channels, length)
  std::int64_t samples;        // of sound, per channel
  int sample_rate;             // of that sound, per second
};

// The number of token ids that the conditioners take.
std::int64_t prompt_length(const std::filesystem::path& folder);

}  // namespace audiogen
