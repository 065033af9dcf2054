"""Prompts that are refused when they are read."""

import copy

import pytest
import yaml

from sao.errors import BuildError
from sao.files import read_json
from sao.model.tokenizer import Tokenizer
from sao.prompt_advice import advice, token_limit
from sao.prompts import check_inputs, check_values, put_together
from support.checkout import ROOT

PROMPTS = yaml.safe_load((ROOT / "config/prompts.yaml").read_text())


def test_the_shipped_prompts_pass():
    check_values(PROMPTS, "x.yaml")


# As YAML reads them: each follows the schema.
@pytest.mark.parametrize(
    ("use", "name", "key", "value", "expected"),
    [
        ("smoke", "birds", "seconds", ".nan", r"x\.yaml: smoke\.birds\.seconds: nan is no length"),
        ("smoke", "birds", "seconds", ".inf", r"smoke\.birds\.seconds: inf is no length"),
        ("held_out", 1, "seconds", ".nan", r"held_out\[1\]\.seconds: nan is no length"),
        ("calibration", 0, "seed", "7.0", r"calibration\[0\]\.seed: 7\.0 is no whole number"),
        ("smoke", "birds", "prompt", r'"a\0b"', r"smoke\.birds\.prompt: has characters"),
        ("smoke", "birds", "prompt", r'"\ud800"', r"smoke\.birds\.prompt: has characters"),
    ],
)
def test_what_no_generation_takes_is_refused(use, name, key, value, expected):
    prompts = copy.deepcopy(PROMPTS)
    prompts[use][name][key] = yaml.safe_load(value)
    with pytest.raises(BuildError, match=expected):
        check_values(prompts, "x.yaml")


PARTS = {
    "tempo": 120,
    "atmosphere": "uplifting",
    "elements": [
        {"name": "arpeggios", "articulation": "plucked", "rhythm": "syncopated", "texture": "warm"},
        {"name": "bass"},
    ],
    "subgenre": "deep house",
    "genre": "house",
    "seconds": 3,
    "seed": 1,
}


def test_parts_are_put_together_in_the_order_of_the_guide():
    prompts = put_together(PROMPTS | {"smoke": {"x": PARTS}}, "x.yaml")
    assert prompts["smoke"]["x"] == {
        "prompt": "house, deep house, warm syncopated plucked arpeggios, bass, uplifting, 120 BPM",
        "seconds": 3,
        "seed": 1,
    }
    assert prompts["held_out"] == PROMPTS["held_out"]


@pytest.mark.parametrize(
    ("use", "name", "change", "expected"),
    [
        ("smoke", "birds", {"tempo": 120}, r"x\.yaml: smoke\.birds: give either `prompt` or parts"),
        ("smoke", "birds", {"prompt": None}, r"x\.yaml: smoke\.birds: give either"),
        ("held_out", 0, {"steps": 4}, r"x\.yaml: held_out\[0\]\.steps: only smoke prompts"),
        ("held_out", 0, {"input": "a.wav"}, r"held_out\[0\]\.input: only smoke prompts have input"),
        ("calibration", 0, {"strength": 1}, r"calibration\[0\]\.strength: only smoke prompts"),
        ("smoke", "birds", {"strength": 1}, r"smoke\.birds\.strength: of what\? there is no input"),
    ],
)
def test_what_is_no_prompt_is_refused_by_its_key(use, name, change, expected):
    prompts = copy.deepcopy(PROMPTS)
    prompts[use][name] |= change
    prompts[use][name] = {k: v for k, v in prompts[use][name].items() if v is not None}
    with pytest.raises(BuildError, match=expected):
        put_together(prompts, "x.yaml")


def test_advice_names_a_missing_tempo_and_what_goes_over_the_tokens(repositories):
    prompts = copy.deepcopy(PROMPTS)
    prompts["smoke"]["house-arpeggios"]["prompt"] += " again" * 80
    prompts["calibration"][0]["prompt"] = "piano " * 100
    spiece = repositories / "local/tiny-t5/spiece.model"
    lines = advice(prompts, "x.yaml", spiece, 64)
    assert lines[0].startswith("x.yaml: smoke.birds: has no tempo")
    _, mask = Tokenizer(spiece, 10_000)(prompts["smoke"]["house-arpeggios"]["prompt"])
    count = mask.sum()
    assert f"x.yaml: smoke.house-arpeggios: has {count} tokens, the model reads 64" in lines[1]
    assert lines[2].startswith("x.yaml: calibration[0]: has ")
    assert len(lines) == 3
    assert len(advice(PROMPTS, "x.yaml", spiece, 1000)) == 1


def test_the_models_config_says_how_many_tokens_it_reads(repositories):
    assert token_limit(read_json(repositories / "local/tiny/model_config.json")) == 64


def test_an_input_is_a_sound_above_or_a_file(tmp_path):
    (tmp_path / "a.wav").write_bytes(b"")
    smoke = {"one": {}, "two": {"input": "one"}, "three": {"input": str(tmp_path / "a.wav")}}
    check_inputs(smoke, "x.yaml")
    for given, expected in (
        ("two", r"x\.yaml: smoke\.one\.input: two is no prompt above this one"),
        ("one", r"smoke\.one\.input: one is no prompt above this one"),
        ("a.wav", r"smoke\.one\.input: a\.wav: no such file"),
        (str(tmp_path), "no such file"),
    ):
        with pytest.raises(BuildError, match=expected):
            check_inputs(smoke | {"one": {"input": given}}, "x.yaml")


def test_a_strength_is_put_where_an_input_has_none():
    smoke = {"one": {"prompt": "a", "input": "a.wav"}, "two": {"prompt": "b"}}
    made = put_together(PROMPTS | {"smoke": smoke}, "x.yaml")["smoke"]
    assert made["one"]["strength"] == 0.7
    assert "strength" not in made["two"]
