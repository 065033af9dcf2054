#include "processor.h"

#include <sys/utsname.h>

#include <array>
#include <fstream>
#include <set>

#ifdef __linux__
#include <sys/auxv.h>
#endif

namespace audiogen {

std::string processor() {
  utsname names{};
  uname(&names);
  std::string text = names.machine;
#ifdef __linux__
  // An emulator's processor is seen here, not in /proc.
  for (const unsigned long kind : {AT_HWCAP, AT_HWCAP2})
    text += "\n" + std::to_string(getauxval(kind));
#endif
  static const std::array<std::string, 7> kNames = {
      "vendor_id", "model name", "flags", "CPU implementer", "CPU part", "CPU variant", "Features"};
  // Cores may differ, and be listed in any order.
  std::set<std::string> lines;
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);)
    for (const std::string& name : kNames)
      if (line.compare(0, name.size(), name) == 0) lines.insert(line);
  for (const std::string& line : lines) text += "\n" + line;
  return text;
}

}  // namespace audiogen
