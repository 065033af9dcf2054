// How many threads to compute with where nobody says.
#pragma once

namespace audiogen {

// The cores that this process may run on and whose capacity, as Linux has it in
// /sys/devices/system/cpu/cpu<N>/cpu_capacity, is at least half of the largest one's: a small core
// among large ones is what all others wait for. All cores where the system knows no capacities. On
// macOS, those of its performance level 0 (hw.perflevel0.physicalcpu).
// The variable AUDIOGEN_CPUS names another folder than /sys/devices/system/cpu, for tests: then
// every core in it counts.
unsigned performance_cores();

}  // namespace audiogen
