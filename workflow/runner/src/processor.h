// Which processor this is.
#pragma once

#include <string>

namespace audiogen {

// A text that differs where XNNPACK may choose other kernels, and so pack weights otherwise:
// architecture, model and features of the processor's cores, as Linux tells them.
std::string processor();

}  // namespace audiogen
