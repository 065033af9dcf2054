"""T5 tokenization from spiece.model alone. Needs numpy and sentencepiece."""

from __future__ import annotations

import os

import numpy as np
import sentencepiece

PAD, EOS = 0, 1


class Tokenizer:
    """Gives the ids that Hugging Face's T5 tokenizer gives with padding="max_length".

    But for one thing: the text of a special token, such as `</s>`, is text here.
    """

    def __init__(self, spiece: str | os.PathLike, length: int) -> None:
        """Load `spiece.model`; `length` is the number of ids to pad or truncate to."""
        self._pieces = sentencepiece.SentencePieceProcessor(model_file=str(spiece))
        self._length = length

    def __call__(self, prompt: str) -> tuple[np.ndarray, np.ndarray]:
        """Return (input_ids, attention_mask), both int64, shape (1, length)."""
        ids = [*self._pieces.encode(prompt)[: self._length - 1], EOS]
        padding = self._length - len(ids)
        mask = [1] * len(ids) + [0] * padding
        return np.array([ids + [PAD] * padding]), np.array([mask])
