#include "program.h"

#include <executorch/extension/data_loader/buffer_data_loader.h>
#include <executorch/extension/module/module.h>
#include <executorch/extension/tensor/tensor.h>
#include <executorch/runtime/platform/platform.h>

#include <algorithm>
#include <cstdio>
#include <cstring>

#include "error.h"
#include "header.h"
#include "mapped.h"
#include "packed_cache.h"

// The wheel ships the library of this class but not its header, threadpool.h.
namespace executorch::extension::threadpool {
class ThreadPool {
 public:
  bool _unsafe_reset_threadpool(std::uint32_t threads);
};
ThreadPool* get_threadpool();
}  // namespace executorch::extension::threadpool

namespace audiogen {
namespace {

using executorch::aten::ScalarType;
using executorch::extension::Module;
using executorch::runtime::EValue;

constexpr char kForward[] = "forward";
// ExecuTorch's names, backends/xnnpack/runtime/XNNPACKBackend.h; the wheel ships no such header.
constexpr char kBackend[] = "XnnpackBackend", kCacheOption[] = "weight_cache_enabled",
               kPathOption[] = "packed_cache_path";
bool verbose_log = false;

Type type_of(ScalarType type, const std::filesystem::path& path) {
  switch (type) {
    case ScalarType::Float: return Type::kFloat;
    case ScalarType::Long: return Type::kInt64;
    case ScalarType::Bool: return Type::kBool;
    default:
      throw Error(path.string() + ": takes or gives tensors of type " +
                  std::to_string(static_cast<int>(type)) + "; float32, int64 and bool are known");
  }
}

ScalarType scalar_type(Type type) {
  return type == Type::kFloat   ? ScalarType::Float
         : type == Type::kInt64 ? ScalarType::Long
                                : ScalarType::Bool;
}

Spec spec_of(const executorch::runtime::TensorInfo& info, const std::filesystem::path& path) {
  return {type_of(info.scalar_type(), path), Shape(info.sizes().begin(), info.sizes().end())};
}

Array array_of(const executorch::aten::Tensor& tensor, const std::filesystem::path& path) {
  Array array(type_of(tensor.scalar_type(), path),
              Shape(tensor.sizes().begin(), tensor.sizes().end()));
  std::memcpy(array.bytes.data(), tensor.const_data_ptr(), array.bytes.size());
  return array;
}

std::string code(executorch::runtime::Error error) {
  return "ExecuTorch's error " + std::to_string(static_cast<int>(error));
}

void log_message(et_timestamp_t, et_pal_log_level_t level, const char* file, const char*,
                 size_t line, const char* message, size_t) {
  if (verbose_log) std::fprintf(stderr, "%c %s:%zu] %s\n", level, file, line, message);
}

}  // namespace

struct Program::Runtime {
  explicit Runtime(const std::filesystem::path& path)
      : file(path),
        module(
            std::make_unique<executorch::extension::BufferDataLoader>(file.data(), file.size())) {}

  // Packed weights are those of the file `packed`, or written there; none where it is empty.
  executorch::runtime::Error open(const std::filesystem::path& packed,
                                  executorch::runtime::Program::Verification verification) {
    executorch::runtime::BackendOptions<2> options;
    executorch::runtime::LoadBackendOptionsMap backends;
    if (!packed.empty()) {
      using executorch::runtime::Error;
      const bool is_set = options.set_option(kCacheOption, true) == Error::Ok &&
                          options.set_option(kPathOption, packed.c_str()) == Error::Ok &&
                          backends.set_options(kBackend, options.view()) == Error::Ok;
      if (!is_set) return Error::InvalidArgument;
    }
    return module.load(backends, verification);
  }

