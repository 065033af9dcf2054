// The model's three submodules as Arm's application and workflow/scripts/sao/submodules.py name
// them. Inputs and outputs go by position.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace audiogen {

// Of a sound.
constexpr std::int64_t kChannels = 2;

struct Submodule {
  std::string name, file;
  std::vector<std::string> inputs, outputs;
};

inline const Submodule kConditioners = {"conditioners",
                                        "conditioners_model.pte",
                                        {"input_ids", "attention_mask", "seconds_total"},
                                        {"cross_attn_cond", "cross_attn_mask", "global_cond"}};
inline const Submodule kDit = {
    "dit", "dit_model.pte", {"x", "t", "cross_attn_cond", "global_cond"}, {"velocity"}};
inline const Submodule kAutoencoder = {
    "autoencoder", "autoencoder_model.pte", {"latent"}, {"audio"}};

// The autoencoder's other half, for sounds to start from; Arm's bundles have none.
inline const Submodule kEncoder = {
    "autoencoder_encoder", "autoencoder_encoder_model.pte", {"audio"}, {"mean", "scale"}};

// The decoder cut in two: latent to hidden, and windows of hidden to audio.
inline const std::string kHeadFile = "autoencoder_head.pte";
inline const std::string kTailFile = "autoencoder_tail.pte";
inline const std::string kTokenizerFile = "spiece.model";

}  // namespace audiogen
