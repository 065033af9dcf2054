"""The benchmark's arithmetic and texts, on made-up measurements."""

import csv
import io
import json
import platform
from pathlib import Path

import numpy as np
import pytest
import torch

from sao.benchmark.choosing import scheme_figures
from sao.benchmark.eager_program import EagerProgram
from sao.benchmark.features import cpu_features
from sao.benchmark.figures import (
    build_cost,
    generation_latency,
    generation_parts,
    latency,
    limit_name,
    limits,
)
from sao.benchmark.measuring import measure
from sao.benchmark.recipes import all_files, choices, recipes
from sao.benchmark.report import as_csv, features_text, page_values
from sao.errors import BuildError
from sao.papers.templates import render
from sao.submodules import SUBMODULES
from support.checkout import ROOT
from support.figures import STEPS, benchmark_summary, choice


@pytest.fixture
def summary(tmp_path):
    return benchmark_summary(tmp_path)


def test_the_median_of_the_turns_with_the_fastest_and_the_slowest():
    assert latency([3.0, 1.0, 1.5]) == {"median": 1.5, "min": 1.0, "max": 3.0}


def test_a_generation_is_one_and_steps_and_one_calls():
    one = {"median": 1.0, "min": 0.5, "max": 2.0}
    total = generation_latency(dict.fromkeys(SUBMODULES, one), STEPS)
    assert total == {"median": 10.0, "min": 5.0, "max": 20.0}


def test_pieces_stand_for_the_decoder_where_there_are_any(summary):
    assert generation_parts(["conditioners", "dit", "autoencoder"])["autoencoder"] == "autoencoder"
    ours = summary["recipes"]["ours"]
    assert ours["generation"]["latency_s"]["median"] == pytest.approx(0.1 + 8 * 0.2 + 2.0)
    assert ours["generation"]["bytes"] == 4000
    assert ours["generation"]["bundle_bytes"] == 3000
    assert ours["parts"]["autoencoder"]["latency_s"]["median"] == 4.0


def test_the_speedup_is_the_ratio_of_the_two_generations(summary):
    assert summary["speedup_total"] == pytest.approx((0.2 + 8 * 0.4 + 10.0) / (0.1 + 1.6 + 2.0))


def test_the_share_of_the_limit_by_hand(summary):
    assert limits({"fp32": [2.0, 1.0]}, 5 * 10**9) == {"fp32": 10.0}
    dit = summary["recipes"]["reference"]["parts"]["dit"]
    assert dit["giga_operations_per_s"] == pytest.approx(2 * 10 / 0.4)
    limit = summary["limits"]["giga_operations_per_s"]["int8"]
    assert dit["share_of_limit"] == pytest.approx(50 / limit)


def test_each_part_is_held_against_the_limit_of_its_arithmetic():
    assert limit_name("ours", "dit", ["a/dit.int8.pte"]) == "int8"
    assert limit_name("ours", "dit", ["a/dit.fp32.pte"]) == "fp32"
    assert limit_name("ours", "pieces", ["head.fp32.pte", "tail.int8.pte"]) == "int8"
    assert limit_name("reference", "dit", ["a/dit.reference.pte"]) == "int8"
    assert limit_name("reference", "autoencoder", ["a/autoencoder.reference.pte"]) == "fp16"
    assert limit_name("reference", "conditioners", ["conditioners.reference.pte"]) == "fp32"
    assert limit_name("ours", "pieces", ["head.fp16.pte", "tail.fp16.pte"]) == "fp16"
    assert limit_name("eager", "dit", ["a/dit.pt2"]) == "torch_fp32"


def test_memory_is_what_the_process_held_beyond_its_baseline(summary):
    memory = summary["recipes"]["ours"]["parts"]["dit"]["memory_mb"]
    assert memory == {"baseline": 200.0, "peak": 500.0, "above_baseline": 300.0}


