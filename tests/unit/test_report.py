"""What the report's parts say and draw, on made-up figures."""

import base64
import io
from types import SimpleNamespace
from xml.etree import ElementTree

import numpy as np
import pytest
import soundfile
from matplotlib.figure import Figure

from sao.report.build import part_figures, part_rows, stage_rows, verdict
from sao.report.graph import drawn_graph
from sao.report.history import KEPT, before, read_history, with_build, write_history
from sao.report.page import render_page
from sao.report.sounds import drawn, drawn_difference, flac
from sao.report.svg import INK, inline_svg, style
from sao.rule_edges import made_for, rule_edges
from sao.submodules import ENCODER, PARTS, PIECES, PROGRAMS, SUBMODULES

RATE = 44100


def scores(**changed):
    score = {"scheme": "int8", "snr_db": 30.0, "cosine": 0.999, "gate_db": 20.0, "margin_db": 10.0}
    return {part: score | changed.get(part, {}) for part in PARTS}


@pytest.fixture
def manifest():
    programs = {
        name: {"bytes": 1_000_000, "delegates": 1, "undelegated": {}, "scheme": "int8"}
        for name in PROGRAMS
    }
    programs["conditioners"]["undelegated"] = {"aten::cat": 1}
    return {
        "submodules": {name: programs[name] for name in SUBMODULES},
        "pieces": {name: programs[name] for name in PIECES},
        "encoder": {name: programs[name] for name in ENCODER},
    }


SOUND = {
    "stages": {
        "conditioners": {"calls": 1, "run_s": 0.01, "peak_bytes": 10e6},
        "dit": {"calls": 8, "run_s": 0.8, "peak_bytes": 20e6},
        "autoencoder": {"calls": 1, "run_s": 0.5, "peak_bytes": 30e6},
    }
}


def cells(rows, name):
    (row,) = [row for row in rows if row["name"] == name]
    return {
        cell["label"]: (cell["text"].replace("\xa0", " "), cell["was"]) for cell in row["cells"]
    }


def test_a_row_has_all_figures_of_a_part(manifest):
    rows = part_rows(part_figures(manifest, scores(), SOUND), None)
    assert cells(rows, "DiT, one step") == {
        "scheme": ("int8", None),
        "size": ("1.0 MB", None),
        "delegates": ("1", None),
        "operators outside": ("none", None),
        "SNR": ("30.0 dB", None),
        "cosine": ("0.99900", None),
        "gate": ("20.0 dB", None),
        "margin": ("+10.0 dB", None),
        "latency": ("100.0 ms", None),
        "peak memory": ("20 MB", None),
    }
    pieces = cells(rows, "decoder, in pieces")
    assert (pieces["size"][0], pieces["delegates"][0]) == ("2.0 MB", "2")
    assert pieces["latency"][0] == "500.0 ms"
    whole = cells(rows, "decoder, whole")
    assert (whole["latency"][0], whole["peak memory"][0]) == ("not measured", "not measured")
    assert cells(rows, "conditioners")["operators outside"][0] == "aten::cat"


def test_a_target_without_the_runner_and_one_without_a_part_have_rows_too(manifest):
    comparison = scores()
    del comparison["autoencoder"]  # emulated, it is not scored
    rows = part_rows(part_figures(manifest, comparison, {}), None)
    assert len(rows) == 4
    assert cells(rows, "conditioners")["latency"][0] == "not measured"


def test_what_changed_is_said_and_nothing_else(manifest):
    old = part_figures(manifest, scores(dit={"snr_db": 28.04, "scheme": "int4"}), SOUND)
    new = part_figures(manifest, scores(dit={"snr_db": 30.01}), SOUND)
    changed = {name: was for name, (_, was) in cells(part_rows(new, old), "DiT, one step").items()}
    assert {name: was for name, was in changed.items() if was} == {
        "scheme": "int4",
        "SNR": "28.0\xa0dB",
    }
    del old["dit"]
    assert [row["name"] for row in part_rows(new, old) if row["new"]] == ["DiT, one step"]


def test_the_verdict_names_what_is_nearest_to_its_gate(manifest):
    parts = part_figures(manifest, scores(dit={"margin_db": 0.4}), SOUND)
    assert verdict(parts, [{}, {}]) == {"gates": 7, "nearest": "DiT", "margin_db": 0.4}


def test_stages_have_their_shares_and_there_may_be_none():
    record = {"wall_s": 4.0, "cpu_s": 6.0, "peak_mb": 100}
    rows = stage_rows({"a": record, "b": record | {"wall_s": 1.0, "peak_mb": 50}})
    assert [(r["time_share"], r["memory_share"]) for r in rows] == [(1, 1), (0.25, 0.5)]
    assert stage_rows({}) == []


