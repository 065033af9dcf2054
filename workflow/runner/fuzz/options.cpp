// parse_options gives options within their bounds, or an Error. The input's lines are arguments;
// what follows an empty one is a file of prompts.
#include "../src/options.h"

#include <getopt.h>

#include <sstream>
#include <vector>

#include "../src/error.h"
#include "input.h"

using namespace audiogen;

namespace {

void check(const Options& options) {
  if (options.help || options.version) return;
  if (options.threads < 1) std::abort();
  for (const Prompt& prompt : options.prompts)
    if (prompt.steps < 1 || !(prompt.seconds > 0)) std::abort();
  if (options.sample_rate < 0 || options.sample_rate > kMaxRate) std::abort();
  if (options.outputs.size() != options.prompts.size()) std::abort();
  for (const auto& output : options.outputs)
    if (output.empty()) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const std::size_t end = std::min(text.find("\n\n"), size);
  const std::size_t rest = std::min(end + 2, size);
  const InputFile prompts(data + rest, size - rest);
  std::vector<std::string> words = {"audiogen"};
  std::istringstream lines(text.substr(0, end));
  for (std::string line; std::getline(lines, line);)
    // Nothing but the input is read.
    if (line.find('/') == std::string::npos) words.push_back(line);
  if (rest < size) words.insert(words.end(), {"--prompts", prompts.path().string()});
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  const int count = static_cast<int>(arguments.size());
  arguments.push_back(nullptr);
  optind = 0;  // glibc: begin anew
  try {
    check(parse_options(count, arguments.data()));
  } catch (const Error&) {
  }
  return 0;
}
