// How far a generation is, on a terminal; silent elsewhere.
#pragma once

#include <unistd.h>

#include <cstdio>
#include <string>

namespace audiogen {

class Progress {
 public:
  ~Progress() { clear(); }

  // One line that changes.
  void show(const std::string& what) const {
    if (terminal_) std::fprintf(stderr, "\r\033[K%s", what.c_str());
  }

  void show(const std::string& what, int done, int all) const {
    show(what + " " + std::to_string(done) + "/" + std::to_string(all));
  }

  void clear() const { show(""); }

 private:
  const bool terminal_ = isatty(STDERR_FILENO);
};

}  // namespace audiogen
