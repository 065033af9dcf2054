"""The benchmark on the demo model: every figure is there; how large it is, is not tested."""

import csv
import json
import math

import pytest

from sao.files import read_json
from sao.submodules import SUBMODULES

# Read over config/demo.yaml: numbers below a key need a file.
SMALL = """
benchmark: {repeats: 2, warm_up: 0}
choose: {conditioners: [int8, reference], dit: [int8, small], autoencoder: [int8, reference]}
"""


@pytest.fixture(scope="module")
def measured(built, tmp_path_factory):
    """The finished build, copied, and its benchmark."""
    copy = built.copy(tmp_path_factory.mktemp("measured") / "copy")
    (copy.folder / "small.yaml").write_text(SMALL)
    configs = ("--configfile", "config/demo.yaml", "small.yaml")
    done = copy.run("--cores", "2", *configs, "--", "benchmark", "choose")
    assert done.returncode == 0, done.stdout[-6000:]
    return copy.folder / "results/demo/benchmark"


@pytest.fixture(scope="module")
def schemes(measured):
    return json.loads((measured.parent / "schemes.json").read_text())["submodules"]


@pytest.fixture(scope="module")
def summary(measured):
    return json.loads((measured / "summary.json").read_text())


def numbers(value):
    if isinstance(value, dict):
        return [n for entry in value.values() for n in numbers(entry)]
    return [] if isinstance(value, (str, list)) else [value]


def test_every_figure_is_there_and_a_number(summary):
    assert set(summary["recipes"]) == {"reference", "ours", "eager"}
    for content in summary["recipes"].values():
        assert set(SUBMODULES) <= set(content["parts"])
        for figures in (*content["parts"].values(), content["generation"]):
            assert {"latency_s", "memory_mb", "bytes", "snr_db", "cosine", "build"} <= set(figures)
            assert set(figures["latency_s"]) == {"median", "min", "max"}
            assert set(figures["memory_mb"]) == {"baseline", "peak", "above_baseline"}
            # Null where another test's build left its result in the cache.
            assert figures["build"] is None or figures["build"]["cpu_s"] > 0
            assert all(math.isfinite(n) for n in numbers(figures | {"build": {}}))
        for figures in content["parts"].values():
            assert figures["macs"] > 1e6
            assert figures["share_of_limit"] > 0
    measured = {"fp32", "fp16", "int8", "torch_fp32"}
    assert set(summary["limits"]["giga_operations_per_s"]) == measured
    assert {"machine", "threads", "versions", "repeats", "warm_up"} <= set(summary)


def test_the_speedup_is_the_ratio_of_the_totals_in_the_same_file(summary):
    total = {
        name: content["generation"]["latency_s"]["median"]
        for name, content in summary["recipes"].items()
    }
    assert summary["speedup_total"] == total["reference"] / total["ours"]
    parts = summary["recipes"]["reference"]["parts"]
    calls = {"conditioners": 1, "dit": summary["steps"], "autoencoder": 1}
    by_hand = sum(count * parts[name]["latency_s"]["median"] for name, count in calls.items())
    assert total["reference"] == pytest.approx(by_hand)


def test_eager_is_the_fp32_that_scores_are_against(summary):
    for figures in summary["recipes"]["eager"]["parts"].values():
        assert figures["snr_db"] > 100


def test_table_rows_and_a_picture_are_beside_it(measured, summary):
    with open(measured / "summary.csv") as file:
        rows = list(csv.DictReader(file))
    parts = sum(len(content["parts"]) + 1 for content in summary["recipes"].values())
    assert len(rows) == parts
    text = (measured / "summary.md").read_text()
    command = "snakemake --cores 2 benchmark --configfile config/demo.yaml small.yaml"
    assert f"To get it again: `{command}`" in text
    assert (measured / "summary.png").read_bytes().startswith(b"\x89PNG")


def test_choose_measures_the_schemes_that_the_config_names(schemes):
    named = {name: [row["scheme"] for row in rows] for name, rows in schemes.items()}
    assert named == {
        "conditioners": ["int8", "reference"],
        "dit": ["int8", "small"],
        "autoencoder": ["int8", "reference"],
    }
    parts = [row["part"] for row in schemes["autoencoder"]]
    assert parts == ["pieces", "autoencoder"]
    for rows in schemes.values():
        assert [row["chosen"] for row in rows] == [row["scheme"] == "int8" for row in rows]
        for row in rows:
            assert row["bytes"] > 1e5
            assert row["latency_s"]["min"] <= row["latency_s"]["median"] <= row["latency_s"]["max"]
            assert row["margin_db"] == row["snr_db"] - row["gate_db"]


def test_small_is_smaller_and_holds_its_gate(measured, schemes):
    by_scheme = {row["scheme"]: row for row in schemes["dit"]}
    assert by_scheme["small"]["bytes"] < by_scheme["int8"]["bytes"]
    assert by_scheme["small"]["snr_db"] >= by_scheme["small"]["gate_db"]
    decided = read_json(measured.parent / "precision/dit.small.json")["sites"]
    assert {site["precision"] for site in decided} == {"int4", "int8"}


def test_pages_show_what_was_measured(measured, summary, schemes):
    page = (measured / "summary.html").read_text()
    assert f"{summary['speedup_total']:.2f} times as fast" in page
    page = (measured.parent / "schemes.html").read_text()
    assert "schemes: {conditioners: int8, dit: int8, autoencoder: int8}" in page
    for rows in schemes.values():
        for row in rows:
            assert f"{row['snr_db']:.1f}&nbsp;dB" in page
