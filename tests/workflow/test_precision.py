"""Weights as hard as trained ones: int8 keeps its promise by measurement."""

import pytest

from sao.files import read_json
from support.checkout import NATIVE, Checkout, error_lines

HARD = ("--configfile", "config/demo-hard.yaml", "--config", f"target={NATIVE}")


@pytest.fixture(scope="module")
def hard(built, tmp_path_factory):
    """A checkout, with what separate builds share."""
    return Checkout.make(tmp_path_factory.mktemp("hard"), built.caches)


def score(part, target):
    return f"results/demo-hard/smoke/{target}/compare.{part}.int8.json"


def test_the_conditioners_hold_their_gate_where_int8_throughout_would_miss_it(hard, target):
    done = hard.run("--cores", "2", *HARD, "--", score("conditioners", target))
    assert done.returncode == 0, done.stdout[-4000:]
    decided = read_json(hard.folder / "results/demo-hard/precision/conditioners.int8.json")
    report = read_json(hard.folder / score("conditioners", target))
    assert decided["throughout_db"] < report["gate_db"] < report["snr_db"]
    assert decided["target_db"] == report["gate_db"] + 1
    assert report["snr_db"] == pytest.approx(decided["reached_db"], abs=2)
    assert decided["fp32"] and decided["int8"]
    [line] = [line for line in done.stdout.splitlines() if "stay in fp32" in line]
    assert all(site in line for site in decided["fp32"])


def test_strictly_that_is_a_failure(hard, target):
    wanted = "results/demo-hard/precision/conditioners.int8.json"
    done = hard.run("--cores", "2", *HARD, "strict=True", "--", wanted)
    assert done.returncode != 0
    [line] = error_lines(done.stdout)
    assert "stay in fp32" in line and "take out `strict`" in line
