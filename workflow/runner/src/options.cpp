#include "options.h"

#include <getopt.h>

#include <algorithm>
#include <cctype>
#include <limits>

#include "cores.h"
#include "error.h"

namespace audiogen {
namespace {

namespace fs = std::filesystem;

constexpr int kMaxThreads = 1024;
// Longer names do not fit a file system's 255 bytes with seed and suffix.
constexpr std::size_t kMaxName = 100;

enum Long {
  kPrompts = 256,
  kJson,
  kDump,
  kReplay,
  kRate,
  kFull,
  kTokenize,
  kVerify,
  kUnchecked,
  kCache,
  kVerbose,
  kVersion
};

const option kLong[] = {{"models", required_argument, nullptr, 'm'},
                        {"prompt", required_argument, nullptr, 'p'},
                        {"threads", required_argument, nullptr, 't'},
                        {"seed", required_argument, nullptr, 's'},
                        {"seconds", required_argument, nullptr, 'l'},
                        {"steps", required_argument, nullptr, 'n'},
                        {"output", required_argument, nullptr, 'o'},
                        {"input", required_argument, nullptr, 'i'},
                        {"strength", required_argument, nullptr, 'x'},
                        {"help", no_argument, nullptr, 'h'},
                        {"prompts", required_argument, nullptr, kPrompts},
                        {"json", required_argument, nullptr, kJson},
                        {"dump", required_argument, nullptr, kDump},
                        {"replay", required_argument, nullptr, kReplay},
                        {"sample-rate", required_argument, nullptr, kRate},
                        {"full-decoder", no_argument, nullptr, kFull},
                        {"tokenize", no_argument, nullptr, kTokenize},
                        {"verify", no_argument, nullptr, kVerify},
                        {"unchecked", no_argument, nullptr, kUnchecked},
                        {"cache", required_argument, nullptr, kCache},
                        {"verbose", no_argument, nullptr, kVerbose},
                        {"version", no_argument, nullptr, kVersion},
                        {nullptr, 0, nullptr, 0}};

// <prompt>_<seed>.wav as in Arm's audiogen, of characters that every file system takes.
std::string file_name(const std::string& prompt, std::uint32_t seed) {
  std::string name = prompt.substr(0, kMaxName);
  std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) {
    return c < 0x80 && std::isalnum(c) ? static_cast<char>(std::tolower(c)) : '_';
  });
  return (name.empty() ? "sound" : name) + "_" + std::to_string(seed) + ".wav";
}

void set_outputs(Options& options, const fs::path& output, bool from_file) {
  if (from_file) options.folder = output;
  for (std::size_t i = 0; i < options.prompts.size(); ++i) {
    const Prompt& prompt = options.prompts[i];
    const std::string number = from_file ? std::to_string(i + 1) + "_" : "";
    const std::string name =
        prompt.name.empty() ? number + file_name(prompt.text, prompt.seed) : prompt.name + ".wav";
    if (output.empty() || from_file)
      options.outputs.push_back(output / name);
    else
      options.outputs.push_back(output);
  }
  for (Prompt& prompt : options.prompts)
    if (!prompt.input_of.empty()) prompt.input = output / (prompt.input_of + ".wav");
}

void check_complete(const Options& options, bool has_prompt) {
  if (options.models.empty()) throw UsageError("name the folder of a bundle with -m");
  if (options.verify) return;
  if (has_prompt && !options.replay.empty()) throw UsageError("--replay takes no prompt");
  if (!has_prompt && options.replay.empty())
    throw UsageError("say what to generate with -p, or --prompts for a file of prompts");
  if (!options.replay.empty() && options.dump.empty())
    throw UsageError("--replay needs --dump, the folder for the outputs");
}

}  // namespace

