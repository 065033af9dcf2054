"""Weights as hard as trained ones: int8 keeps its promise by measurement."""

import pytest

from sao.files import read_json
from sao.submodules import PARTS, RECORDED, recorded_as
from support.checkout import NATIVE, ROOT, Checkout, error_lines
from support.hashes import decisions, forget_decisions, of_artifacts, recorded

HARD = ("--configfile", "config/demo-hard.yaml", "--config", f"target={NATIVE}")


@pytest.fixture(scope="module")
def hard(built, tmp_path_factory):
    """A checkout, with what separate builds share, that decides for itself."""
    checkout = Checkout.make(tmp_path_factory.mktemp("hard"), built.caches)
    forget_decisions(checkout, "demo-hard")
    return checkout


@pytest.fixture(scope="module")
def scored(hard, target):
    """What the run that scores every part printed; none of them misses its gate."""
    files = [f"results/demo-hard/smoke/{target}/compare.{part}.int8.json" for part in PARTS]
    done = hard.run("--cores", "2", *HARD, "--", *files)
    assert done.returncode == 0, done.stdout[-4000:]
    return done.stdout


@pytest.mark.parametrize("part", PARTS)
def test_each_part_holds_its_gate(hard, scored, target, part):
    report = read_json(hard.folder / f"results/demo-hard/smoke/{target}/compare.{part}.int8.json")
    decided = read_json(hard.folder / f"results/demo-hard/precision/{recorded_as(part)}.int8.json")
    assert decided["target_db"] == report["gate_db"] + 1
    assert decided["reached_db"] >= decided["target_db"]
    assert report["snr_db"] >= report["gate_db"]
    assert report["snr_db"] == pytest.approx(decided["reached_db"], abs=2.5)


@pytest.mark.parametrize("submodule", RECORDED)
def test_what_stays_in_fp32_is_said_and_not_all_of_it(hard, scored, submodule):
    path = f"results/demo-hard/precision/{submodule}.int8.json"
    decided = read_json(hard.folder / path)
    in_fp32 = [site["name"] for site in decided["sites"] if site["precision"] == "fp32"]
    assert len(in_fp32) < len(decided["sites"])
    lines = [line for line in scored.splitlines() if line.startswith(path)]
    if in_fp32:
        assert decided["throughout_db"] < decided["target_db"]
        [line] = lines
        assert all(site in line for site in in_fp32)
    else:
        assert lines == []


def test_the_same_was_decided_before_and_is_committed(hard, scored):
    committed = decisions(ROOT / "config/precision/demo-hard")
    assert decisions(hard.folder / "results/demo-hard/precision") == committed


def test_the_artifacts_are_those_that_are_recorded(hard, scored):
    assert of_artifacts(hard, "demo-hard/pte") == recorded("demo-hard")


def test_strictly_that_is_a_failure(hard, scored):
    wanted = "results/demo-hard/precision/conditioners.int8.json"
    done = hard.run("--cores", "2", *HARD, "strict=True", "--", wanted)
    assert done.returncode != 0
    [line] = error_lines(done.stdout)
    assert "in fp32" in line and "take out `strict`" in line
