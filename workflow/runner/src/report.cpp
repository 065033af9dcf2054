#include "report.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <sstream>

#include "files.h"

namespace audiogen {
namespace {

std::string architecture() {
#if defined(__aarch64__)
  return "aarch64";
#elif defined(__x86_64__)
  return "x86_64";
#else
  return "unknown";
#endif
}

// Sources: RFC 8259, section 7.
std::string quoted(const std::string& text) {
  std::string result = "\"";
  for (const char character : text) {
    const auto code = static_cast<unsigned char>(character);
    char escaped[8];
    std::snprintf(escaped, sizeof(escaped), "\\u%04x", code);
    if (code < 0x20 || character == '"' || character == '\\')
      result += escaped;
    else
      result += character;
  }
  return result + "\"";
}

}  // namespace

Stage& Report::stage(const std::string& name) {
  for (Stage& stage : stages_)
    if (stage.name == name) return stage;
  stages_.push_back({name});
  return stages_.back();
}

double Report::total_s() const {
  double total = 0;
  for (const Stage& stage : stages_) total += stage.load_s + stage.run_s;
  return total;
}

std::int64_t Report::peak_bytes() const {
  std::int64_t peak = 0;
  for (const Stage& stage : stages_) peak = std::max(peak, stage.peak_bytes);
  return peak;
}

void Report::write_json(const std::filesystem::path& path, const Options& options) const {
  std::ostringstream text;
  text << "{\n  \"audiogen\": \"" AUDIOGEN_VERSION "\",\n  \"executorch\": \"" EXECUTORCH_VERSION
       << "\",\n  \"architecture\": \"" << architecture()
       << "\",\n  \"threads\": " << options.threads << ",\n  \"prompts\": [";
  for (std::size_t i = 0; i < options.prompts.size(); ++i) {
    const Prompt& prompt = options.prompts[i];
    text << (i ? "," : "") << "\n    {\"prompt\": " << quoted(prompt.text)
         << ", \"seed\": " << prompt.seed << ", \"seconds\": " << prompt.seconds
         << ", \"steps\": " << prompt.steps;
    if (!prompt.input.empty())
      text << ", \"input\": " << quoted(prompt.input.string())
           << ", \"strength\": " << prompt.strength;
    text << "}";
  }
  text << "],\n  \"stages\": {";
  for (std::size_t i = 0; i < stages_.size(); ++i)
    text << (i ? "," : "") << "\n    \"" << stages_[i].name
         << "\": {\"calls\": " << stages_[i].calls << ", \"load_s\": " << stages_[i].load_s
         << ", \"run_s\": " << stages_[i].run_s << ", \"peak_bytes\": " << stages_[i].peak_bytes
         << "}";
  text << "\n  },\n  \"total_s\": " << total_s() << ",\n  \"peak_bytes\": " << peak_bytes()
       << "\n}\n";
  write_whole(path, text.str(), "--json");
}

double timed(const std::function<void()>& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace audiogen
