// SHA-256 of files.
#pragma once

#include <filesystem>
#include <string>

namespace audiogen {

// In hex; an Error where the file cannot be read. By the processor's own instructions where it has
// them, which is about ten times as fast.
std::string sha256(const std::filesystem::path& path);

// The same of a text.
std::string sha256_of(const std::string& text);

}  // namespace audiogen
