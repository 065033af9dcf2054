"""The report of a finished build, and what it tells of the build before."""

import json
import re

import pytest

from sao.files import read_json, sha256
from support.checkout import DEMO

PAGE = "results/demo/report.html"
DATA = "results/demo/report.json"


@pytest.fixture
def copy(built, tmp_path):
    return built.copy(tmp_path / "copy")


@pytest.fixture(scope="module")
def text(built):
    return (built.folder / PAGE).read_text()


def test_the_report_names_what_was_built_from_what(built, text):
    manifest = read_json(built.folder / "results/demo/bundle/manifest.json")
    lock = read_json(built.folder / "config/models/demo.json")
    for file in manifest["files"].values():
        assert file["sha256"] in text
    assert lock["model"]["commit"] in text
    assert "licence cc0-1.0" in text
    assert "snakemake --cores 2 all --configfile config/demo.yaml" in text
    assert str(built.folder) not in text


def test_the_graph_is_snakemakes_own(built, text):
    done = built.run("--rulegraph", "mermaid-js", *DEMO, "--", "all")
    drawn = {tuple(edge) for edge in re.findall(r"id(\d+) --> id(\d+)", done.stdout)}
    names = dict(re.findall(r"id(\d+)\[(\w+)\]", done.stdout))
    [words] = re.findall(r'aria-label="Rules, each after what it reads: ([^"]+)"', text)
    said = {
        (before, name)
        for name, befores in re.findall(r"(\w+) after ([^;]+)", words)
        for before in befores.split(", ")
    }
    own = {(names[a], names[b]) for a, b in drawn}
    assert {name for edge in said for name in edge} == set(names.values()) - {"all"}
    assert said <= own


def test_the_next_report_says_what_changed_and_keeps_what_was(copy):
    first = read_json(copy.folder / DATA)
    assert len(first["builds"]) == 1
    first["builds"][0]["parts"]["dit"]["snr_db"] = 12.34
    (copy.folder / DATA).write_text(json.dumps(first))
    (copy.folder / PAGE).unlink()
    copy.build()
    builds = read_json(copy.folder / DATA)["builds"]
    assert builds[0] == first["builds"][0]
    assert builds[1]["parts"]["dit"]["snr_db"] > 20
    assert "was 12.3\xa0dB" in (copy.folder / PAGE).read_text()


def test_a_report_that_fails_loses_nothing_of_the_builds_before(copy):
    before = sha256(copy.folder / DATA)
    copy.edit("workflow/report/report.html.j2", "{{ model }}: what", "{{ modle }}: what")
    done = copy.run("--cores", "2", *DEMO, "--", "all")
    assert done.returncode != 0
    assert "Error in report: UndefinedError: 'modle' is undefined (log: logs/demo/report.log)" in (
        done.stdout
    )
    assert sha256(copy.folder / DATA) == before


def test_snakemakes_own_report_holds_it_with_its_caption(copy):
    done = copy.run(*DEMO, "--report", "whole.html", "--", "all")
    assert done.returncode == 0, done.stdout[-3000:]
    whole = (copy.folder / "whole.html").read_text()
    assert "report.html" in whole
    assert "sounds, scores, figures" in whole
    assert "Players work where the page is opened by itself" in whole
