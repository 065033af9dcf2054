#include "generator.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "bundle.h"
#include "decoder.h"
#include "encoder.h"
#include "error.h"
#include "files.h"
#include "memory.h"
#include "noise.h"
#include "packed_cache.h"
#include "program.h"
#include "progress.h"
#include "recorder.h"
#include "sampler.h"
#include "sound_file.h"
#include "submodules.h"
#include "tokenizer.h"
#include "wav.h"

namespace audiogen {
namespace {

// What is known of a prompt before its latent is sampled.
struct Condition {
  Array cross_attention, global;
};

// At full strength nothing is left of a sound.
bool starts_from_sound(const Prompt& prompt) {
  return !prompt.input.empty() && prompt.strength < 1;
}

void make_folder(const std::filesystem::path& folder) {
  std::error_code error;
  if (!folder.empty()) std::filesystem::create_directories(folder, error);
  if (error) throw Error(folder.string() + ": no folder can be made here (-o of --prompts)");
}

PackedCache open_cache(const Options& options) {
  if (options.cache.empty()) return {};
  return {options.cache, Bundle::programs(options.models, options.full_decoder), options.threads,
          options.unchecked};
}

class Generation {
 public:
  explicit Generation(const Options& options)
      : options_(options),
        bundle_(options.models, options.full_decoder),
        tokenizer_(bundle_.tokenizer, bundle_.prompt_length),
        cache_(open_cache(options)),
        recorder_(options.dump),
        rate_(options.sample_rate ? options.sample_rate : bundle_.sample_rate) {
    for (const Prompt& prompt : options.prompts) samples_.push_back(samples(prompt));
    make_folder(options.folder);
    for (const auto& output : options.outputs) check_writable(output, "-o");
    if (!options.json.empty()) check_writable(options.json, "--json");
  }

  Report run() {
    int last = 0;
    for (const Prompt& prompt : options_.prompts) last = std::max(last, prompt.turn);
    for (int turn = 0; turn <= last; ++turn) {
      std::vector<std::size_t> numbers;
      for (std::size_t i = 0; i < options_.prompts.size(); ++i)
        if (options_.prompts[i].turn == turn) numbers.push_back(i);
      run(numbers);
    }
    // Last: whatever happens, the sounds are there.
    if (cache_.is_waiting()) {
      progress_.show("keep packed weights");
      cache_.fill(report_.stage("cache"));
    }
    return report_;
  }

 private:
  // Makes the sounds of these prompts.
  void run(const std::vector<std::size_t>& numbers) {
    // First, since files may be broken.
    const std::vector<Start> starts = encode(numbers);
    const std::vector<Condition> conditions = condition(numbers);
    const std::vector<Array> latents = sample(numbers, conditions, starts);
    for (std::size_t i = 0; i < numbers.size(); ++i) decode(latents[i], numbers[i]);
  }

  std::vector<Start> encode(const std::vector<std::size_t>& numbers) {
    std::vector<Start> starts(numbers.size());
    const auto has_sound = [&](std::size_t i) { return starts_from_sound(options_.prompts[i]); };
    if (std::none_of(numbers.begin(), numbers.end(), has_sound)) return starts;
    reset_peak_memory();
    Encoder encoder(options_.models);
    if (encoder.shape() != bundle_.latent)
      throw Error((options_.models / kEncoder.file).string() + ": gives a latent of " +
                  shape_name(encoder.shape()) + ", the DiT's is " + shape_name(bundle_.latent) +
                  "; the files are not of one bundle, copy them again");
    Stage* stage = nullptr;
    for (std::size_t i = 0; i < numbers.size(); ++i) {
      const Prompt& prompt = options_.prompts[numbers[i]];
      if (!has_sound(numbers[i])) continue;
      const Array sound = read_sound(prompt.input, bundle_.sample_rate, encoder.samples());
      if (!stage) {
        stage = &report_.stage(kEncoder.name);
        progress_.show("load " + kEncoder.file);
        stage->load_s += timed([&] { encoder.load(); });
      }
      progress_.show("encoder");
      const auto outputs = call(encoder, kEncoder, {sound}, *stage);
      const Array latent = encoder.latent(outputs, prompt.seed);
      starts[i] = {{latent.floats(), latent.floats() + latent.size()}, prompt.strength};
    }
    return starts;
  }

  // Of a sound, per channel.
  std::int64_t samples(const Prompt& prompt) const {
    const double longest = static_cast<double>(bundle_.samples) / rate_;
    // Halves go to the even number, as Python's round() has it.
    const auto samples = std::llrint(std::nearbyint(std::min(prompt.seconds, 1e6) * rate_));
    if (samples < 1 || samples > bundle_.samples)
      throw UsageError((prompt.name.empty() ? "-l" : prompt.name) + ": " +
                       std::to_string(prompt.seconds) +
                       " seconds; this model makes sounds of up to " + std::to_string(longest));
    return samples;
  }

