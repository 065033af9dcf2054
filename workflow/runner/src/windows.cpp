#include "windows.h"

#include <algorithm>

namespace audiogen {
namespace {

std::int64_t rows(const Array& array) {
  return static_cast<std::int64_t>(array.size()) / array.shape.back();
}

}  // namespace

std::vector<Window> windows(std::int64_t length, std::int64_t width, std::int64_t overlap,
                            std::int64_t needed) {
  std::vector<Window> result;
  for (std::int64_t from = 0; from < std::min(needed, length); from = result.back().to) {
    const std::int64_t start = std::min(std::max(from - overlap, INT64_C(0)), length - width);
    const std::int64_t end = start + width;
    result.push_back({start, from, end == length ? length : end - overlap});
  }
  return result;
}

Array cut(const Array& whole, std::int64_t start, std::int64_t width) {
  Shape shape = whole.shape;
  shape.back() = width;
  Array part(Type::kFloat, shape);
  paste(whole, start, width, part, 0);
  return part;
}

void paste(const Array& part, std::int64_t from, std::int64_t width, Array& whole,
           std::int64_t to) {
  for (std::int64_t row = 0; row < rows(whole); ++row)
    std::copy_n(part.floats() + row * part.shape.back() + from, width,
                whole.floats() + row * whole.shape.back() + to);
}

}  // namespace audiogen
