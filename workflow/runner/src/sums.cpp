#include "sums.h"

#include <algorithm>
#include <fstream>
#include <sstream>

#include "error.h"
#include "hash.h"
#include "parallel.h"

namespace audiogen {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kDigits = 64;
constexpr char kAdvice[] = "; copy the bundle again";

using Sums = std::map<std::string, std::string>;

bool is_below(const fs::path& name) {
  return !name.empty() && name.is_relative() &&
         std::none_of(name.begin(), name.end(),
                      [](const fs::path& part) { return part == ".." || part.empty(); });
}

bool is_sum(const std::string& line) {
  return line.size() > kDigits + 2 && line.compare(kDigits, 2, "  ") == 0 &&
         line.find_first_not_of("0123456789abcdef") == kDigits &&
         line.find('\0') == std::string::npos && is_below(line.substr(kDigits + 2));
}

Sums read_sums(const fs::path& bundle) {
  const fs::path path = bundle / kSumsFile;
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return parse_sums(text.str(), path.string());
}

// What is wrong with a file, or nothing.
std::string fault(const fs::path& bundle, const Sums& sums, const std::string& name) {
  const auto expected = sums.find(name);
  if (expected == sums.end()) return name + " is not in " + kSumsFile;
  if (!fs::is_regular_file(bundle / name)) return name + " is missing";
  if (sha256(bundle / name) == expected->second) return "";
  return name + " is damaged: its SHA-256 is not that in " + kSumsFile;
}

// What is wrong with any of some files, the first ones of many.
void check(const fs::path& bundle, const Sums& sums, const std::vector<std::string>& names,
           unsigned threads) {
  std::vector<std::string> faults(names.size());
  in_parallel(names.size(), threads, [&](std::size_t i) {
    try {
      faults[i] = fault(bundle, sums, names[i]);
    } catch (const std::exception& error) {
      faults[i] = error.what();
    }
  });
  std::string all;
  for (const std::string& one : faults)
    if (!one.empty()) all += (all.empty() ? "" : ", ") + one;
  if (!all.empty()) throw Error(bundle.string() + ": " + all + kAdvice);
}

}  // namespace

Sums parse_sums(const std::string& text, const std::string& where) {
  Sums sums;
  std::istringstream lines(text);
  int number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    if (!is_sum(line) || !sums.emplace(line.substr(kDigits + 2), line.substr(0, kDigits)).second)
      throw Error(where + ": line " + std::to_string(number) +
                  " is not a SHA-256, two spaces and the name of a file of its own" + kAdvice);
  }
  if (sums.empty() || text.back() != '\n') throw Error(where + ": is cut off" + kAdvice);
  return sums;
}

void check_files(const fs::path& bundle, const std::vector<std::string>& names, unsigned threads) {
  if (fs::exists(bundle / kSumsFile)) check(bundle, read_sums(bundle), names, threads);
}

std::string stated_sum(const fs::path& bundle, const std::string& name) {
  if (!fs::exists(bundle / kSumsFile)) return "";
  const Sums sums = read_sums(bundle);
  const auto sum = sums.find(name);
  return sum == sums.end() ? "" : sum->second;
}

std::size_t verify(const fs::path& bundle, unsigned threads) {
  if (!fs::exists(bundle / kSumsFile))
    throw Error(bundle.string() + ": has no " + kSumsFile + "; name the folder of a bundle (-m)");
  const Sums sums = read_sums(bundle);
  std::vector<std::string> names;
  for (const auto& [name, hash] : sums) names.push_back(name);
  for (const auto& entry : fs::recursive_directory_iterator(bundle)) {
    const std::string name = entry.path().lexically_relative(bundle).string();
    if (!entry.is_directory() && name != kSumsFile && name[0] != '.' && !sums.count(name))
      names.push_back(name);
  }
  check(bundle, sums, names, threads);
  return names.size();
}

}  // namespace audiogen
