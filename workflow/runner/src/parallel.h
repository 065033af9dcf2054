// The same work for many things, by several threads.
#pragma once

#include <cstddef>
#include <functional>

namespace audiogen {

// Calls work(0) to work(count - 1), the first ones first, by up to `threads` threads; then throws
// what one of the calls threw.
void in_parallel(std::size_t count, unsigned threads, const std::function<void(std::size_t)>& work);

}  // namespace audiogen
