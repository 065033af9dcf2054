// Latent to sound: by the whole decoder, or by its head and windows of its tail.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "array.h"
#include "packed_cache.h"
#include "program.h"
#include "report.h"

namespace audiogen {

class Decoder {
 public:
  // The names of what is used in `folder`: head and tail where both are there, unless `full`.
  static std::vector<std::string> files(const std::filesystem::path& folder, bool full);

  // Head and tail where both are in `folder`, unless `full`. An Error where they do not fit.
  Decoder(const std::filesystem::path& folder, bool full);

  const std::filesystem::path& path() const { return first_; }
  const Shape& latent() const { return latent_; }
  std::int64_t samples() const { return samples_; }
  // Per second: the constant method `sample_rate`; 44100 where there is none, as in Arm's export.
  int sample_rate() const { return sample_rate_; }

  // Audio, float32 (2, samples), of which the first `needed` samples are computed at least; the
  // others may be zero. Programs are loaded and freed here, and `stage` is told what that took.
  Array operator()(const Array& latent, std::int64_t needed, PackedCache& cache, Stage& stage,
                   const std::function<void(int, int)>& progress) const;

 private:
  void read_rate(Program& program);
  void check_full();
  void check_parts();
  Array by_windows(const Array& hidden, std::int64_t needed, PackedCache& cache, Stage& stage,
                   const std::function<void(int, int)>& progress) const;

  std::filesystem::path first_, tail_;  // no tail: first_ is the whole decoder
  Shape latent_, hidden_;
  std::int64_t samples_ = 0, width_ = 0, overlap_ = 0, ratio_ = 0;
  int sample_rate_ = 44100;
};

}  // namespace audiogen