def test_building_costs_count_each_job_once_and_are_null_where_one_was_cached(summary, tmp_path):
    cost = build_cost(["dit.pt2", "dit.pte", "dit.json", "dit.pt2"], tmp_path)
    assert cost == {"cpu_s": 20, "peak_mb": 300}
    recipes = summary["recipes"]
    assert recipes["reference"]["generation"]["build"]["cpu_s"] == 40
    assert recipes["ours"]["parts"]["pieces"]["build"] is None
    assert recipes["ours"]["generation"]["build"] is None


def test_csv_has_a_row_for_each_part_and_generation(summary):
    rows = list(csv.DictReader(io.StringIO(as_csv(summary))))
    assert len(rows) == 3 + 4 + 3 + 3
    row = next(row for row in rows if (row["recipe"], row["part"]) == ("ours", "pieces"))
    assert float(row["latency_median_s"]) == 2.0
    assert row["build_cpu_s"] == ""


def test_markdown_says_how_to_get_it_again_what_was_cached_and_the_speedup(summary):
    template = ROOT / "workflow/report/benchmark.md.j2"
    text = render(template, command="snakemake benchmark", **page_values(summary))
    assert "To get it again: `snakemake benchmark`" in text
    assert f"{summary['speedup_total']:.2f} times as fast" in text
    assert "\nx (dot product, fp16; no i8mm, SME); 2 threads;" in text
    (row,) = [line for line in text.splitlines() if "autoencoder_head.fp32.pte" in line]
    assert "| 2.000 (1.000 to 6.000) | 300 | 500 | 0.0 | 40.0 | 0.999000 | cached |" in row
    columns = {line.count("|") for line in text.splitlines() if line.startswith("| ours | pieces")}
    assert columns == {12, 7}
    json.dumps(summary)


# What cpuinfo says of these cores, by the features that they have.
ARM_CORES = {
    "Cortex-A72": [],
    "Neoverse N1, Cortex-A76, Apple M1": ["dot", "fp16_arith"],
    "Graviton3 (Neoverse V1)": ["dot", "fp16_arith", "bf16", "i8mm", "sve"],
    "Cortex-X3": ["dot", "fp16_arith", "bf16", "i8mm", "sve", "sve2"],
    "Apple M4": ["dot", "fp16_arith", "bf16", "i8mm", "sme", "sme2"],
}
ARM_NAMES = ["dot", "i8mm", "fp16_arith", "bf16", "sve", "sve2", "sme", "sme2"]


@pytest.mark.parametrize(
    ("core", "text"),
    [
        (
            "Cortex-A72",
            "none that is known; no dot product, i8mm, fp16, bf16, SVE, SVE2, SME, SME2",
        ),
        (
            "Neoverse N1, Cortex-A76, Apple M1",
            "dot product, fp16; no i8mm, bf16, SVE, SVE2, SME, SME2",
        ),
        ("Graviton3 (Neoverse V1)", "dot product, i8mm, fp16, bf16, SVE; no SVE2, SME, SME2"),
        ("Cortex-X3", "dot product, i8mm, fp16, bf16, SVE, SVE2; no SME, SME2"),
        ("Apple M4", "dot product, i8mm, fp16, bf16, SME, SME2; no SVE, SVE2"),
    ],
)
def test_features_of_arm_that_decide_kernels(core, text):
    said = {"neon": True, "crc32": True, "architecture": "arm64"}
    said |= {name: name in ARM_CORES[core] for name in ARM_NAMES}
    assert features_text(cpu_features(said)) == text


def test_features_of_this_machine_are_those_that_its_system_tells():
    flags = set(Path("/proc/cpuinfo").read_text().split())
    by_flag = {
        "x86_64": {"avx2": "AVX2", "avx512f": "AVX-512", "avx512_vnni": "AVX-512 VNNI"},
        "aarch64": {"asimddp": "dot product", "i8mm": "i8mm", "asimdhp": "fp16", "sme": "SME"},
    }[platform.machine()]
    features = cpu_features()
    assert {name: features[name] for name in by_flag.values()} == {
        name: flag in flags for flag, name in by_flag.items()
    }


