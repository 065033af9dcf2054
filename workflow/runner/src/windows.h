// A long signal by a program of a short one: windows that overlap.
#pragma once

#include <cstdint>
#include <vector>

#include "array.h"

namespace audiogen {

// The program's window of `start` to `start` + width gives steps `from` to `to`.
struct Window {
  std::int64_t start, from, to;
};

// Windows over `length` steps, `overlap` of them context to each side; the last one ends at
// `length`. Only those that give any of the first `needed` steps, each of them once.
std::vector<Window> windows(std::int64_t length, std::int64_t width, std::int64_t overlap,
                            std::int64_t needed);

// Of the last dimension of floats: `width` items from `start` on.
Array cut(const Array& whole, std::int64_t start, std::int64_t width);

// Puts `width` of a part's items, from `from` on, into `whole` from `to` on.
void paste(const Array& part, std::int64_t from, std::int64_t width, Array& whole, std::int64_t to);

}  // namespace audiogen
