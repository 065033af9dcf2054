// Text to sound with a bundle's programs.
#pragma once

#include "options.h"
#include "report.h"

namespace audiogen {

// Makes the sound of each prompt. Submodules are loaded one after the other, each for all prompts,
// so that the peak of memory is that of the largest.
Report generate(const Options& options);

// Prints the token ids of each prompt, a line each.
void print_tokens(const Options& options);

}  // namespace audiogen
