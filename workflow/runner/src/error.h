// The one kind of error that a person is meant to read.
#pragma once

#include <stdexcept>
#include <string>

namespace audiogen {

// The message is one line: what, where, what to do next.
struct Error : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// The command line is wrong.
struct UsageError : Error {
  using Error::Error;
};

}  // namespace audiogen
