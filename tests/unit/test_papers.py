"""What a bundle's manifest, model card and NOTICE say."""

import copy
from types import ModuleType, SimpleNamespace

import pytest
import yaml

from sao.errors import BuildError
from sao.files import read_json, sha256
from sao.hub.connection import Connection
from sao.hub.lock import copy_pinned
from sao.hub.lock_schema import check_lock
from sao.hub.resolving import resolve
from sao.papers.bundle import describe, describe_files, paper_values
from sao.papers.templates import render
from sao.submodules import PROGRAMS
from support.checkout import ROOT

REPORT = ROOT / "workflow/report"
VERSIONS = {"lowered_by": "1.5.1", "lowest": "1.1.0"}
SHAPES = {"sample_rate": 22050, "sample_size": 204800, "audio_channels": 2}
SUMMARIES = {
    name: {
        "scheme": "int8",
        "executorch": VERSIONS,
        "undelegated": {"aten::cat": 1} if name == "conditioners" else {},
    }
    for name in PROGRAMS
}


@pytest.fixture
def lock():
    lock = read_json(ROOT / "config/models/demo.json")
    lock["model"] |= {
        "repository": "stabilityai/stable-audio-open-small",
        "licence": "other",
        "licence_name": "stable-audio-community",
        "licence_link": "LICENSE",
    }
    lock["text_encoder"] |= {"repository": "google-t5/t5-base", "licence": "apache-2.0"}
    return lock


@pytest.fixture
def folder(tmp_path):
    for description in PROGRAMS.values():
        (tmp_path / description.bundle_name).write_text(description.bundle_name)
    (tmp_path / "spiece.model").write_text("pieces")
    return tmp_path


@pytest.fixture
def manifest(lock, folder):
    provenance = lock | {"shapes": SHAPES}
    return describe_files(describe("some-model", provenance, SUMMARIES), folder)


def test_the_manifest_has_versions_rate_and_a_hash_of_every_file(manifest, folder):
    assert manifest["executorch"] == VERSIONS
    assert manifest["sample_rate"] == 22050
    assert set(manifest["files"]) == {path.name for path in folder.iterdir()}
    for name, file in manifest["files"].items():
        assert file["sha256"] == sha256(folder / name)
        assert file["bytes"] == (folder / name).stat().st_size
    assert set(manifest["submodules"]) | set(manifest["pieces"]) == set(PROGRAMS)
    dit = manifest["submodules"]["dit"]
    assert dit["sha256"] == manifest["files"][dit["file"]]["sha256"]


def test_programs_of_two_versions_are_no_bundle(lock):
    other = SUMMARIES | {"dit": SUMMARIES["dit"] | {"executorch": VERSIONS | {"lowest": "2.0"}}}
    with pytest.raises(BuildError, match="different ExecuTorch versions"):
        describe("some-model", lock | {"shapes": SHAPES}, other)


def test_the_card_says_what_it_needs_and_whose_it_is(manifest):
    text = render(REPORT / "model_card.md.j2", **paper_values(manifest))
    front = yaml.safe_load(text.split("---")[1])
    assert front["license"] == "other"
    assert front["license_name"] == "stable-audio-community"
    assert front["license_link"] == "LICENSE.md"  # as the bundle names that file
    assert "Text to up to 9.3 s of 22.05 kHz stereo sound" in text
    assert "Lowered by ExecuTorch 1.5.1; 1.1.0 is the lowest version" in text
    assert "kernels of `aten::cat`.\n" in text
    assert "`google-t5/t5-base`, under apache-2.0" in text
    assert "Powered by Stability AI" in text


def test_the_notice_names_both_works_with_their_licences(manifest, lock):
    text = render(REPORT / "NOTICE.j2", **paper_values(manifest))
    for source in lock.values():
        assert f"  {source['repository']}\n  at commit {source['commit']}" in text
    assert "licence: other, stable-audio-community, LICENSE\n" in text
    assert "licence: apache-2.0\n" in text
    assert "This Stability AI Model is licensed under the Stability AI Community License" in text
    assert "\nPowered by Stability AI\n" in text


def test_papers_of_others_models_name_no_stability_ai(lock, folder):
    model = read_json(ROOT / "config/models/demo.json")["model"]
    provenance = lock | {"model": model, "shapes": SHAPES}
    values = paper_values(describe_files(describe("demo", provenance, SUMMARIES), folder))
    for name in ("model_card.md.j2", "NOTICE.j2"):
        text = render(REPORT / name, **values)
        assert "Stability" not in text
        assert "cc0-1.0" in text
        assert "licence_name" not in text


def test_a_folders_files_are_named_by_their_content(lock, folder):
    del lock["model"]["commit"]
    lock["model"]["content"] = "c" * 40
    provenance = lock | {"shapes": SHAPES}
    values = paper_values(describe_files(describe("mine", provenance, SUMMARIES), folder))
    for name in ("model_card.md.j2", "NOTICE.j2"):
        assert f"content {'c' * 40}" in render(REPORT / name, **values).replace("`", "")


def resolved(card):
    """Return what is resolved from a Hub whose model has such a card."""
    pin = SimpleNamespace(rfilename="model.ckpt", lfs=None, blob_id="0" * 40, size=1)
    info = SimpleNamespace(sha="1" * 40, gated=False, card_data=card, siblings=[pin])
    api = SimpleNamespace(model_info=lambda *_, **__: info)
    library = ModuleType("huggingface_hub")
    library.__dict__["HfApi"] = lambda **_: api
    return resolve(Connection(library, "", None), "a/b", ["model.ckpt"], gated=False)


def test_a_lock_keeps_the_licences_name_and_link_where_the_card_has_them(lock):
    card = {"license": "other", "license_name": "some-licence", "license_link": "LICENSE.md"}
    source = resolved(card)
    assert source["licence_name"] == "some-licence"
    assert source["licence_link"] == "LICENSE.md"
    changed = copy.deepcopy(lock)
    changed["text_encoder"] |= {k: v for k, v in source.items() if k.startswith("licence")}
    check_lock(changed, ROOT / "workflow/schemas/lock.schema.yaml", "lock")
    for without in ({"license": "mit"}, {"license": "mit", "license_link": None}, None):
        assert not {"licence_name", "licence_link"} & set(resolved(without))


def test_a_file_that_changed_since_it_was_verified_is_not_bundled(tmp_path):
    (tmp_path / "spiece.model").write_text("pieces")
    pin = {"size": 6, "sha256": sha256(tmp_path / "spiece.model")}
    copy_pinned(tmp_path / "spiece.model", pin, tmp_path / "copy")
    assert (tmp_path / "copy").read_text() == "pieces"
    (tmp_path / "spiece.model").write_text("changed"[:6])
    with pytest.raises(BuildError, match=r"spiece\.model: expected sha256 .*; delete it and run"):
        copy_pinned(tmp_path / "spiece.model", pin, tmp_path / "copy")
