// What to generate, and files of it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace audiogen {

constexpr int kMaxSteps = 1000;

struct Prompt {
  std::string text;
  std::string name;  // of its sound; none for one that has only a text
  std::uint32_t seed = 99;
  double seconds = 10;
  int steps = 8;
  std::filesystem::path input;  // a sound to start from; none for noise
  double strength = 0.7;        // how much of it noise replaces
  std::string input_of;         // or the name of the prompt, before this one, whose sound it is
  int turn = 0;                 // prompts of earlier turns come first
};

// Whole numbers and lengths in s as options and files have them; an UsageError that begins with
// `name` for anything else.
std::int64_t whole_number(const std::string& name, const std::string& text, std::int64_t low,
                          std::int64_t high);
double length_in_seconds(const std::string& name, const std::string& text);
double share_of_noise(const std::string& name, const std::string& text);  // over 0, to 1

// The prompts of a file, with the values of `usual` where they have none of their own. A file
// `.yaml`, `.yml` or `.json` is one as config/prompts.yaml: those below `smoke`, by their names.
// Any other has one text a line. An UsageError names file and key of what is wrong.
std::vector<Prompt> read_prompts(const std::filesystem::path& path, const Prompt& usual);

}  // namespace audiogen
