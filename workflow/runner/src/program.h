// A `.pte` in ExecuTorch's runtime.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "array.h"

namespace audiogen {

class PackedCache;

// Longest name that ExecuTorch takes for a file of packed weights, in bytes.
constexpr std::size_t kMaxPackedPath = 255;

struct Spec {
  Type type;
  Shape shape;
};

// One program's `forward`. Opening reads the file's metadata only; the first call, or load(), packs
// the weights. Everything is freed with the object.
class Program {
 public:
  // An Error where the file is missing, cut off, damaged or no program.
  explicit Program(const std::filesystem::path& path);
  // Takes packed weights from `cache` where it has them, else gives it the first call.
  Program(const std::filesystem::path& path, PackedCache& cache);
  // Reads packed weights from the file `packed`, or writes them there where it is missing.
  Program(const std::filesystem::path& path, const std::filesystem::path& packed);
  ~Program();
  Program(Program&&) noexcept;

  const std::filesystem::path& path() const { return path_; }
  const std::vector<Spec>& inputs() const { return inputs_; }
  const std::vector<Spec>& outputs() const { return outputs_; }

  bool has(const std::string& method);

  // The value of a method without inputs that gives one integer.
  std::int64_t constant(const std::string& method);

  // The value of one that gives a number, whole or not.
  double number(const std::string& method);

  void load();
  std::vector<Array> operator()(const std::vector<Array>& inputs);

 private:
  struct Runtime;

  std::vector<Array> run(const std::vector<Array>& inputs);
  void read_specs();
  void check_input(std::size_t index, const Array& input) const;

  std::filesystem::path path_;
  PackedCache* cache_ = nullptr;
  std::unique_ptr<Runtime> runtime_;
  std::vector<Spec> inputs_, outputs_;
};

// An Error, of the program's path and `what`, where a condition does not hold.
void require(bool holds, const Program& program, const std::string& what);

// Threads that programs compute with. Call before the first one is loaded.
void set_threads(unsigned threads);

// Keeps the runtime's own messages back, or prints them where `verbose`.
void set_runtime_log(bool verbose);

}  // namespace audiogen
