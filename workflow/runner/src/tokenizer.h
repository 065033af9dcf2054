// T5's tokenization, as workflow/scripts/sao/model/tokenizer.py.
#pragma once

#include <sentencepiece_processor.h>

#include <filesystem>
#include <string>

#include "array.h"

namespace audiogen {

struct Tokens {
  Array ids, mask;     // int64, (1, length)
  std::size_t needed;  // ids that the whole prompt has, the end's included
};

// Gives the ids of Hugging Face's T5 tokenizer with padding="max_length" and truncation.
class Tokenizer {
 public:
  // `length`: the number of ids to pad or cut to.
  Tokenizer(const std::filesystem::path& model, std::int64_t length);

  Tokens operator()(const std::string& prompt) const;

 private:
  sentencepiece::SentencePieceProcessor pieces_;
  std::size_t length_;
};

}  // namespace audiogen
