// What each stage took, for a person and as JSON.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "options.h"

namespace audiogen {

struct Stage {
  std::string name;
  int calls = 0;
  double load_s = 0, run_s = 0;
  std::int64_t peak_bytes = 0;
};

class Report {
 public:
  // The stage of that name, made when first asked for.
  Stage& stage(const std::string& name);

  double total_s() const;
  std::int64_t peak_bytes() const;
  void write_json(const std::filesystem::path& path, const Options& options) const;

 private:
  std::vector<Stage> stages_;
};

// Wall seconds that `work` takes.
double timed(const std::function<void()>& work);

}  // namespace audiogen
