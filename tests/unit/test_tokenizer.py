import pytest
from transformers import AutoTokenizer

from sao.model.tokenizer import Tokenizer

PROMPTS = [
    "warm arpeggios on house beats 120BPM with drums effect",
    "",
    "  two  spaces\tand a tab\n",
    "caf\u00e9 \u00fcber \u6f22\u5b57 \U0001f3b5 \ufb01ligree \u00bd",
    "deep bass " * 100,
]


@pytest.fixture(scope="module")
def both(repositories):
    folder = repositories / "local/tiny-t5"
    return Tokenizer(folder / "spiece.model", 64), AutoTokenizer.from_pretrained(folder)


@pytest.mark.parametrize("prompt", PROMPTS)
def test_ids_are_those_of_hugging_face(both, prompt):
    ours, theirs = both
    ids, mask = ours(prompt)
    expected = theirs(
        prompt, truncation=True, max_length=64, padding="max_length", return_tensors="np"
    )
    assert ids.tolist() == expected["input_ids"].tolist()
    assert mask.tolist() == expected["attention_mask"].tolist()
    assert ids.dtype == mask.dtype == "int64"
