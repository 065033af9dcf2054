// The first bytes of a `.pte`.
#pragma once

#include <filesystem>

namespace audiogen {

// An Error where a file is no ExecuTorch program, or shorter than its header says: the runtime
// checks the program's own part; this finds weights that are cut off.
void check_size(const std::filesystem::path& path);

}  // namespace audiogen
