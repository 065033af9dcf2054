"""T5 tokenization from spiece.model alone. Needs numpy and sentencepiece."""

from __future__ import annotations

import os

import numpy as np
import sentencepiece

from sao.errors import BuildError

PAD, EOS, UNK = 0, 1, 2
# T5 adds this many special tokens to its pieces, and rounds its embedding up to a multiple.
EXTRA_IDS, MULTIPLE = 100, 128


def check_tokenizer(spiece: str | os.PathLike, vocab_size: int) -> None:
    """Raise BuildError where `spiece.model` is not the tokenizer of a T5 with that embedding."""
    try:
        pieces = sentencepiece.SentencePieceProcessor(model_file=str(spiece))
    except (OSError, RuntimeError) as error:
        raise BuildError(f"{spiece}: no SentencePiece model ({error})") from error
    special = (pieces.pad_id(), pieces.eos_id(), pieces.unk_id())
    if special != (PAD, EOS, UNK):
        raise BuildError(
            f"{spiece}: padding, end and unknown are {special}, T5's are {(PAD, EOS, UNK)}; "
            "this is another model's tokenizer"
        )
    count = pieces.get_piece_size() + EXTRA_IDS
    if not count <= vocab_size < count + MULTIPLE:
        raise BuildError(
            f"{spiece}: {count - EXTRA_IDS} pieces and {EXTRA_IDS} extra ids do not fill T5's "
            f"vocab_size of {vocab_size}; tokenizer and config.json are not of one model"
        )


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