def test_history_keeps_each_state_once_and_the_last_ones(tmp_path):
    path = tmp_path / "report.json"
    assert read_history(path) == []
    builds = with_build([], {"made": "1", "parts": 1})
    builds = with_build(builds, {"made": "2", "parts": 1})
    assert builds == [{"made": "2", "parts": 1}]
    assert before(builds) is None
    builds = with_build(builds, {"made": "3", "parts": 2})
    assert before(builds) == {"made": "2", "parts": 1}
    # The page made anew of the same build says the same of what changed.
    builds = with_build(builds, {"made": "4", "parts": 2})
    assert before(builds) == {"made": "2", "parts": 1}
    for number in range(3, 40):
        builds = with_build(builds, {"made": "5", "parts": number})
    assert len(builds) == KEPT
    write_history(path, builds)
    assert read_history(path) == builds


@pytest.mark.parametrize("text", ["", '{"builds": ', "[]", '{"builds": [{}]}', '{"format": 0}'])
def test_a_history_that_is_broken_or_of_another_format_is_begun_anew(tmp_path, text):
    path = tmp_path / "report.json"
    path.write_text(text)
    assert read_history(path) == []


def test_pages_escape_what_people_wrote_and_take_markup(tmp_path):
    (tmp_path / "base.html.j2").write_text("<p>{% block main %}{% endblock %}</p>")
    page = tmp_path / "page.html.j2"
    page.write_text('{% extends "base.html.j2" %}{% block main %}{{ prompt }}{% endblock %}')
    assert render_page(page, prompt="<script>") == "<p>&lt;script&gt;</p>"
    with pytest.raises(Exception, match="'prompt' is undefined"):
        render_page(page)


def test_figures_are_in_the_pages_colours_with_their_text_and_own_ids():
    with style():
        figure = Figure(figsize=(1, 1))
        axes = figure.subplots()
        axes.plot([0, 1], [0, 1], color=INK)
    one, other = inline_svg(figure, "a <line>"), inline_svg(figure, "another line")
    root = ElementTree.fromstring(one)
    assert root.get("aria-label") == "a <line>"
    assert root.get("role") == "img"
    assert "var(--ink)" in one
    assert INK not in one
    ids = [{e.get("id") for e in ElementTree.fromstring(s).iter()} for s in (one, other)]
    assert ids[0] & ids[1] == {None}
    assert inline_svg(figure, "a <line>") == one


def test_a_sound_in_a_page_is_the_same_samples():
    audio = (np.random.default_rng(0).integers(-9000, 9000, (2, RATE)) / 32768).astype(np.float32)
    kind, _, content = flac(audio, RATE).partition(";base64,")
    assert kind == "data:audio/flac"
    read, rate = soundfile.read(io.BytesIO(base64.b64decode(content)), dtype="float32")
    assert rate == RATE
    assert np.array_equal(read.T, audio)


def test_pictures_say_what_they_show():
    time = np.arange(RATE) / RATE
    audio = np.stack([np.sin(2 * np.pi * 1000 * time)] * 2).astype(np.float32)
    shown = drawn(audio, RATE, "“tone”")
    assert shown["spectrogram"].startswith("data:image/png;base64,")
    words = "1 s, -3 dB RMS, half of its power below 1000 Hz"
    assert shown["words"].endswith(words)
    assert f"Waveform of “tone”: {words}" in shown["waveform"]
    same = drawn_difference(audio, audio / 2, RATE, "“tone”")
    assert "0.0 dB as a whole, over 6 dB in 0.0% of it" in same["words"]
    assert "peak 0.00 of full scale" in same["waveform"]


def test_the_graph_draws_each_rule_once_and_says_the_order():
    edges = [["a", "b"], ["b", "c"], ["a", "c"], ["b", "b"], ["x", "c"]]
    svg = drawn_graph(edges)
    texts = [
        t.text or "" for t in ElementTree.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")
    ]
    assert sorted(texts) == ["a", "b ↻", "c", "x"]
    # What follows by way of another is not said twice.
    assert "b after a; c after b, x" in svg


class Rule(SimpleNamespace):
    """What rule_edges asks of a Snakemake rule: it makes `<name>.<wildcard>`."""

    def is_producer(self, path):
        return path.startswith(f"{self.name}.")

    def get_wildcards(self, path):
        return path.partition(".")[2]

    def expand_input(self, wildcards):
        return [needed.format(wildcards) for needed in self.needs], {}

    def expand_output(self, wildcards):
        return [f"{self.name}.{wildcards}", f"{self.name}.{wildcards}.json"], {}


@pytest.fixture
def rules():
    return [
        Rule(name="end", needs=["middle.1", "middle.2", "source.txt"]),
        Rule(name="middle", needs=["first.{}"]),
        Rule(name="first", needs=["source.txt"]),
        Rule(name="unused", needs=["first.1"]),
    ]


def test_edges_are_those_of_all_that_leads_to_the_targets(rules):
    assert rule_edges(rules, ["end.0"]) == [["first", "middle"], ["middle", "end"]]


def test_what_is_made_for_a_target_is_all_that_those_jobs_make(rules):
    jobs = {"middle.1", "first.1"}
    assert made_for(rules, ["middle.1"]) == jobs | {f"{job}.json" for job in jobs}
