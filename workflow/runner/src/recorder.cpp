#include "recorder.h"

#include <cstdio>

#include "error.h"

namespace audiogen {

Recorder::Recorder(std::filesystem::path folder) : folder_(std::move(folder)) {
  if (folder_.empty()) return;
  std::error_code error;
  std::filesystem::create_directories(folder_, error);
  if (error) throw Error(folder_.string() + ": no folder can be made here (--dump)");
}

void Recorder::record(const Submodule& submodule, const std::vector<Array>& inputs,
                      const std::vector<Array>& outputs) {
  if (folder_.empty()) return;
  const int call = calls_[submodule.name]++;
  std::filesystem::create_directories(folder_ / submodule.name);
  for (std::size_t i = 0; i < inputs.size(); ++i)
    write_npy(recorded(folder_, submodule, call, submodule.inputs.at(i)), inputs[i]);
  for (std::size_t i = 0; i < outputs.size(); ++i)
    write_npy(recorded(folder_, submodule, call, submodule.outputs.at(i)), outputs[i]);
}

std::filesystem::path recorded(const std::filesystem::path& folder, const Submodule& submodule,
                               int call, const std::string& name) {
  char number[16];
  std::snprintf(number, sizeof(number), "%03d", call);
  return folder / submodule.name / (number + ("." + name) + ".npy");
}

}  // namespace audiogen
