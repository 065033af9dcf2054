// Files that appear whole or not at all.
#pragma once

#include <filesystem>
#include <string>

namespace audiogen {

// An Error unless `path` can be written, before any time is spent on what goes there. `option`
// names what asked for it.
void check_writable(const std::filesystem::path& path, const std::string& option);

// Writes beside `path`, under a name that no other run has, and renames; an Error leaves nothing.
void write_whole(const std::filesystem::path& path, const std::string& content,
                 const std::string& option);

}  // namespace audiogen
