#include "bundle.h"

#include "decoder.h"
#include "error.h"
#include "program.h"
#include "submodules.h"
#include "sums.h"

namespace audiogen {
namespace {

void require_match(bool holds, const Program& program, const std::string& what) {
  if (!holds)
    throw Error(program.path().string() + ": " + what +
                "; the files are not of one bundle, copy them again");
}

void require_tensor(const Program& program, const Spec& spec, Type type, std::size_t rank,
                    const std::string& name) {
  require_match(spec.type == type && spec.shape.size() == rank, program,
                name + " is " + type_name(spec.type) + " " + shape_name(spec.shape));
}

void check_conditioners(const Program& program) {
  require_match(program.inputs().size() == 3 && program.outputs().size() == 3, program,
                "does not take 3 inputs and give 3 outputs");
  require_tensor(program, program.inputs()[0], Type::kInt64, 2, "input_ids");
  require_tensor(program, program.inputs()[1], Type::kInt64, 2, "attention_mask");
  require_tensor(program, program.inputs()[2], Type::kFloat, 1, "seconds_total");
  require_match(program.inputs()[0].shape == program.inputs()[1].shape, program,
                "input_ids and attention_mask differ in shape");
  require_match(program.inputs()[0].shape[1] > 0, program, "takes no tokens");
}

void check_dit(const Program& program, const Program& conditioners) {
  require_match(program.inputs().size() == 4 && program.outputs().size() == 1, program,
                "does not take 4 inputs and give 1 output");
  require_tensor(program, program.inputs()[0], Type::kFloat, 3, "x");
  require_tensor(program, program.inputs()[1], Type::kFloat, 1, "t");
  require_match(program.inputs()[2].shape == conditioners.outputs()[0].shape, program,
                "cross_attn_cond is not of the conditioners' shape");
  require_match(program.inputs()[3].shape == conditioners.outputs()[2].shape, program,
                "global_cond is not of the conditioners' shape");
  require_match(program.outputs()[0].shape == program.inputs()[0].shape, program,
                "velocity is not of x's shape");
}

}  // namespace

Bundle::Bundle(const std::filesystem::path& folder, bool full_decoder)
    : conditioners(folder / kConditioners.file),
      dit(folder / kDit.file),
      tokenizer(folder / kTokenizerFile) {
  if (!std::filesystem::is_directory(folder))
    throw Error(folder.string() + ": no such folder; name the folder of a bundle (-m)");
  const Program first(conditioners), second(dit);
  check_conditioners(first);
  check_dit(second, first);
  const Decoder decoder(folder, full_decoder);
  prompt_length = first.inputs()[0].shape[1];
  latent = second.inputs()[0].shape;
  samples = decoder.samples();
  sample_rate = decoder.sample_rate();
  if (decoder.latent() != latent)
    throw Error(decoder.path().string() + ": takes a latent of " + shape_name(decoder.latent()) +
                ", the DiT's is " + shape_name(latent) +
                "; the files are not of one bundle, copy them again");
}

void Bundle::check(const std::filesystem::path& folder, bool full_decoder, bool encoder,
                   unsigned threads) {
  std::vector<std::string> names;
  for (const auto& path : programs(folder, full_decoder)) names.push_back(path.filename());
  // Where there is none, that is told when it is looked for.
  if (encoder && std::filesystem::exists(folder / kEncoder.file)) names.push_back(kEncoder.file);
  names.push_back(kTokenizerFile);
  check_files(folder, names, threads);
}

std::vector<std::filesystem::path> Bundle::programs(const std::filesystem::path& folder,
                                                    bool full_decoder) {
  std::vector<std::filesystem::path> paths = {folder / kDit.file};
  for (const std::string& name : Decoder::files(folder, full_decoder))
    paths.push_back(folder / name);
  paths.push_back(folder / kConditioners.file);
  return paths;
}

std::int64_t prompt_length(const std::filesystem::path& folder) {
  const Program program(folder / kConditioners.file);
  check_conditioners(program);
  return program.inputs()[0].shape[1];
}

}  // namespace audiogen
