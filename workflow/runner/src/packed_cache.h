// Weights as XNNPACK packs them, kept in a folder from one run to the next, by ExecuTorch's
// file-backed weights cache. A program whose weights are there is not packed again, and its weights
// are pages of a file that the system can drop, not memory that this process holds.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "array.h"
#include "report.h"

namespace audiogen {

// A program's first call.
struct Call {
  std::vector<Array> inputs, outputs;
};

class PackedCache {
 public:
  // Keeps nothing.
  PackedCache() = default;

  // `folder` is made where it is missing. What it has of these programs is hashed, `threads` files
  // at once, unless `unchecked`; what is damaged is told and removed. An Error where the folder
  // cannot be made or its name is too long for ExecuTorch.
  PackedCache(const std::filesystem::path& folder,
              const std::vector<std::filesystem::path>& programs, unsigned threads, bool unchecked);

  // The file with what `program` packs, empty where there is none.
  std::filesystem::path find(const std::filesystem::path& program) const;

  // Whether remember() would be of use.
  bool wants(const std::filesystem::path& program) const;
  void remember(const std::filesystem::path& program, Call call);

  bool is_waiting() const { return !calls_.empty(); }

  // Packs and keeps what was remembered, each program after another: only what gives the same
  // outputs when it is read back, bit for bit. Tells what could not be kept; no Error.
  void fill(Stage& stage);

 private:
  struct Entry {
    std::string key;  // of the program's content, ExecuTorch and this processor
    std::filesystem::path file;
    bool unfit = false;
  };

  void look_up(const std::filesystem::path& program, bool unchecked);
  void keep(const std::filesystem::path& program, const Call& call, Stage& stage);
  std::filesystem::path scratch(const Entry& entry) const;

  std::filesystem::path folder_;
  std::map<std::filesystem::path, Entry> entries_;
  std::map<std::filesystem::path, Call> calls_;
};

}  // namespace audiogen
