import json

import numpy as np
import pytest

from sao.errors import BuildError
from sao.files import format_json
from sao.generate.audio import normalize
from sao.generate.held_out import autoencoder_cases
from sao.score.comparison import compare, gated, require
from sao.score.metrics import EQUAL_DB, cosine, snr_db

NOT_FINITE = [float("nan"), float("inf"), float("-inf")]


def test_snr_and_cosine_by_hand():
    a = np.array([3.0, 4.0], dtype=np.float32)
    assert snr_db(a, a) == EQUAL_DB
    assert snr_db(a, a * np.float32(1.5)) == pytest.approx(20 * np.log10(2))
    assert cosine(a, -a) == pytest.approx(-1)
    assert cosine(a, np.array([4.0, -3.0])) == pytest.approx(0)
    assert snr_db(np.zeros(2), a) == -np.inf


def test_silence_has_a_cosine_that_json_can_hold():
    zeros, ones = np.zeros(2), np.ones(2)
    assert [cosine(zeros, zeros), cosine(zeros, ones), cosine(ones, zeros)] == [1, 0, 0]


@pytest.mark.parametrize("number", NOT_FINITE)
@pytest.mark.parametrize("where", ["candidate", "reference", "both"])
def test_no_gate_is_passed_by_what_is_not_finite(number, where):
    reference, candidate = np.ones((2, 8), np.float32), np.ones((2, 8), np.float32)
    for name, array in (("candidate", candidate), ("reference", reference)):
        if where in (name, "both"):
            array[1, 3] = number
    assert not snr_db(reference, candidate) >= -1000
    assert not cosine(reference, candidate) >= -1


def three_calls(broken_call=None, broken_output=None, number=np.nan):
    """Return cases of the conditioners, and a program that is wrong in one number of one call."""
    shapes = {"cross_attn_cond": (1, 3, 4), "cross_attn_mask": (1, 3), "global_cond": (1, 4)}
    inputs = {name: np.ones(1) for name in ("input_ids", "attention_mask", "seconds_total")}
    cases = [inputs | {n: np.ones(s, np.float32) for n, s in shapes.items()} for _ in range(3)]
    answers = [{n: np.full(s, 1.01, np.float32) for n, s in shapes.items()} for _ in range(3)]
    if broken_call is not None:
        answers[broken_call][broken_output].flat[1] = number
    calls = iter(answers)
    return cases, lambda *_: list(next(calls).values())


@pytest.mark.parametrize("number", NOT_FINITE)
@pytest.mark.parametrize("output", ["cross_attn_cond", "cross_attn_mask", "global_cond"])
@pytest.mark.parametrize("call", [0, 1, 2])
def test_one_number_that_is_not_finite_is_named_and_fails(call, output, number):
    cases, program = three_calls(call, output, number)
    with pytest.raises(BuildError) as error:
        gated(program, cases, "conditioners", "int8", "here", 30.0, ["c.int8.pte"])
    line = str(error.value)
    assert line.startswith(f"c.int8.pte: conditioners in int8, call {call + 1} of 3: {output} has ")
    assert "not finite" in line
    assert "\n" not in line


@pytest.mark.parametrize("number", NOT_FINITE)
def test_a_recorded_output_that_is_not_finite_is_not_the_schemes_fault(number):
    cases, program = three_calls()
    cases[1]["global_cond"][0, 0] = number
    with pytest.raises(BuildError, match=r"^eager fp32, call 2 of 3: global_cond has numbers"):
        gated(program, cases, "conditioners", "int8", "here", 30.0, ["c.int8.pte"])


@pytest.mark.parametrize("number", NOT_FINITE)
def test_a_recording_that_is_not_finite_is_not_kept(number):
    step = {"x": np.ones(4), "t": np.ones(1), "velocity": np.zeros(4)}
    with pytest.raises(BuildError, match=r"^autoencoder in fp32: audio has numbers"):
        autoencoder_cases(lambda latent: [latent * number], [step], 1)


@pytest.mark.parametrize("number", NOT_FINITE)
def test_a_sound_that_is_not_finite_is_not_written(number):
    audio = np.ones((2, 5), np.float32)
    audio[1, 4] = number
    with pytest.raises(BuildError, match="did not work"):
        normalize(audio)


def test_a_report_says_its_margin_and_is_json():
    cases, program = three_calls()
    report = gated(program, cases, "conditioners", "int8", "here", 30.0, ["c.int8.pte"])
    assert report["margin_db"] == pytest.approx(10, abs=0.01)
    assert json.loads(format_json(report)) == report


@pytest.mark.parametrize("number", NOT_FINITE)
def test_json_never_holds_what_json_has_no_word_for(number):
    with pytest.raises(ValueError, match="JSON"):
        format_json({"snr_db": number})


def test_the_worst_case_counts():
    cases = [{"latent": np.ones(4), "audio": np.ones(4)} for _ in range(3)]
    answers = iter([np.ones(4), np.ones(4) * 1.1, np.ones(4)])
    result = compare("autoencoder", lambda latent: [next(answers)], cases, "a.pte")
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
    assert compare("conditioners", lambda *_: right, [case], "here")["snr_db"] == EQUAL_DB
    with pytest.raises(BuildError, match=expected):
        compare("conditioners", lambda *_: [ones, mask, ones], [case], "here")