  std::vector<Condition> condition(const std::vector<std::size_t>& numbers) {
    Stage& stage = report_.stage(kConditioners.name);
    Program program = load(bundle_.conditioners, stage);
    std::vector<Condition> conditions;
    for (const std::size_t number : numbers) {
      const Prompt& prompt = options_.prompts[number];
      Tokens tokens = tokenizer_(prompt.text);
      warn_if_cut(tokens);
      const Array seconds({1}, {static_cast<float>(prompt.seconds)});
      auto outputs = call(program, kConditioners, {tokens.ids, tokens.mask, seconds}, stage);
      conditions.push_back({std::move(outputs[0]), std::move(outputs[2])});
    }
    return conditions;
  }

  std::vector<Array> sample(const std::vector<std::size_t>& numbers,
                            const std::vector<Condition>& conditions,
                            const std::vector<Start>& starts) {
    Stage& stage = report_.stage(kDit.name);
    Program program = load(bundle_.dit, stage);
    std::vector<Array> latents;
    for (std::size_t i = 0; i < conditions.size(); ++i) {
      const Condition& condition = conditions[i];
      const Prompt& prompt = options_.prompts[numbers[i]];
      int step = 0;
      const Velocity velocity = [&](const std::vector<float>& x, float t) {
        const Array output = call(program, kDit,
                                  {Array(bundle_.latent, x), Array({1}, {t}),
                                   condition.cross_attention, condition.global},
                                  stage)[0];
        progress_.show("step", ++step, prompt.steps);
        return std::vector<float>(output.floats(), output.floats() + output.size());
      };
      latents.emplace_back(bundle_.latent,
                           sample_pingpong(velocity, count(bundle_.latent), prompt.steps,
                                           Noise(prompt.seed), starts[i]));
    }
    return latents;
  }

  void decode(const Array& latent, std::size_t number) {
    reset_peak_memory();
    Stage& stage = report_.stage(kAutoencoder.name);
    const Decoder decoder(options_.models, options_.full_decoder);
    // What is kept for comparison is kept whole.
    const std::int64_t needed = options_.dump.empty() ? samples_[number] : bundle_.samples;
    const Array audio = decoder(latent, needed, cache_, stage,
                                [&](int done, int all) { progress_.show("decoder", done, all); });
    recorder_.record(kAutoencoder, {latent}, {audio});
    progress_.clear();
    write(audio, samples_[number], options_.outputs[number]);
  }

  void write(const Array& audio, std::int64_t samples, const std::filesystem::path& path) {
    Sound sound;
    for (std::int64_t channel = 0; channel < audio.shape[0]; ++channel) {
      const float* first = audio.floats() + channel * audio.shape[1];
      sound.emplace_back(first, first + samples);
    }
    normalize(sound);
    write_wav(path, sound, rate_);
    std::printf("%s\n", path.c_str());
  }

  Program load(const std::filesystem::path& path, Stage& stage) {
    reset_peak_memory();
    progress_.show("load " + path.filename().string());
    Program program(path, cache_);
    stage.load_s += timed([&] { program.load(); });
    return program;
  }

  template <typename Callable>  // a Program or an Encoder
  std::vector<Array> call(Callable& program, const Submodule& submodule,
                          const std::vector<Array>& inputs, Stage& stage) {
    std::vector<Array> outputs;
    stage.run_s += timed([&] { outputs = program(inputs); });
    ++stage.calls;
    stage.peak_bytes = std::max(stage.peak_bytes, peak_memory());
    recorder_.record(submodule, inputs, outputs);
    return outputs;
  }

  void warn_if_cut(const Tokens& tokens) const {
    if (tokens.needed > tokens.ids.size())
      std::fprintf(stderr,
                   "audiogen: the prompt has %zu tokens, the model takes %zu: its end is "
                   "left out\n",
                   tokens.needed, tokens.ids.size());
  }

  const Options& options_;
  const Bundle bundle_;
  const Tokenizer tokenizer_;
  PackedCache cache_;
  Recorder recorder_;
  const int rate_;
  Report report_;
  Progress progress_;
  std::vector<std::int64_t> samples_;  // of each prompt
};

}  // namespace

Report generate(const Options& options) {
  const auto& prompts = options.prompts;
  const bool encoder = std::any_of(prompts.begin(), prompts.end(), starts_from_sound);
  if (!options.unchecked)
    Bundle::check(options.models, options.full_decoder, encoder, options.threads);
  return Generation(options).run();
}

void print_tokens(const Options& options) {
  const Tokenizer tokenizer(options.models / kTokenizerFile, prompt_length(options.models));
  for (const Prompt& prompt : options.prompts) {
    Tokens tokens = tokenizer(prompt.text);
    for (std::size_t i = 0; i < tokens.ids.size(); ++i)
      std::printf("%s%lld", i ? " " : "", static_cast<long long>(tokens.ids.integers()[i]));
    std::printf("\n");
  }
}

}  // namespace audiogen
