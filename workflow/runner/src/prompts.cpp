#include "prompts.h"

#include <yaml.h>

#include <charconv>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <set>

#include "error.h"

namespace audiogen {
namespace {

namespace fs = std::filesystem;

constexpr int kSlowest = 20, kFastest = 400;  // BPM, as in workflow/schemas/prompts.schema.yaml

// A YAML document, whose nodes libyaml keeps by number.
class Document {
 public:
  explicit Document(const fs::path& path)
      : where_(path.string()), file_(std::fopen(path.c_str(), "rb"), std::fclose) {
    if (!file_) throw UsageError(where_ + ": no such file, or not readable (--prompts)");
    yaml_parser_t parser;
    if (!yaml_parser_initialize(&parser)) throw Error("out of memory");
    yaml_parser_set_input_file(&parser, file_.get());
    const bool loaded = yaml_parser_load(&parser, &document_);
    const std::string problem = parser.problem ? parser.problem : "not YAML";
    const std::size_t line = parser.problem_mark.line + 1;
    yaml_parser_delete(&parser);
    if (!loaded) throw UsageError(where_ + ": line " + std::to_string(line) + ": " + problem);
  }
  ~Document() { yaml_document_delete(&document_); }
  Document(const Document&) = delete;
  Document& operator=(const Document&) = delete;

  const yaml_node_t* root() { return yaml_document_get_root_node(&document_); }

  // The values of a map by their keys; `key` is its own, for errors.
  std::vector<std::pair<std::string, const yaml_node_t*>> map(const yaml_node_t* node,
                                                              const std::string& key) {
    if (!node || node->type != YAML_MAPPING_NODE) fail(key, "is no table of keys and values");
    std::vector<std::pair<std::string, const yaml_node_t*>> pairs;
    std::set<std::string> seen;
    for (auto* pair = node->data.mapping.pairs.start; pair < node->data.mapping.pairs.top; ++pair) {
      const std::string name = text(get(pair->key), key);
      if (!seen.insert(name).second) fail(key, "has " + name + " twice");
      pairs.emplace_back(name, get(pair->value));
    }
    return pairs;
  }

  std::vector<const yaml_node_t*> list(const yaml_node_t* node, const std::string& key) {
    if (!node || node->type != YAML_SEQUENCE_NODE) fail(key, "is no list");
    std::vector<const yaml_node_t*> items;
    for (auto* item = node->data.sequence.items.start; item < node->data.sequence.items.top; ++item)
      items.push_back(get(*item));
    return items;
  }

  std::string text(const yaml_node_t* node, const std::string& key) {
    if (!node || node->type != YAML_SCALAR_NODE) fail(key, "is no text");
    const auto& scalar = node->data.scalar;
    const std::string value(reinterpret_cast<const char*>(scalar.value), scalar.length);
    if (value.empty() || value.find('\0') != std::string::npos) fail(key, "is no text");
    return value;
  }

  std::string place(const std::string& key) const { return where_ + ": " + key; }

  [[noreturn]] void fail(const std::string& key, const std::string& what) const {
    throw UsageError(place(key) + ": " + what);
  }

 private:
  const yaml_node_t* get(int number) { return yaml_document_get_node(&document_, number); }