Options parse_options(int count, char** arguments) {
  Options options;
  Prompt usual;
  fs::path output, prompts_file;
  bool has_strength = false;
  opterr = 0;
  for (int code;
       (code = getopt_long(count, arguments, ":m:p:t:s:l:n:o:i:x:h", kLong, nullptr)) != -1;) {
    const std::string value = optarg ? optarg : "";
    switch (code) {
      case 'm': options.models = value; break;
      case 'p':
        options.prompts.resize(1);
        options.prompts[0].text = value;
        break;
      case 't':
        options.threads = static_cast<unsigned>(whole_number("-t", value, 1, kMaxThreads));
        break;
      case 's':
        usual.seed = static_cast<std::uint32_t>(
            whole_number("-s", value, 0, std::numeric_limits<std::uint32_t>::max()));
        break;
      case 'l': usual.seconds = length_in_seconds("-l", value); break;
      case 'n': usual.steps = static_cast<int>(whole_number("-n", value, 1, kMaxSteps)); break;
      case 'o': output = value; break;
      case 'i': usual.input = value; break;
      case 'x':
        usual.strength = share_of_noise("-x", value);
        has_strength = true;
        break;
      case 'h': options.help = true; break;
      case kPrompts: prompts_file = value; break;
      case kJson: options.json = value; break;
      case kDump: options.dump = value; break;
      case kReplay: options.replay = value; break;
      case kRate:
        options.sample_rate = static_cast<int>(whole_number("--sample-rate", value, 1, kMaxRate));
        break;
      case kFull: options.full_decoder = true; break;
      case kTokenize: options.tokenize = true; break;
      case kVerify: options.verify = true; break;
      case kUnchecked: options.unchecked = true; break;
      case kCache: options.cache = value; break;
      case kVerbose: options.verbose = true; break;
      case kVersion: options.version = true; break;
      default:
        throw UsageError(std::string(arguments[optind - 1]) +
                         (code == ':' ? ": a value is missing" : ": no such option") +
                         "; --help lists them");
    }
  }
  if (options.help || options.version) return options;
  if (optind < count)
    throw UsageError(std::string(arguments[optind]) + ": not an option; quote a prompt of words");
  if (has_strength && usual.input.empty()) throw UsageError("-x needs -i, the sound to start from");
  for (Prompt& prompt : options.prompts) {
    usual.text = prompt.text;
    prompt = usual;
  }
  if (!prompts_file.empty()) {
    if (!options.prompts.empty()) throw UsageError("give -p or --prompts, not both");
    options.prompts = read_prompts(prompts_file, usual);
  }
  check_complete(options, !options.prompts.empty());
  if (options.threads == 0) options.threads = performance_cores();
  set_outputs(options, output, !prompts_file.empty());
  return options;
}

std::string help_text() {
  return "Usage: audiogen -m FOLDER -p PROMPT [options]\n"
         "Makes stereo sound from text with the ExecuTorch programs in FOLDER.\n"
         "\n"
         "  -m, --models FOLDER   a bundle: conditioners_model.pte, dit_model.pte,\n"
         "                        autoencoder_model.pte (or autoencoder_head.pte and\n"
         "                        autoencoder_tail.pte), spiece.model\n"
         "  -p, --prompt TEXT     what to generate, such as 'birds singing in the morning'\n"
         "  -t, --threads N       threads to compute with (default: the performance cores)\n"
         "  -s, --seed N          0 to 4294967295; the same seed gives the same sound (default: "
         "99)\n"
         "  -l, --seconds N       length of the sound (default: 10)\n"
         "  -n, --steps N         sampler steps (default: 8)\n"
         "  -o, --output FILE     the sound, 16-bit WAV (default: <prompt>_<seed>.wav)\n"
         "  -i, --input FILE      a sound to start from, WAV or FLAC (default: noise alone)\n"
         "  -x, --strength N      how much of it noise replaces, over 0 to 1 (default: 0.7)\n"
         "  -h, --help            this text\n"
         "      --version         versions of this program and of ExecuTorch\n"
         "\n"
         "      --prompts FILE    many prompts: a .yaml or .json file like config/prompts.yaml, "
         "with\n"
         "                        seed, seconds and steps of each, or one text a line; -o is a\n"
         "                        folder then, made where it is missing\n"
         "      --verify          check every file of the bundle against its SHA256SUMS and end\n"
         "      --unchecked       do not hash what is used of the bundle before it is used\n"
         "      --cache FOLDER    keep the weights there as this processor takes them: from the "
         "second\n"
         "                        run on loading takes a part of the time and of the memory; as "
         "large\n"
         "                        as the programs, of this machine only, and yours to remove\n"
         "      --json FILE       timings and peak memory by stage\n"
         "      --full-decoder    use autoencoder_model.pte though head and tail are there\n"
         "      --sample-rate N   samples per second (default: what the bundle says,\n"
         "                        44100 where it says nothing)\n"
         "      --tokenize        print the prompt's token ids and end\n"
         "      --dump FOLDER     keep each submodule's inputs and outputs,\n"
         "                        FOLDER/<submodule>/<call>.<name>.npy\n"
         "      --replay FOLDER   run the calls whose inputs such a folder holds; outputs go to\n"
         "                        --dump\n"
         "      --verbose         show the runtime's own messages\n";
}

}  // namespace audiogen