class Mixed(torch.nn.Module):
    """A linear layer, a convolution and attention."""

    def __init__(self):
        super().__init__()
        self.linear = torch.nn.Linear(8, 16)
        self.convolution = torch.nn.ConvTranspose1d(4, 6, 4, stride=2)

    def forward(self, x):
        y = self.linear(x)
        attended = torch.nn.functional.scaled_dot_product_attention(y, y, y)
        return self.convolution(x), attended


def test_multiply_accumulates_by_hand(tmp_path):
    x = torch.randn(1, 4, 8)
    torch.export.save(torch.export.export(Mixed().eval(), (x,)), tmp_path / "mixed.pt2")
    program = EagerProgram(tmp_path / "mixed.pt2")
    linear, convolution, attention = 4 * 8 * 16, 8 * 4 * 6 * 4, 2 * 4 * 4 * 16
    macs = program.multiply_accumulates(x.numpy())
    assert macs == linear + convolution + attention
    assert [output.shape for output in program(np.zeros_like(x))] == [(1, 6, 18), (1, 4, 16)]


def test_a_process_that_dies_is_one_line_that_names_what_it_measured():
    with pytest.raises(BuildError, match=r"^ours dit: its process ended with code 1 before"):
        measure({("ours", "dit"): {"kind": "none"}}, 0, 1)


def test_recipes_name_their_files_and_all_that_is_made_on_the_way():
    measured = recipes("any", {"conditioners": "fp32", "dit": "int8", "autoencoder": "int8"})
    assert set(measured) == {"reference", "ours", "eager"}
    made = "results/any/"  # of which no precision is committed
    assert measured["reference"]["dit"] == {
        "files": [made + "pte/dit.reference.pte"],
        "made": [
            made + "exported/dit.reference.pt2",
            made + "quantized/dit.reference.pt2",
            made + "pte/dit.reference.pte",
        ],
    }
    # fp32 is lowered as it was exported.
    assert measured["ours"]["conditioners"]["made"] == [
        made + "exported/conditioners.pt2",
        made + "pte/conditioners.fp32.pte",
    ]
    pieces = measured["ours"]["pieces"]
    assert pieces["files"] == [
        made + "pte/autoencoder_head.int8.pte",
        made + "pte/autoencoder_tail.int8.pte",
    ]
    assert {
        made + "calibration/dit.safetensors",
        made + "precision/autoencoder.int8.json",
    } < set(pieces["made"])
    assert measured["eager"]["dit"]["files"] == [made + "exported/dit.eager.pt2"]
    assert len(all_files(measured)) == 3 + 5 + 3


def test_choices_are_by_scheme_with_the_decoder_in_pieces_where_it_has_them():
    found = choices("demo", {"dit": ["int8", "int4", "int8"], "autoencoder": ["int8", "reference"]})
    parts = {scheme: set(recipe) for scheme, recipe in found.items()}
    assert parts == {"int8": {"dit", "pieces"}, "int4": {"dit"}, "reference": {"autoencoder"}}
    assert found["int8"]["pieces"]["files"] == [
        "results/demo/pte/autoencoder_head.int8.pte",
        "results/demo/pte/autoencoder_tail.int8.pte",
    ]


def test_a_scheme_is_told_what_passes_and_is_better_in_all(tmp_path):
    rows = {row["scheme"]: row for row in scheme_figures(*choice(tmp_path))}
    assert [name for name, row in rows.items() if row["chosen"]] == ["int8"]
    assert {name: row["margin_db"] for name, row in rows.items()} == {
        "fp32": 20,
        "fp16": 10,
        "int8": 15,
        "int4": -1,
    }
    # int4 is smaller and faster than fp16, and does not count: it is below its gate.
    assert {name: row["better"] for name, row in rows.items() if row["better"]} == {
        "fp16": ["int8"]
    }
