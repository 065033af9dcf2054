#include "cores.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#ifdef __linux__
#include <sched.h>
#endif
#ifdef __APPLE__
#include <sys/sysctl.h>
#endif

namespace audiogen {
namespace {

constexpr char kFolder[] = "/sys/devices/system/cpu";
constexpr int kMaxCores = 1024;

std::vector<int> allowed_cores() {
  std::vector<int> cores;
#ifdef __linux__
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof(set), &set) != 0) return cores;
  for (int core = 0; core < CPU_SETSIZE; ++core)
    if (CPU_ISSET(static_cast<std::size_t>(core), &set)) cores.push_back(core);
#endif
  return cores;
}

std::vector<int> all_cores(const std::filesystem::path& folder) {
  std::vector<int> cores;
  for (int core = 0; core < kMaxCores; ++core)
    if (std::filesystem::exists(folder / ("cpu" + std::to_string(core)))) cores.push_back(core);
  return cores;
}

// 0 where it is not known.
long capacity(const std::filesystem::path& folder, int core) {
  long value = 0;
  std::ifstream(folder / ("cpu" + std::to_string(core)) / "cpu_capacity") >> value;
  return value;
}

// Cores of the level that macOS calls 0, the fastest; 0 where it is not known.
unsigned fastest_level() {
  int count = 0;
#ifdef __APPLE__
  std::size_t size = sizeof(count);
  if (sysctlbyname("hw.perflevel0.physicalcpu", &count, &size, nullptr, 0) != 0) count = 0;
#endif
  return static_cast<unsigned>(count);
}

}  // namespace

unsigned performance_cores() {
  const char* named = std::getenv("AUDIOGEN_CPUS");
  if (const unsigned count = named ? 0 : fastest_level()) return count;
  const std::filesystem::path folder = named ? named : kFolder;
  const std::vector<int> cores = named ? all_cores(folder) : allowed_cores();
  std::vector<long> capacities;
  for (const int core : cores) capacities.push_back(capacity(folder, core));
  const auto largest = std::max_element(capacities.begin(), capacities.end());
  if (largest == capacities.end()) return std::max(1u, std::thread::hardware_concurrency());
  return static_cast<unsigned>(std::count_if(capacities.begin(), capacities.end(),
                                             [&](long value) { return 2 * value >= *largest; }));
}

}  // namespace audiogen