  // Outlives what is loaded from it.
  const Mapped file;
  Module module;
};

Program::Program(const std::filesystem::path& path) : Program(path, std::filesystem::path()) {}

Program::Program(const std::filesystem::path& path, PackedCache& cache)
    : Program(path, cache.find(path)) {
  cache_ = &cache;
}

Program::Program(const std::filesystem::path& path, const std::filesystem::path& packed)
    : path_(path) {
  if (!std::filesystem::is_regular_file(path))
    throw Error(path.string() + ": no such file; name the folder of a bundle (-m)");
  check_size(path);
  runtime_ = std::make_unique<Runtime>(path);
  using Verification = executorch::runtime::Program::Verification;
  const auto error = runtime_->open(packed, Verification::InternalConsistency);
  if (error != executorch::runtime::Error::Ok)
    throw Error(path.string() + ": cut off, damaged or no ExecuTorch program (" + code(error) +
                "); copy it again");
  read_specs();
}

Program::~Program() = default;
Program::Program(Program&&) noexcept = default;

bool Program::has(const std::string& method) {
  const auto names = runtime_->module.method_names();
  return names.ok() && names->count(method) > 0;
}

std::int64_t Program::constant(const std::string& method) {
  const auto value = runtime_->module.get(method);
  if (!value.ok() || !value->isInt())
    throw Error(path_.string() + ": has no integer '" + method + "'; build it anew");
  return value->toInt();
}

double Program::number(const std::string& method) {
  const auto value = runtime_->module.get(method);
  if (!value.ok() || !(value->isDouble() || value->isInt()))
    throw Error(path_.string() + ": has no number '" + method + "'; build it anew");
  return value->isDouble() ? value->toDouble() : static_cast<double>(value->toInt());
}

void Program::load() {
  // XNNPACK packs a copy of the weights: what it has read of the file is not needed again.
  const GivingBack giving_back(runtime_->file);
  const auto error = runtime_->module.load_forward();
  if (error != executorch::runtime::Error::Ok)
    throw Error(path_.string() + ": cannot be loaded (" + code(error) +
                "); is it whole, built for XNNPACK, and is there memory enough?");
}

std::vector<Array> Program::operator()(const std::vector<Array>& inputs) {
  std::vector<Array> outputs = run(inputs);
  if (cache_ && cache_->wants(path_)) cache_->remember(path_, {inputs, outputs});
  return outputs;
}

std::vector<Array> Program::run(const std::vector<Array>& inputs) {
  if (inputs.size() != inputs_.size())
    throw Error(path_.string() + ": takes " + std::to_string(inputs_.size()) + " inputs, not " +
                std::to_string(inputs.size()));
  std::vector<executorch::extension::TensorPtr> tensors;
  std::vector<EValue> values;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    check_input(i, inputs[i]);
    std::vector<executorch::aten::SizesType> sizes(inputs[i].shape.begin(), inputs[i].shape.end());
    // The runtime copies inputs; it does not write to them.
    tensors.push_back(executorch::extension::from_blob(
        const_cast<std::byte*>(inputs[i].bytes.data()), sizes, scalar_type(inputs[i].type)));
    values.emplace_back(tensors.back());
  }
  const auto result = runtime_->module.execute(kForward, values);
  if (!result.ok())
    throw Error(path_.string() + ": failed while computing (" + code(result.error()) +
                "); --verbose shows the runtime's own messages");
  std::vector<Array> outputs;
  for (const EValue& value : *result) outputs.push_back(array_of(value.toTensor(), path_));
  return outputs;
}

void Program::read_specs() {
  const auto meta = runtime_->module.method_meta(kForward);
  if (!meta.ok()) throw Error(path_.string() + ": has no method 'forward'; build it anew");
  for (std::size_t i = 0; i < meta->num_inputs(); ++i) {
    const auto info = meta->input_tensor_meta(i);
    if (!info.ok()) throw Error(path_.string() + ": takes an input that is no tensor");
    inputs_.push_back(spec_of(*info, path_));
  }
  for (std::size_t i = 0; i < meta->num_outputs(); ++i) {
    const auto info = meta->output_tensor_meta(i);
    if (!info.ok()) throw Error(path_.string() + ": gives an output that is no tensor");
    outputs_.push_back(spec_of(*info, path_));
  }
}

void Program::check_input(std::size_t index, const Array& input) const {
  const Spec& spec = inputs_[index];
  if (spec.type != input.type || spec.shape != input.shape)
    throw Error(path_.string() + ": input " + std::to_string(index) + " is " +
                type_name(spec.type) + " " + shape_name(spec.shape) + ", not " +
                type_name(input.type) + " " + shape_name(input.shape));
}

void require(bool holds, const Program& program, const std::string& what) {
  if (!holds) throw Error(program.path().string() + ": " + what + "; build the bundle anew");
}

void set_threads(unsigned threads) {
  executorch::extension::threadpool::get_threadpool()->_unsafe_reset_threadpool(threads);
}

void set_runtime_log(bool verbose) {
  verbose_log = verbose;
  executorch::runtime::register_pal(executorch::runtime::PalImpl::create(log_message, __FILE__));
}

}  // namespace audiogen
