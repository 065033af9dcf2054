// The command line.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "prompts.h"

namespace audiogen {

// The most samples a second that a sound may have.
constexpr int kMaxRate = 768000;

// Letters of -m -p -t -s -l -n -o -i -x are those of Arm's audiogen, and defaults but -x's.
struct Options {
  std::filesystem::path models;
  std::vector<Prompt> prompts;
  std::vector<std::filesystem::path> outputs;  // one for each prompt
  std::filesystem::path folder;                // for the outputs; made where it is missing
  unsigned threads = 0;
  int sample_rate = 0;  // 0: the bundle's own
  std::filesystem::path json, dump, replay;
  std::filesystem::path cache;  // of packed weights; none where it is empty
  bool full_decoder = false;
  bool tokenize = false;
  bool verify = false;
  bool unchecked = false;
  bool verbose = false;
  bool help = false;
  bool version = false;
};

// An Error where an option is unknown, or its value is not one that makes sense.
Options parse_options(int count, char** arguments);

std::string help_text();

}  // namespace audiogen
