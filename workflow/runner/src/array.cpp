#include "array.h"

#include <array>
#include <cstring>
#include <fstream>
#include <numeric>
#include <sstream>

#include "error.h"

namespace audiogen {
namespace {

constexpr std::array<char, 8> kMagic = {'\x93', 'N', 'U', 'M', 'P', 'Y', 1, 0};
// The header, with magic and length, ends at a multiple of this.
constexpr std::size_t kAlignment = 64;
constexpr std::size_t kPreamble = kMagic.size() + 2;

std::string descriptor(Type type) {
  return type == Type::kFloat ? "<f4" : type == Type::kInt64 ? "<i8" : "|b1";
}

Type parse_descriptor(const std::string& text, const std::filesystem::path& path) {
  for (Type type : {Type::kFloat, Type::kInt64, Type::kBool})
    if (descriptor(type) == text) return type;
  throw Error(path.string() + ": holds " + text + "; only <f4, <i8 and |b1 are read");
}

// What stands between two texts, or a text that is no number where one is missing.
std::string between(const std::string& text, const std::string& before, const std::string& after) {
  const std::size_t found = text.find(before);
  if (found == std::string::npos) return "?";
  const std::size_t start = found + before.size();
  return text.substr(start, text.find(after, start) - start);
}

Shape parse_shape(const std::string& text) {
  Shape shape;
  std::istringstream numbers(text);
  for (std::string number; std::getline(numbers, number, ',');)
    if (number.find_first_not_of(' ') != std::string::npos) shape.push_back(std::stoll(number));
  return shape;
}

}  // namespace

std::size_t item_size(Type type) {
  return type == Type::kFloat ? sizeof(float) : type == Type::kInt64 ? sizeof(std::int64_t) : 1;
}

std::string type_name(Type type) {
  return type == Type::kFloat ? "float32" : type == Type::kInt64 ? "int64" : "bool";
}

std::string shape_name(const Shape& shape) {
  std::string text = "(";
  for (std::size_t i = 0; i < shape.size(); ++i) text += (i ? ", " : "") + std::to_string(shape[i]);
  return text + (shape.size() == 1 ? ",)" : ")");
}

std::size_t count(const Shape& shape) {
  return static_cast<std::size_t>(
      std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, std::multiplies<>()));
}

Array::Array(Type type_, Shape shape_)
    : type(type_), shape(std::move(shape_)), bytes(count(shape) * item_size(type)) {}

Array::Array(Shape shape_, const std::vector<float>& values)
    : Array(Type::kFloat, std::move(shape_)) {
  std::memcpy(bytes.data(), values.data(), bytes.size());
}

void write_npy(const std::filesystem::path& path, const Array& array) {
  std::string header = "{'descr': '" + descriptor(array.type) + "', 'fortran_order': False, " +
                       "'shape': " + shape_name(array.shape) + ", }";
  header.append(kAlignment - (kPreamble + header.size() + 1) % kAlignment, ' ');
  header += '\n';
  std::ofstream file(path, std::ios::binary);
  file.write(kMagic.data(), kMagic.size());
  file.put(static_cast<char>(header.size() & 0xff)).put(static_cast<char>(header.size() >> 8));
  file << header;
  file.write(reinterpret_cast<const char*>(array.bytes.data()),
             static_cast<std::streamsize>(array.bytes.size()));
  file.close();
  if (!file) throw Error(path.string() + ": cannot be written; is the disk full?");
}

Array read_npy(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::array<char, kPreamble> preamble{};
  file.read(preamble.data(), preamble.size());
  if (!file || !std::equal(kMagic.begin(), kMagic.end(), preamble.begin()))
    throw Error(path.string() + ": not a .npy file of version 1.0");
  const auto low = static_cast<unsigned char>(preamble[8]);
  const auto high = static_cast<unsigned char>(preamble[9]);
  std::string header(low + 256u * high, '\0');
  file.read(header.data(), static_cast<std::streamsize>(header.size()));
  const std::string type = between(header, "'descr': '", "'");
  const std::string shape = between(header, "'fortran_order': False, 'shape': (", ")");
  if (!file || type.empty() || shape.find_first_not_of("0123456789, ") != std::string::npos)
    throw Error(path.string() + ": its .npy header is not one that this program reads");
  Array array(parse_descriptor(type, path), parse_shape(shape));
  file.read(reinterpret_cast<char*>(array.bytes.data()),
            static_cast<std::streamsize>(array.bytes.size()));
  if (!file) throw Error(path.string() + ": is shorter than its header says");
  return array;
}

}  // namespace audiogen
