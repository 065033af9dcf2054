// How much memory this process took.
#pragma once

#include <cstdint>

namespace audiogen {

// Peak of resident memory since the last reset, in bytes (Linux: VmHWM; macOS: ru_maxrss, of the
// whole run so far); 0 where it is not known.
std::int64_t peak_memory();

// Starts a new peak, and gives freed memory back first. Without effect where the kernel cannot:
// then each peak is that of the whole run so far.
void reset_peak_memory();

}  // namespace audiogen
