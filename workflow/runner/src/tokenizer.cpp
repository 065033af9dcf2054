#include "tokenizer.h"

#include "error.h"

namespace audiogen {
namespace {

constexpr int kPad = 0, kEnd = 1, kUnknown = 2;

}  // namespace

Tokenizer::Tokenizer(const std::filesystem::path& model, std::int64_t length)
    : length_(static_cast<std::size_t>(length)) {
  if (!std::filesystem::is_regular_file(model))
    throw Error(model.string() + ": no such file; the bundle's tokenizer is missing");
  if (!pieces_.Load(model.string()).ok())
    throw Error(model.string() + ": no SentencePiece model, or damaged; copy it again");
  if (pieces_.pad_id() != kPad || pieces_.eos_id() != kEnd || pieces_.unk_id() != kUnknown)
    throw Error(model.string() + ": another model's tokenizer, not T5's; copy the bundle's");
}

Tokens Tokenizer::operator()(const std::string& prompt) const {
  std::vector<int> ids;
  if (!pieces_.Encode(prompt, &ids).ok()) throw Error("the prompt cannot be tokenized");
  const std::size_t needed = ids.size() + 1;
  if (needed > length_) ids.resize(length_ - 1);
  ids.push_back(kEnd);
  const Shape shape = {1, static_cast<std::int64_t>(length_)};
  Tokens tokens{Array(Type::kInt64, shape), Array(Type::kInt64, shape), needed};
  for (std::size_t i = 0; i < length_; ++i) {
    tokens.ids.integers()[i] = i < ids.size() ? ids[i] : kPad;
    tokens.mask.integers()[i] = i < ids.size();
  }
  return tokens;
}

}  // namespace audiogen
