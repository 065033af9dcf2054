// read_prompts gives prompts within their bounds, or an Error.
#include "../src/prompts.h"

#include <cmath>

#include "../src/error.h"
#include "input.h"

using namespace audiogen;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const InputFile file(data, size);
  // The kind of a file is in its name.
  const auto link =
      std::filesystem::temp_directory_path() / ("prompts." + std::to_string(getpid()) + ".yaml");
  std::error_code error;
  std::filesystem::remove(link, error);
  std::filesystem::create_symlink(file.path(), link);
  try {
    for (const Prompt& prompt : read_prompts(link, {})) {
      if (prompt.text.empty() || prompt.name.find('/') != std::string::npos) std::abort();
      if (prompt.steps < 1 || !(prompt.seconds > 0) || std::isinf(prompt.seconds)) std::abort();
    }
  } catch (const Error&) {
  }
  std::filesystem::remove(link, error);
  return 0;
}
