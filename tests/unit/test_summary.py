"""What the summary of a build says."""

import json

import pytest

from sao.files import write_json
from sao.papers.summary import summary_values
from sao.papers.templates import render
from support.checkout import ROOT

SOUND = {"prompt": "a | b", "distance_db": 0.25, "gate_db": 1.5, "margin_db": 1.25}


@pytest.fixture
def text(tmp_path):
    """A function: margins by submodule to the summary's text."""

    def summary(**margins):
        parts = {
            name: {
                "scheme": "int8",
                "snr_db": 20 + margin,
                "gate_db": 20.0,
                "margin_db": margin,
                "cosine": 0.99,
            }
            for name, margin in margins.items()
        }
        report = {"machine": "m", "timings_s": {"total": 1}, "prompt": "p", "comparison": parts}
        path = tmp_path / "sound.json"
        path.write_text(json.dumps(report))
        values = summary_values([], ["a.wav"], [str(path)], str(tmp_path / "none"), [])
        values["sound_scores"] = [SOUND]
        template = ROOT / "workflow/report/summary.md.j2"
        return render(template, model="demo", target="here", **values)

    return summary


def test_the_margin_of_each_gate_is_in_its_row(text):
    lines = text(dit=2.5, autoencoder=1.0).splitlines()
    assert "| dit | int8 | 22.5 | 20.0 | 2.5 | 0.990000 |" in lines
    assert not [line for line in lines if "over its gate" in line]


def test_a_thin_margin_is_said_in_a_sentence_of_its_own(text):
    lines = text(dit=2.5, conditioners=0.96, autoencoder=0.314).splitlines()
    said = [line for line in lines if "over its gate" in line]
    assert [line.split(":")[0] for line in said] == [
        "conditioners in int8 is only 0.96 dB over its gate",
        "autoencoder in int8 is only 0.31 dB over its gate",
    ]
    for line in said:  # a table needs an empty line before it
        assert lines[lines.index(line) + 1] == ""


@pytest.mark.parametrize("prefix", ["", "a/module/", ".snakemake/storage/s3/bucket/run/"])
def test_stages_of_other_schemes_and_targets_are_left_out(tmp_path, prefix):
    for scheme in ("int8", "int4"):
        made = [f"{prefix}pte/dit.{scheme}.pte", f"{prefix}pte/dit.{scheme}.json"]
        write_json(tmp_path / f"benchmarks/build.dit.{scheme}.json", {"made": made, "wall_s": 1})
    write_json(tmp_path / "sound.json", {"comparison": {}})
    values = summary_values(
        [],
        ["sound.wav"],
        [str(tmp_path / "sound.json")],
        str(tmp_path / "benchmarks"),
        ["pte/dit.int8.pte", "bundle"],
    )
    assert list(values["stages"]) == ["build.dit.int8"]
