#include "array.h"

#include <array>
#include <charconv>
#include <cstring>
#include <fstream>
#include <limits>
#include <sstream>

#include "error.h"

namespace audiogen {
namespace {

constexpr std::array<char, 8> kMagic = {'\x93', 'N', 'U', 'M', 'P', 'Y', 1, 0};
// The header, with magic and length, ends at a multiple of this.
constexpr std::size_t kAlignment = 64;
// Bytes of the largest of the types.
constexpr std::int64_t kLargestItem = 8;
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

// False where it is no list of whole numbers from 0.
bool parse_shape(const std::string& text, Shape& shape) {
  std::istringstream numbers(text);
  for (std::string number; std::getline(numbers, number, ',');) {
    const std::size_t first = number.find_first_not_of(' ');
    if (first == std::string::npos) continue;
    const char* end = number.data() + number.size();
    const auto [stop, error] = std::from_chars(number.data() + first, end, shape.emplace_back());
    if (error != std::errc() || stop != end || shape.back() < 0) return false;
  }
  return true;
}

// Bytes from here to the end.
std::uint64_t rest(std::ifstream& file) {
  const auto here = file.tellg();
  const auto end = file.seekg(0, std::ios::end).tellg();
  file.seekg(here);
  return static_cast<std::uint64_t>(end - here);
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
  constexpr std::uint64_t kMost = std::numeric_limits<std::int64_t>::max() / kLargestItem;
  std::uint64_t product = 1;
  for (const std::int64_t size : shape) {
    const auto factor = static_cast<std::uint64_t>(size);
    if (size < 0 || (factor != 0 && product > kMost / factor))
      throw Error("a tensor of shape " + shape_name(shape) + " is more than memory can hold");
    product *= factor;
  }
  return product;
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
  Shape sizes;
  if (!file || !parse_shape(shape, sizes))
    throw Error(path.string() + ": its .npy header is not one that this program reads");
  const Type kind = parse_descriptor(type, path);
  // Before memory is taken for what is not there.
  if (count(sizes) * item_size(kind) > rest(file))
    throw Error(path.string() + ": is shorter than its header says");
  Array array(kind, sizes);
  file.read(reinterpret_cast<char*>(array.bytes.data()),
            static_cast<std::streamsize>(array.bytes.size()));
  if (!file) throw Error(path.string() + ": cannot be read");
  return array;
}

}  // namespace audiogen
