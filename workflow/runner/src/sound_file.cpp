#include "sound_file.h"

#include <miniaudio.h>
#include <soxr.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <fstream>
#include <string>
#include <vector>

#include "error.h"
#include "options.h"
#include "submodules.h"

namespace audiogen {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kFrames = 4096;  // read at a time
// Beyond what is asked for, for the resampler's filter, which reaches a few ms ahead.
constexpr double kAhead = 0.1;
// Of a RIFF that is written while it lasts, whose writer did not know the size; sox has the lowest.
constexpr std::uint32_t kUnknownSize = 0x7ffff000;

[[noreturn]] void fail(const fs::path& path, const std::string& what) {
  throw Error(path.string() + ": " + what);
}

// What each part of a RIFF begins with, and the RIFF itself; little-endian, as in header.cpp.
struct Chunk {
  char name[4];
  std::uint32_t size;
  bool is(const char* wanted) const { return std::memcmp(name, wanted, 4) == 0; }
};

// An Error where a RIFF says that it, or what comes before its samples, is longer than its file:
// decoders pass over the one, and the other may have them seek back and forth for ever.
void check_whole(const fs::path& path) {
  Chunk chunk{};
  std::ifstream file(path, std::ios::binary);
  const auto next = [&] { return bool(file.read(reinterpret_cast<char*>(&chunk), sizeof(chunk))); };
  if (!next() || !chunk.is("RIFF")) return;
  const std::uintmax_t there = fs::file_size(path), size = std::uintmax_t{chunk.size} + 8;
  if (chunk.size < kUnknownSize && there < size)
    fail(path, "is cut off: " + std::to_string(there) + " of " + std::to_string(size) +
                   " bytes; copy it again");
  std::uintmax_t end = 12;
  while (file.seekg(static_cast<std::streamoff>(end)) && next() && !chunk.is("data")) {
    end += sizeof(chunk) + std::uintmax_t{chunk.size} + chunk.size % 2;
    if (end > there + 1)
      fail(path, "is damaged: a part of " + std::to_string(chunk.size) +
                     " bytes comes before its samples; convert it to WAV anew (-i)");
  }
}

class Decoding {
 public:
  explicit Decoding(const fs::path& path) : path_(path) {
    const ma_decoder_config config = ma_decoder_config_init(ma_format_f32, 0, 0);
    if (ma_decoder_init_file(path.c_str(), &config, &decoder_) != MA_SUCCESS)
      fail(path, "is no WAV, AIFF or FLAC that can be read, or is damaged; convert it to WAV (-i)");
  }
  ~Decoding() { ma_decoder_uninit(&decoder_); }
  Decoding(const Decoding&) = delete;
  Decoding& operator=(const Decoding&) = delete;

  std::uint32_t rate() const { return decoder_.outputSampleRate; }

  // The first two channels of the first frames, `most` of them or all that there are.
  std::vector<std::vector<float>> read(std::uint64_t most) {
    const std::size_t channels = decoder_.outputChannels;
    if (channels < 1) fail(path_, "has no channels");
    std::vector<std::vector<float>> sound(std::min<std::size_t>(channels, kChannels));
    std::vector<float> frames(kFrames * channels);
    while (sound[0].size() < most) {
      ma_uint64 count = 0;
      const ma_uint64 wanted = std::min<std::uint64_t>(kFrames, most - sound[0].size());
      ma_decoder_read_pcm_frames(&decoder_, frames.data(), wanted, &count);
      for (std::size_t channel = 0; channel < sound.size(); ++channel)
        for (ma_uint64 i = 0; i < count; ++i)
          sound[channel].push_back(frames[i * channels + channel]);
      if (count < wanted) break;
    }
    check_length(sound[0].size(), most);
    return sound;
  }

 private:
  // An Error where fewer frames came out than the file says it has.
  void check_length(std::uint64_t count, std::uint64_t most) {
    ma_uint64 length = 0;
    if (ma_decoder_get_length_in_pcm_frames(&decoder_, &length) != MA_SUCCESS) length = 0;
    if (count < std::min<std::uint64_t>(length, most))
      fail(path_, "is cut off or damaged: " + std::to_string(count) + " of " +
                      std::to_string(length) + " samples can be read; copy it again");
    if (count == 0) fail(path_, "has no samples");
  }

  fs::path path_;
  ma_decoder decoder_;
};

// What `rate` makes of a channel that was sampled at `from`, Hz both; libsoxr's very high quality.
std::vector<float> resampled(const std::vector<float>& channel, double from, double rate) {
  const auto length =
      static_cast<std::size_t>(std::ceil(static_cast<double>(channel.size()) * rate / from));
  std::vector<float> result(length);
  const soxr_quality_spec_t quality = soxr_quality_spec(SOXR_VHQ, 0);
  std::size_t made = 0;
  if (soxr_oneshot(from, rate, 1, channel.data(), channel.size(), nullptr, result.data(), length,
                   &made, nullptr, &quality, nullptr))
    throw Error("out of memory");
  result.resize(made);
  return result;
}

}  // namespace

Array read_sound(const fs::path& path, int rate, std::int64_t samples) {
  std::error_code error;
  if (!fs::is_regular_file(path, error)) fail(path, "no such file (-i)");
  if (std::ifstream(path).fail()) fail(path, "cannot be read (-i)");
  check_whole(path);
  Decoding file(path);
  const std::uint32_t from = file.rate();
  if (from < 1 || from > static_cast<std::uint32_t>(kMaxRate))
    fail(path, "has " + std::to_string(from) + " samples a second");
  const bool same = from == static_cast<std::uint32_t>(rate);
  const double seconds = static_cast<double>(samples) / rate + kAhead;
  auto sound = file.read(same ? static_cast<std::uint64_t>(samples)
                              : static_cast<std::uint64_t>(std::ceil(seconds * from)));
  Array result(Type::kFloat, {kChannels, samples});
  for (std::int64_t channel = 0; channel < kChannels; ++channel) {
    auto& read = sound[std::min<std::size_t>(static_cast<std::size_t>(channel), sound.size() - 1)];
    if (!std::all_of(read.begin(), read.end(), [](float x) { return std::isfinite(x); }))
      fail(path, "has samples that are not finite");
    const std::vector<float> made = same ? read : resampled(read, from, rate);
    std::copy_n(made.begin(), std::min(static_cast<std::int64_t>(made.size()), samples),
                result.floats() + channel * samples);
  }
  return result;
}

}  // namespace audiogen
