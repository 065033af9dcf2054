// Runs calls whose inputs were recorded elsewhere.
#pragma once

#include "options.h"
#include "report.h"

namespace audiogen {

// Runs every call of every submodule that `options.replay` holds; outputs go to `options.dump`.
Report replay(const Options& options);

}  // namespace audiogen
