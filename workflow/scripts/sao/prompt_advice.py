"""What would make a prompt better, though it may stay as it is. Needs sentencepiece."""

from __future__ import annotations

import os
import re

import sentencepiece

TEMPO = re.compile(r"\d\s*bpm\b", re.IGNORECASE)


def token_limit(model_config: dict) -> int:
    """Return how many tokens of a prompt a model reads, the end's included."""
    configs = model_config["model"]["conditioning"]["configs"]
    return next(entry["config"]["max_length"] for entry in configs if entry["id"] == "prompt")


def advice(prompts: dict, where: str, spiece: str | os.PathLike, limit: int) -> list[str]:
    """Return a line for each smoke prompt without a tempo, and for any over `limit` tokens.

    `prompts` have a text each (sao.prompts.put_together) and were read from `where`; tokens are
    counted by the model's own tokenizer, `spiece.model`.
    """
    pieces = sentencepiece.SentencePieceProcessor(model_file=str(spiece))
    lines = []
    named = {f"smoke.{name}": prompt for name, prompt in prompts["smoke"].items()}
    for key, prompt in named.items():
        if not TEMPO.search(prompt["prompt"]):
            lines.append(f"{where}: {key}: has no tempo; if it is music, add one, such as 120 BPM")
    for use in ("held_out", "calibration"):
        named |= {f"{use}[{number}]": prompt for number, prompt in enumerate(prompts[use])}
    for key, prompt in named.items():
        count = len(pieces.encode(prompt["prompt"])) + 1
        if count > limit:
            lines.append(
                f"{where}: {key}: has {count} tokens, the model reads {limit} and leaves out the "
                "end; make it shorter"
            )
    return lines
