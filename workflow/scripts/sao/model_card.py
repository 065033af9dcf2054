"""The README of a bundle. Standard library only."""

from __future__ import annotations


def model_card(manifest: dict) -> str:
    """Return a model card in Markdown for a bundle's manifest."""
    source = manifest["provenance"]["model"]
    rows = "\n".join(
        f"| {name} | `{part['file']}` | {part['scheme']} | {part['bytes']:,} |"
        for name, part in (manifest["submodules"] | manifest["pieces"]).items()
    )
    return f"""---
base_model: {source["repository"]}
base_model_relation: quantized
library_name: executorch
license: {source["licence"]}
pipeline_tag: text-to-audio
---

# {manifest["model"]} for ExecuTorch on Arm CPUs

Text to 44.1 kHz stereo sound, in three ExecuTorch programs for the XNNPACK backend, made from
`{source["repository"]}` at commit `{source["commit"]}`. The licence of that model applies.

| submodule | file | scheme | bytes |
|---|---|---|---|
{rows}

`autoencoder_head.pte` and `autoencoder_tail.pte` are the decoder once more, cut in two: the tail
runs over windows of what the head gives, in less memory and time. A program that knows of the
three submodules alone needs neither.

`manifest.json` has hashes, inputs and outputs with their shapes, and where everything came from.
`spiece.model` is the tokenizer's model.
"""
