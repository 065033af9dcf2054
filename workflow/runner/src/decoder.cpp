#include "decoder.h"

#include <algorithm>

#include "error.h"
#include "memory.h"
#include "options.h"
#include "submodules.h"
#include "windows.h"

namespace audiogen {
namespace {

// The shape of a program's only input or output.
const Shape& only(const Program& program, const std::vector<Spec>& specs, std::size_t rank) {
  require(specs.size() == 1 && specs[0].type == Type::kFloat && specs[0].shape.size() == rank,
          program, "does not take one float32 tensor and give one, as a decoder does");
  return specs[0].shape;
}

}  // namespace

std::vector<std::string> Decoder::files(const std::filesystem::path& folder, bool full) {
  const bool has_parts =
      std::filesystem::exists(folder / kHeadFile) && std::filesystem::exists(folder / kTailFile);
  if (has_parts && !full) return {kTailFile, kHeadFile};
  return {kAutoencoder.file};
}

Decoder::Decoder(const std::filesystem::path& folder, bool full) {
  if (files(folder, full).size() > 1) {
    first_ = folder / kHeadFile;
    tail_ = folder / kTailFile;
    check_parts();
  } else {
    first_ = folder / kAutoencoder.file;
    check_full();
  }
}

void Decoder::read_rate(Program& program) {
  if (!program.has("sample_rate")) return;
  const std::int64_t rate = program.constant("sample_rate");
  require(rate >= 1 && rate <= kMaxRate, program, "has a sample rate of " + std::to_string(rate));
  sample_rate_ = static_cast<int>(rate);
}

void Decoder::check_full() {
  Program program(first_);
  read_rate(program);
  latent_ = only(program, program.inputs(), 3);
  const Shape& audio = only(program, program.outputs(), 2);
  require(audio[0] == kChannels, program, "gives no stereo sound");
  samples_ = audio[1];
}

void Decoder::check_parts() {
  Program head(first_);
  read_rate(head);
  latent_ = only(head, head.inputs(), 3);
  hidden_ = only(head, head.outputs(), 3);
  Program tail(tail_);
  const Shape& window = only(tail, tail.inputs(), 3);
  const Shape& audio = only(tail, tail.outputs(), 2);
  width_ = window[2];
  overlap_ = tail.constant("overlap");
  require(audio[0] == kChannels && width_ > 0 && audio[1] % width_ == 0, tail,
          "gives no stereo sound");
  ratio_ = audio[1] / width_;
  samples_ = hidden_[2] * ratio_;
  require(window[0] == hidden_[0] && window[1] == hidden_[1] && width_ <= hidden_[2], tail,
          "takes windows of " + shape_name(window) + ", which the head's " + shape_name(hidden_) +
              " has not");
  require(overlap_ >= 0 && overlap_ < (width_ + 1) / 2, tail,
          "has an overlap of half a window or more");
}

Array Decoder::operator()(const Array& latent, std::int64_t needed, PackedCache& cache,
                          Stage& stage, const std::function<void(int, int)>& progress) const {
  ++stage.calls;
  Array output;
  {
    Program program(first_, cache);
    stage.load_s += timed([&] { program.load(); });
    stage.run_s += timed([&] { output = std::move(program({latent})[0]); });
    stage.peak_bytes = std::max(stage.peak_bytes, peak_memory());
  }
  return tail_.empty() ? output : by_windows(output, needed, cache, stage, progress);
}

Array Decoder::by_windows(const Array& hidden, std::int64_t needed, PackedCache& cache,
                          Stage& stage, const std::function<void(int, int)>& progress) const {
  Program tail(tail_, cache);
  stage.load_s += timed([&] { tail.load(); });
  Array sound(Type::kFloat, {kChannels, samples_});
  const auto plan = windows(hidden_[2], width_, overlap_, (needed + ratio_ - 1) / ratio_);
  stage.run_s += timed([&] {
    for (std::size_t i = 0; i < plan.size(); ++i) {
      const Window& window = plan[i];
      const Array audio = tail({cut(hidden, window.start, width_)})[0];
      paste(audio, (window.from - window.start) * ratio_, (window.to - window.from) * ratio_, sound,
            window.from * ratio_);
      progress(static_cast<int>(i) + 1, static_cast<int>(plan.size()));
    }
  });
  stage.peak_bytes = std::max(stage.peak_bytes, peak_memory());
  return sound;
}

}  // namespace audiogen
