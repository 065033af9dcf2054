"""A SentencePiece model that T5's tokenizer classes take, without training.

Training goes through floating point and would not give the same bytes on every machine.
Needs protobuf and sentencepiece.
"""

from __future__ import annotations

import io
import itertools
import string
from collections.abc import Iterator

import sentencepiece
from sentencepiece import sentencepiece_model_pb2 as schema

SPACE = "\u2581"
WORDS = """
a an and arpeggios bass beats birds bpm calm deep distant drums effect funky guitar house in loop
morning music of on over piano rain sea singing sound synth techno the thunder warm with
"""


def tokenizer_model(pieces: int) -> bytes:
    """Return a unigram `spiece.model` of that many pieces: pad 0, end 1, unknown 2, as T5's."""
    model = schema.ModelProto.FromString(_trained_template())
    del model.pieces[3:]
    for rank, text in enumerate(itertools.islice(_texts(), pieces - 3)):
        model.pieces.add(piece=text, score=-1.0 - rank / 1024)
    model.trainer_spec.vocab_size = pieces
    return model.SerializeToString(deterministic=True)


def _trained_template() -> bytes:
    """Return a model trained on one word: its normalizer and special pieces are what counts."""
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(["template"]),
        model_writer=model,
        model_type="unigram",
        vocab_size=16,
        hard_vocab_limit=False,
        pad_id=0,
        eos_id=1,
        unk_id=2,
        bos_id=-1,
        minloglevel=2,
    )
    return model.getvalue()


def _texts() -> Iterator[str]:
    """Yield distinct pieces, likely ones first: words, characters, made-up words of syllables."""
    seen = set()
    letters = string.ascii_letters + string.digits + string.punctuation
    syllables = [c + v for c in "bdfghklmnprstvz" for v in "aeiou"]
    made_up = ("".join(s) for n in (1, 2, 3) for s in itertools.product(syllables, repeat=n))
    words = itertools.chain(WORDS, made_up)
    for text in itertools.chain(
        (SPACE + word for word in WORDS.split()), [SPACE], letters, (SPACE + word for word in words)
    ):
        if text not in seen:
            seen.add(text)
            yield text
