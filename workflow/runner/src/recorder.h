// Keeps what went into and came out of each submodule, for comparison elsewhere.
#pragma once

#include <filesystem>
#include <map>
#include <vector>

#include "array.h"
#include "submodules.h"

namespace audiogen {

// Writes <folder>/<submodule>/<number>.<name>.npy; nothing where the folder's name is empty.
class Recorder {
 public:
  explicit Recorder(std::filesystem::path folder);

  void record(const Submodule& submodule, const std::vector<Array>& inputs,
              const std::vector<Array>& outputs);

 private:
  std::filesystem::path folder_;
  std::map<std::string, int> calls_;
};

// The path of one array of a call.
std::filesystem::path recorded(const std::filesystem::path& folder, const Submodule& submodule,
                               int call, const std::string& name);

}  // namespace audiogen
