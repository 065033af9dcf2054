// The hashes that a bundle says its files have.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace audiogen {

// As `sha256sum` writes and checks it.
inline const std::string kSumsFile = "SHA256SUMS";

// Hashes by the names of files, from the text of such a file; an Error, which begins with `where`,
// for anything else, and for names that are not of files below its own folder.
std::map<std::string, std::string> parse_sums(const std::string& text, const std::string& where);

// An Error unless each of these files of a bundle is what SHA256SUMS says; nothing where the
// bundle has none, as Arm's export. `threads` files at once.
void check_files(const std::filesystem::path& bundle, const std::vector<std::string>& names,
                 unsigned threads);

// What SHA256SUMS says of a file of a bundle; empty where it, or the bundle, says nothing.
std::string stated_sum(const std::filesystem::path& bundle, const std::string& name);

// Checks all files of a bundle, that none is missing, and none there that SHA256SUMS does not name
// but those that begin with a dot. Returns how many; an Error names those that are wrong.
std::size_t verify(const std::filesystem::path& bundle, unsigned threads);

}  // namespace audiogen
