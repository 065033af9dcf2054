#include "wav.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>

#include "error.h"
#include "files.h"

namespace audiogen {
namespace {

// Just below full scale, so that no reader's rounding clips.
constexpr float kPeak = 0.99f;

// As libsndfile does with clipping on: to 32 bits by rounding, of which the upper 16 are kept.
std::uint32_t pcm16(float sample) {
  return static_cast<std::uint32_t>(std::llrintf(sample * 0x1p31f) >> 16);
}

class Bytes {
 public:
  void text(const char* value) { content_ += value; }

  // Little-endian, `size` bytes.
  void number(std::uint32_t value, int size) {
    for (int i = 0; i < size; ++i) content_ += static_cast<char>(value >> (8 * i) & 0xff);
  }

  const std::string& content() const { return content_; }

 private:
  std::string content_;
};

std::string encode(const Sound& sound, int sample_rate) {
  const auto channels = static_cast<std::uint32_t>(sound.size());
  const auto samples = static_cast<std::uint32_t>(sound[0].size());
  const auto rate = static_cast<std::uint32_t>(sample_rate);
  Bytes file;
  file.text("RIFF"), file.number(36 + samples * channels * 2, 4), file.text("WAVE");
  file.text("fmt "), file.number(16, 4), file.number(1 /* PCM */, 2), file.number(channels, 2);
  file.number(rate, 4), file.number(rate * channels * 2, 4);
  file.number(channels * 2, 2), file.number(16 /* bits */, 2);
  file.text("data"), file.number(samples * channels * 2, 4);
  for (std::size_t i = 0; i < samples; ++i)
    for (const auto& channel : sound) file.number(pcm16(channel[i]), 2);
  return file.content();
}

}  // namespace

void normalize(Sound& sound) {
  float peak = 0;
  bool finite = true;
  for (const auto& channel : sound)
    for (const float sample : channel) {
      peak = std::max(peak, std::abs(sample));
      finite = finite && std::isfinite(sample);
    }
  if (!finite) throw Error("the generated sound is not finite: the model did not work");
  if (peak == 0) throw Error("the generated sound is silence: the model did not work");
  const float scale = kPeak / peak;
  for (auto& channel : sound)
    for (float& sample : channel) sample *= scale;
}

void write_wav(const std::filesystem::path& path, const Sound& sound, int sample_rate) {
  write_whole(path, encode(sound, sample_rate), "-o");
}

}  // namespace audiogen
