"""Prompts that are refused when they are read."""

import copy

import pytest
import yaml

from sao.errors import BuildError
from sao.prompts import check_values
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
