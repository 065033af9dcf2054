// Arrays that go into and come out of programs, and NumPy's .npy files of them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace audiogen {

using Shape = std::vector<std::int64_t>;

enum class Type { kFloat, kInt64, kBool };

std::size_t item_size(Type type);
std::string type_name(Type type);
std::string shape_name(const Shape& shape);

// Items of a tensor; an Error where a size is negative, or the bytes are more than 63 bits count.
std::size_t count(const Shape& shape);

// A contiguous array in row-major order.
struct Array {
  Array() = default;
  Array(Type type_, Shape shape_);
  Array(Shape shape_, const std::vector<float>& values);

  float* floats() { return reinterpret_cast<float*>(bytes.data()); }
  const float* floats() const { return reinterpret_cast<const float*>(bytes.data()); }
  std::int64_t* integers() { return reinterpret_cast<std::int64_t*>(bytes.data()); }
  std::size_t size() const { return count(shape); }

  Type type = Type::kFloat;
  Shape shape;
  std::vector<std::byte> bytes;
};

// Format: numpy.lib.format, version 1.0, little-endian.
// Reading throws an Error where the file is of another format or shorter than its header says.
void write_npy(const std::filesystem::path& path, const Array& array);
Array read_npy(const std::filesystem::path& path);

}  // namespace audiogen
