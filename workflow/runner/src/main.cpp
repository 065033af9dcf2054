// audiogen: text to sound with a bundle of ExecuTorch programs.

#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <exception>

#include "error.h"
#include "generator.h"
#include "options.h"
#include "program.h"
#include "replay.h"
#include "report.h"
#include "sums.h"

namespace {

using namespace audiogen;

// The runtime stops the process at damage that it finds late.
void die([[maybe_unused]] int signal) {
  constexpr char kMessage[] =
      "audiogen: the runtime stopped; a program is damaged or memory ran out: copy the bundle "
      "again, or see --verbose\n";
  [[maybe_unused]] const auto written = write(STDERR_FILENO, kMessage, sizeof(kMessage) - 1);
  _exit(1);
}

void explain_signals() {
#ifndef __SANITIZE_ADDRESS__  // has its own explanation
  for (const int signal : {SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSEGV}) std::signal(signal, die);
#endif
}

void print_report(const Report& report) {
  std::fprintf(stderr, "%.2f s, at most %.0f MB of memory\n", report.total_s(),
               static_cast<double>(report.peak_bytes()) / 1e6);
}

void run(const Options& options) {
  if (options.help) {
    std::fputs(help_text().c_str(), stdout);
  } else if (options.version) {
    std::puts("audiogen " AUDIOGEN_VERSION ", ExecuTorch " EXECUTORCH_VERSION);
  } else if (options.verify) {
    const std::size_t count = verify(options.models, options.threads);
    std::printf("%s: all %zu files are as %s says\n", options.models.c_str(), count,
                kSumsFile.c_str());
  } else if (options.tokenize) {
    print_tokens(options);
  } else {
    set_threads(options.threads);
    const Report report = options.replay.empty() ? generate(options) : replay(options);
    if (!options.json.empty()) report.write_json(options.json, options);
    print_report(report);
  }
}

}  // namespace

// Ends with 0, 2 where the command line is wrong, 1 for any other error.
int main(int count, char** arguments) {
  explain_signals();
  std::signal(SIGXFSZ, SIG_IGN);  // a write beyond the limit fails instead, and is told
  try {
    const Options options = parse_options(count, arguments);
    set_runtime_log(options.verbose);
    run(options);
    return 0;
  } catch (const UsageError& error) {
    std::fprintf(stderr, "audiogen: %s\n", error.what());
    return 2;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "audiogen: %s\n", error.what());
    return 1;
  }
}
