#include "packed_cache.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <fstream>

#include "error.h"
#include "files.h"
#include "hash.h"
#include "memory.h"
#include "parallel.h"
#include "processor.h"
#include "program.h"
#include "sums.h"

namespace audiogen {
namespace {

namespace fs = std::filesystem;

constexpr char kSuffix[] = ".packed", kUnfit[] = "-unfit", kScratch[] = ".packing-";
constexpr std::size_t kKeyDigits = 32, kDigits = 64;
// Packed weights are as large as the program's, but for padding.
constexpr double kRoom = 1.25;

void tell(const fs::path& path, const std::string& what) {
  std::fprintf(stderr, "audiogen: %s: %s\n", path.c_str(), what.c_str());
}

// The hash of a program, from SHA256SUMS where its bundle has it: it was checked against that.
std::string hash_of(const fs::path& program) {
  const std::string known = stated_sum(program.parent_path(), program.filename().string());
  return known.empty() ? sha256(program) : known;
}

void make_folder(const fs::path& folder) {
  std::error_code error;
  // The weights may be for their user alone.
  if (fs::create_directories(folder, error))
    fs::permissions(folder, fs::perms::owner_all, fs::perm_options::replace, error);
  if (error || access(folder.c_str(), R_OK | W_OK | X_OK) != 0)
    throw Error(folder.string() + ": no folder of yours, and none can be made here (--cache)");
}

// What killed runs left: nobody holds ExecuTorch's lock on it.
void remove_left(const fs::path& folder) {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    if (entry.path().filename().string().rfind(kScratch, 0) != 0) continue;
    const int file = open(entry.path().c_str(), O_RDWR | O_CLOEXEC);
    if (file >= 0 && flock(file, LOCK_EX | LOCK_NB) == 0) fs::remove(entry.path(), error);
    if (file >= 0) close(file);
  }
}

// The hash in <key>-<hash>.packed; empty where the name is another.
std::string hash_in(const std::string& name, const std::string& key) {
  const std::size_t length = key.size() + 1 + kDigits + std::strlen(kSuffix);
  if (name.size() != length || name.compare(0, key.size() + 1, key + "-") != 0) return "";
  return name.substr(key.size() + 1, kDigits);
}

bool is_same(const std::vector<Array>& first, const std::vector<Array>& second) {
  if (first.size() != second.size()) return false;
  for (std::size_t i = 0; i < first.size(); ++i)
    if (first[i].shape != second[i].shape || first[i].bytes != second[i].bytes) return false;
  return true;
}

// Format: XNNWeightsCache::save_packed_index of ExecuTorch 1.5: at the end where the index begins,
// its entries' number, magic number and version. They are written last, by a run that had room.
bool is_whole(const fs::path& file) {
  struct {
    std::uint64_t index;
    std::uint32_t entries, magic, version;
  } footer{};
  constexpr std::size_t kSize = 20;
  std::error_code error;
  const std::uint64_t size = fs::file_size(file, error);
  if (error || size <= kSize) return false;
  std::ifstream content(file, std::ios::binary);
  content.seekg(-static_cast<std::streamoff>(kSize), std::ios::end);
  content.read(reinterpret_cast<char*>(&footer), kSize);
  return content && footer.entries > 0 && footer.index < size - kSize;
}

// Whether a program with the packed weights of `file` gives what it gave without. ExecuTorch's
// cache knows weights by their values, and takes layers for one that differ in their scales only.
bool gives_the_same(const fs::path& program, const fs::path& file, const Call& call, Stage& stage) {
  Program packed(program, file);
  stage.load_s += timed([&] { packed.load(); });
  std::vector<Array> outputs;
  stage.run_s += timed([&] { outputs = packed(call.inputs); });
  return is_same(outputs, call.outputs);
}

}  // namespace

PackedCache::PackedCache(const fs::path& folder, const std::vector<fs::path>& programs,
                         unsigned threads, bool unchecked)
    : folder_(folder) {
  const std::size_t longest = kKeyDigits + 1 + kDigits + std::strlen(kSuffix);
  if (folder.string().size() + 1 + longest > kMaxPackedPath)
    throw Error(folder.string() + ": too long a name for ExecuTorch; name a folder of at most " +
                std::to_string(kMaxPackedPath - longest - 1) + " bytes (--cache)");
  make_folder(folder);
  remove_left(folder);
  for (const fs::path& program : programs) entries_[program];
  in_parallel(programs.size(), threads, [&](std::size_t i) { look_up(programs[i], unchecked); });
}

void PackedCache::look_up(const fs::path& program, bool unchecked) {
  Entry& entry = entries_.at(program);
  entry.key = sha256_of(hash_of(program) + "\n" EXECUTORCH_VERSION "\n" + processor())
                  .substr(0, kKeyDigits);
  entry.unfit = fs::exists(folder_ / (entry.key + kUnfit));
  for (const auto& found : fs::directory_iterator(folder_)) {
    const std::string hash = hash_in(found.path().filename().string(), entry.key);
    if (hash.empty()) continue;
    if (unchecked || sha256(found.path()) == hash) {
      entry.file = found.path();
    } else {
      tell(found.path(), "is damaged; removed, and made anew");
      fs::remove(found.path());
    }
  }
}

fs::path PackedCache::find(const fs::path& program) const {
  const auto entry = entries_.find(program);
  return entry == entries_.end() ? fs::path() : entry->second.file;
}

bool PackedCache::wants(const fs::path& program) const {
  const auto entry = entries_.find(program);
  return entry != entries_.end() && entry->second.file.empty() && !entry->second.unfit &&
         calls_.count(program) == 0;
}

void PackedCache::remember(const fs::path& program, Call call) {
  calls_.emplace(program, std::move(call));
}

void PackedCache::fill(Stage& stage) {
  for (const auto& [program, call] : calls_) {
    std::error_code ignored;
    try {
      keep(program, call, stage);
    } catch (const std::exception& error) {
      tell(folder_, std::string("the weights are not kept: ") + error.what());
    }
    fs::remove(scratch(entries_.at(program)), ignored);
  }
  calls_.clear();
}

void PackedCache::keep(const fs::path& program, const Call& call, Stage& stage) {
  Entry& entry = entries_.at(program);
  const double needed = kRoom * static_cast<double>(fs::file_size(program));
  if (static_cast<double>(fs::space(folder_).available) < needed)
    throw Error(program.string() + " takes " + std::to_string(std::llround(needed / 1e6)) +
                " MB there, and there is no room");
  const fs::path file = scratch(entry);
  reset_peak_memory();
  ++stage.calls;
  stage.load_s += timed([&] { Program(program, file).load(); });
  if (!is_whole(file)) throw Error(program.string() + ": ExecuTorch could not write them");
  if (!gives_the_same(program, file, call, stage)) {
    entry.unfit = true;
    write_whole(folder_ / (entry.key + kUnfit), "", "--cache");
    throw Error(program.string() + " gives something else with them");
  }
  stage.peak_bytes = std::max(stage.peak_bytes, peak_memory());
  // Nobody writes there again, and others may read it at the same time.
  fs::permissions(file, fs::perms::owner_read);
  const fs::path kept = folder_ / (entry.key + "-" + sha256(file) + kSuffix);
  fs::rename(file, kept);
  entry.file = kept;
}

fs::path PackedCache::scratch(const Entry& entry) const {
  return folder_ / (kScratch + std::to_string(getpid()) + "-" + entry.key);
}

}  // namespace audiogen