  std::string where_;
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> file_;
  yaml_document_t document_;
};

using Setter = std::function<void(const yaml_node_t*, const std::string&)>;

// Hands each value of a map to what its key asks for; an UsageError for a key that is none.
void read_map(Document& document, const yaml_node_t* node, const std::string& key,
              const std::map<std::string, Setter>& setters) {
  for (const auto& [name, value] : document.map(node, key)) {
    const auto setter = setters.find(name);
    const std::string place = key + "." + name;
    if (setter == setters.end()) document.fail(place, "no such key");
    setter->second(value, place);
  }
}

Setter text_of(Document& document, std::string& target) {
  return
      [&](const yaml_node_t* node, const std::string& key) { target = document.text(node, key); };
}

void append(std::string& text, const std::string& part, const std::string& separator) {
  if (!part.empty()) text += (text.empty() ? "" : separator) + part;
}

// Such as `warm syncopated plucked arpeggios`.
std::string element(Document& document, const yaml_node_t* node, const std::string& key) {
  std::string texture, rhythm, articulation, name, all;
  read_map(document, node, key,
           {{"texture", text_of(document, texture)},
            {"rhythm", text_of(document, rhythm)},
            {"articulation", text_of(document, articulation)},
            {"name", text_of(document, name)}});
  if (name.empty()) document.fail(key, "has no name");
  for (const std::string& part : {texture, rhythm, articulation, name}) append(all, part, " ");
  return all;
}

// The parts in the order of sao/prompts.py, which says where it comes from.
Prompt read_prompt(Document& document, const yaml_node_t* node, const std::string& key,
                   const Prompt& usual) {
  Prompt prompt = usual;
  std::string free, genre, subgenre, elements, atmosphere, tempo;
  const auto number = [&](auto& target, std::int64_t low, std::int64_t high) {
    return [&document, &target, low, high](const yaml_node_t* value, const std::string& place) {
      using Number = std::remove_reference_t<decltype(target)>;
      target = static_cast<Number>(
          whole_number(document.place(place), document.text(value, place), low, high));
    };
  };
  int bpm = 0;
  std::string input;
  bool has_strength = false;
  read_map(document, node, key,
           {{"prompt", text_of(document, free)},
            {"genre", text_of(document, genre)},
            {"subgenre", text_of(document, subgenre)},
            {"elements",
             [&](const yaml_node_t* value, const std::string& place) {
               for (const yaml_node_t* item : document.list(value, place))
                 append(elements, element(document, item, place), ", ");
             }},
            {"atmosphere", text_of(document, atmosphere)},
            {"tempo", number(bpm, kSlowest, kFastest)},
            {"seconds",
             [&](const yaml_node_t* value, const std::string& place) {
               prompt.seconds =
                   length_in_seconds(document.place(place), document.text(value, place));
             }},
            {"seed", number(prompt.seed, 0, std::numeric_limits<std::uint32_t>::max())},
            {"steps", number(prompt.steps, 1, kMaxSteps)},
            {"input", text_of(document, input)},
            {"strength", [&](const yaml_node_t* value, const std::string& place) {
               has_strength = true;
               prompt.strength = share_of_noise(document.place(place), document.text(value, place));
             }}});
  if (!input.empty()) prompt.input = input;
  if (has_strength && prompt.input.empty())
    document.fail(key + ".strength", "of what? there is no input");
  if (bpm) tempo = std::to_string(bpm) + " BPM";
  std::string parts;
  for (const std::string& part : {genre, subgenre, elements, atmosphere, tempo})
    append(parts, part, ", ");
  if (free.empty() == parts.empty())
    document.fail(key, "give either `prompt` or parts (genre, elements, atmosphere, tempo)");
  prompt.text = free.empty() ? parts : free;
  return prompt;
}

double number_above_0(const std::string& name, const std::string& text, double most,
                      const std::string& what) {
  std::size_t used = 0;
  double value = 0;
  try {
    value = std::stod(text, &used);
  } catch (const std::logic_error&) {
    used = std::string::npos;
  }
  if (used != text.size() || !(value > 0) || !(value <= most))
    throw UsageError(name + ": '" + text + "' is not " + what);
  return value;
}

bool is_name(const std::string& name) {
  return name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string::npos &&
         name.size() <= 100;
}

// Has an input that is the name of a prompt be that one's sound.
void find_input(Document& document, Prompt& prompt, const std::vector<Prompt>& before,
                const std::string& key) {
  const std::string name = prompt.input;
  if (name.empty() || !is_name(name)) return;
  for (const Prompt& other : before)
    if (other.name == name) {
      prompt.input_of = name;
      prompt.turn = other.turn + 1;
      return;
    }
  document.fail(key + ".input",
                name + " is no prompt above this one; the name of a file has a dot or a slash");
}

std::vector<Prompt> read_document(const fs::path& path, const Prompt& usual) {
  Document document(path);
  std::vector<Prompt> prompts;
  const auto root = document.map(document.root(), "the file");
  for (const auto& [key, node] : root) {
    if (key != "smoke") continue;
    for (const auto& [name, entry] : document.map(node, key)) {
      const std::string place = key + "." + name;
      if (!is_name(name)) document.fail(place, "a name has small letters, digits and dashes");
      Prompt prompt = read_prompt(document, entry, place, usual);
      prompt.name = name;
      find_input(document, prompt, prompts, place);
      prompts.push_back(prompt);
    }
  }
  if (prompts.empty()) document.fail("smoke", "has no prompts");
  return prompts;
}

std::vector<Prompt> read_lines(const fs::path& path, const Prompt& usual) {
  std::ifstream file(path);
  if (!file) throw UsageError(path.string() + ": no such file, or not readable (--prompts)");
  std::vector<Prompt> prompts;
  for (std::string line; std::getline(file, line);) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    if (line.empty()) continue;
    prompts.push_back(usual);
    prompts.back().text = line;
  }
  if (prompts.empty()) throw UsageError(path.string() + ": has no prompts, one a line");
  return prompts;
}

}  // namespace

std::int64_t whole_number(const std::string& name, const std::string& text, std::int64_t low,
                          std::int64_t high) {
  std::int64_t value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (text.empty() || error != std::errc() || stop != end || value < low || value > high)
    throw UsageError(name + ": '" + text + "' is not a whole number from " + std::to_string(low) +
                     " to " + std::to_string(high));
  return value;
}

double length_in_seconds(const std::string& name, const std::string& text) {
  return number_above_0(name, text, std::numeric_limits<double>::max(),
                        "a length in seconds above 0");
}

double share_of_noise(const std::string& name, const std::string& text) {
  return number_above_0(name, text, 1, "a share of noise, above 0 and up to 1");
}

std::vector<Prompt> read_prompts(const fs::path& path, const Prompt& usual) {
  const fs::path kind = path.extension();
  if (kind == ".yaml" || kind == ".yml" || kind == ".json") return read_document(path, usual);
  return read_lines(path, usual);
}

}  // namespace audiogen
