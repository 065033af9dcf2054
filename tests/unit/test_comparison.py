import numpy as np
import pytest

from sao.errors import BuildError
from sao.score.comparison import compare, require
from sao.score.metrics import EQUAL_DB, cosine, snr_db


def test_snr_and_cosine_by_hand():
    a = np.array([3.0, 4.0], dtype=np.float32)
    assert snr_db(a, a) == EQUAL_DB
    assert snr_db(a, a * np.float32(1.5)) == pytest.approx(20 * np.log10(2))
    assert cosine(a, -a) == pytest.approx(-1)
    assert cosine(a, np.array([4.0, -3.0])) == pytest.approx(0)
    assert np.isnan(snr_db(a, a * np.nan))
    assert snr_db(np.zeros(2), a) == -np.inf


def test_the_worst_case_counts():
    cases = [{"latent": np.ones(4), "audio": np.ones(4)} for _ in range(3)]
    answers = iter([np.ones(4), np.ones(4) * 1.1, np.ones(4)])
    result = compare("autoencoder", lambda latent: [next(answers)], cases)
    assert result["snr_db"] == pytest.approx(20)
    assert result["outputs"]["audio"]["snr_db"] == result["snr_db"]
    assert result["cases"] == 3


@pytest.mark.parametrize("snr", [14.0, float("nan"), float("-inf")])
def test_below_the_gate_says_which_by_how_much_and_what_to_set(snr):
    with pytest.raises(BuildError) as error:
        require(snr, 20.0, "dit", "int8", ["dit.int8.pte"])
    line = str(error.value)
    assert line.startswith("dit.int8.pte: dit in int8 is ")
    assert "gate of 20.0 dB" in line
    assert "gates.dit.int8" in line
    assert "\n" not in line


def test_at_the_gate_passes():
    require(20.0, 20.0, "dit", "int8", ["dit.int8.pte"])


@pytest.mark.parametrize(
    ("mask", "expected"),
    [
        (np.array([[1, 1, 0]]), "cross_attn_mask differs"),
        (np.array([[1.0, 0, 0]], dtype=np.float32), r"cross_attn_mask is float32 \(1, 3\)"),
        (np.array([[1, 0]]), r"cross_attn_mask is int64 \(1, 2\), in eager fp32 int64 \(1, 3\)"),
    ],
    ids=["value", "dtype", "shape"],
)
def test_whole_numbers_are_equal_and_nothing_is_of_another_kind(mask, expected):
    ones = np.ones(3)
    inputs = dict.fromkeys(("input_ids", "attention_mask", "seconds_total"), ones)
    outputs = {"cross_attn_cond": ones, "cross_attn_mask": np.array([[1, 0, 0]])}
    case = inputs | outputs | {"global_cond": ones}
    right = [ones, case["cross_attn_mask"], ones]
    assert compare("conditioners", lambda *_: right, [case])["snr_db"] == EQUAL_DB
    with pytest.raises(BuildError, match=expected):
        compare("conditioners", lambda *_: [ones, mask, ones], [case])
