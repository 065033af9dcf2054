#include "replay.h"

#include <algorithm>

#include "bundle.h"
#include "decoder.h"
#include "encoder.h"
#include "error.h"
#include "memory.h"
#include "packed_cache.h"
#include "program.h"
#include "recorder.h"
#include "submodules.h"

namespace audiogen {
namespace {

// The inputs of each call, read when it is run: they may be many.
int count_calls(const std::filesystem::path& folder, const Submodule& submodule) {
  int calls = 0;
  while (std::filesystem::exists(recorded(folder, submodule, calls, submodule.inputs[0]))) ++calls;
  return calls;
}

std::vector<Array> read_inputs(const std::filesystem::path& folder, const Submodule& submodule,
                               int call) {
  std::vector<Array> inputs;
  for (const std::string& name : submodule.inputs)
    inputs.push_back(read_npy(recorded(folder, submodule, call, name)));
  return inputs;
}

template <typename Callable>  // a Program or an Encoder
void replay_program(Callable program, const Options& options, const Submodule& submodule, int calls,
                    Stage& stage, Recorder& recorder) {
  stage.load_s += timed([&] { program.load(); });
  for (int call = 0; call < calls; ++call) {
    const auto inputs = read_inputs(options.replay, submodule, call);
    std::vector<Array> outputs;
    stage.run_s += timed([&] { outputs = program(inputs); });
    ++stage.calls;
    recorder.record(submodule, inputs, outputs);
  }
  stage.peak_bytes = peak_memory();
}

void replay_decoder(const Options& options, int calls, Stage& stage, Recorder& recorder) {
  PackedCache none;
  const Decoder decoder(options.models, options.full_decoder);
  for (int call = 0; call < calls; ++call) {
    const auto inputs = read_inputs(options.replay, kAutoencoder, call);
    const Array audio = decoder(inputs[0], decoder.samples(), none, stage, [](int, int) {});
    recorder.record(kAutoencoder, inputs, {audio});
  }
}

}  // namespace

Report replay(const Options& options) {
  if (!options.unchecked) {
    const bool encoder = count_calls(options.replay, kEncoder) > 0;
    Bundle::check(options.models, options.full_decoder, encoder, options.threads);
  }
  Report report;
  Recorder recorder(options.dump);
  int all = 0;
  for (const Submodule* submodule : {&kConditioners, &kEncoder, &kDit, &kAutoencoder}) {
    const int calls = count_calls(options.replay, *submodule);
    if (calls == 0) continue;
    all += calls;
    reset_peak_memory();
    Stage& stage = report.stage(submodule->name);
    if (submodule == &kAutoencoder)
      replay_decoder(options, calls, stage, recorder);
    else if (submodule == &kEncoder)
      replay_program(Encoder(options.models), options, *submodule, calls, stage, recorder);
    else
      replay_program(Program(options.models / submodule->file), options, *submodule, calls, stage,
                     recorder);
  }
  if (all == 0)
    throw Error(options.replay.string() + ": holds no calls, <submodule>/000.<input>.npy");
  return report;
}

}  // namespace audiogen
