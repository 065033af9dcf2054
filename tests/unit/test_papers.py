"""What a bundle's manifest, model card, NOTICE and list of components say; its archive."""

import copy
import hashlib
import subprocess
import tarfile
from types import ModuleType, SimpleNamespace

import pytest
import yaml

from sao.checkout import commit_of
from sao.errors import BuildError
from sao.files import read_json, sha256
from sao.hub.connection import Connection
from sao.hub.lock import copy_pinned
from sao.hub.lock_schema import check_lock
from sao.hub.resolving import resolve
from sao.papers.archive import bundle_files, write_archive, write_sums
from sao.papers.bundle import describe, describe_files, front_matter, paper_values
from sao.papers.components import components_of
from sao.papers.licences import asked
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


# In the shape of the Stability AI Community License, with its mixed quotation marks.
LICENCE = """## IV. Distribution

You shall (i) retain the following attribution notice within a **"Notice"** text file distributed
as a part of such copies: "This Some Model is licensed under the
Some Community License, Copyright (c) Some Ltd. All Rights Reserved”, and (ii) prominently display
“Powered by Some AI” on a related website. You may add your own notice(s) to the “Notice” text file
included with it, provided that You state in the “Notice” text file that You changed
the Materials.
"""
SAID = "This Some Model is licensed under the Some Community License, Copyright (c) Some Ltd. All "
SAID += "Rights Reserved"
NOTHING: dict[str, list[str]] = {"notice": [], "powered_by": []}
MADE_BY: dict[str, str | None] = {"commit": "c" * 40, "command": "snakemake all"}


def render_papers(manifest):
    """Return the model card and the NOTICE."""
    values = paper_values(manifest)
    card = render(REPORT / "model_card.md.j2", front_matter=front_matter(values), **values)
    return card, render(REPORT / "NOTICE.j2", **values)


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
    (folder / "LICENSE.md").write_text(LICENCE)
    said = asked([folder / "LICENSE.md"])
    return describe_files(describe("some-model", provenance, SUMMARIES, said, MADE_BY), folder)


def test_the_manifest_has_versions_rate_and_a_hash_of_every_file(manifest, folder):
    assert manifest["executorch"] == VERSIONS
    assert manifest["sample_rate"] == 22050
    assert set(manifest["files"]) == {path.name for path in folder.iterdir()}
    for name, file in manifest["files"].items():
        assert file["sha256"] == sha256(folder / name)
        assert file["bytes"] == (folder / name).stat().st_size
    groups = ("submodules", "pieces", "encoder")
    assert set().union(*(manifest[group] for group in groups)) == set(PROGRAMS)
    # What drop-in users know, and nothing more.
    assert set(manifest["submodules"]) == {"conditioners", "dit", "autoencoder"}
    dit = manifest["submodules"]["dit"]
    assert dit["sha256"] == manifest["files"][dit["file"]]["sha256"]


def test_programs_of_two_versions_are_no_bundle(lock):
    other = SUMMARIES | {"dit": SUMMARIES["dit"] | {"executorch": VERSIONS | {"lowest": "2.0"}}}
    with pytest.raises(BuildError, match="different ExecuTorch versions"):
        describe("some-model", lock | {"shapes": SHAPES}, other, NOTHING, MADE_BY)


def test_the_card_says_what_it_needs_and_whose_it_is(manifest):
    text, _ = render_papers(manifest)
    front = yaml.safe_load(text.split("---")[1])
    assert front["base_model"] == "stabilityai/stable-audio-open-small"
    assert front["pipeline_tag"] == "text-to-audio"
    assert front["license"] == "other"
    assert front["license_name"] == "stable-audio-community"
    assert front["license_link"] == "LICENSE.md"  # as the bundle names that file
    assert "Text to up to 9.3 s of 22.05 kHz stereo sound" in text
    assert "Lowered by ExecuTorch 1.5.1; 1.1.0 is the lowest version" in text
    assert "kernels of `aten::cat`.\n" in text
    assert "`google-t5/t5-base`, under apache-2.0" in text
    assert "\nPowered by Some AI\n" in text


def test_the_notice_names_both_works_with_their_licences(manifest, lock):
    _, text = render_papers(manifest)
    for source in lock.values():
        assert f"  {source['repository']}\n  at commit {source['commit']}" in text
    assert "licence: other, stable-audio-community, LICENSE\n" in text
    assert "licence: apache-2.0\n" in text
    assert f"\n{SAID}\n" in text
    assert "\nPowered by Some AI\n" in text


def test_papers_say_nothing_that_no_licence_asks_for(lock, folder):
    """Though the model is Stability AI's: what to say is in its licence, or is not said."""
    provenance = lock | {"shapes": SHAPES}
    manifest = describe_files(describe("x", provenance, SUMMARIES, NOTHING, MADE_BY), folder)
    for text in render_papers(manifest):
        assert "Powered" not in text
        assert "quoted" not in text


def test_what_a_licence_asks_for_is_read_from_its_text(tmp_path):
    (tmp_path / "LICENSE.md").write_text(LICENCE)
    (tmp_path / "README.md").write_text('Show "Powered by Some AI", and say who made it.')
    (tmp_path / "other").write_text("Keep the NOTICE text file. It is powered by a battery.")
    said = asked([tmp_path / "LICENSE.md", tmp_path / "README.md"])
    assert said == {"notice": [SAID], "powered_by": ["Powered by Some AI"]}
    assert asked([tmp_path / "other"]) == asked([]) == NOTHING


def test_papers_of_a_free_model_name_its_licence_only(lock, folder):
    model = read_json(ROOT / "config/models/demo.json")["model"]
    provenance = lock | {"model": model, "shapes": SHAPES}
    described = describe("demo", provenance, SUMMARIES, NOTHING, MADE_BY)
    for text in render_papers(describe_files(described, folder)):
        assert "cc0-1.0" in text
        assert "license_name" not in text


def test_a_folders_files_are_named_by_their_content(lock, folder):
    del lock["model"]["commit"]
    lock["model"]["content"] = "c" * 40
    described = describe("mine", lock | {"shapes": SHAPES}, SUMMARIES, NOTHING, MADE_BY)
    for text in render_papers(describe_files(described, folder)):
        assert f"content {'c' * 40}" in text.replace("`", "")


def test_components_are_valid_cyclonedx_and_the_same_each_time(manifest):
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.validation.json import JsonStrictValidator

    environments = sorted(map(str, (ROOT / "envs").glob("*.yaml")))
    packages = sorted(map(str, (ROOT / "workflow/runner/packages").glob("*.txt")))
    text = components_of(manifest, environments, packages)
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    assert components_of(manifest, environments, packages) == text
    bom = yaml.safe_load(text)
    assert "timestamp" not in bom["metadata"]
    assert bom["metadata"]["component"]["type"] == "machine-learning-model"
    parts = {part["bom-ref"]: part for part in bom["components"]}
    assert parts["google-t5/t5-base"]["licenses"] == [{"license": {"id": "Apache-2.0"}}]
    assert parts["pkg:pypi/executorch@1.5.1"]["scope"] == "required"
    torch = parts["pkg:pypi/torch@2.13.0"]
    assert torch["scope"] == "excluded"
    assert {"name": "used by rule", "value": "export"} in torch["properties"]
    file = parts["file:dit_model.pte"]["hashes"][0]
    assert file == {"alg": "SHA-256", "content": manifest["files"]["dit_model.pte"]["sha256"]}
    changed = copy.deepcopy(manifest)
    changed["files"]["dit_model.pte"]["sha256"] = "0" * 64
    other = yaml.safe_load(components_of(changed, environments, packages))
    assert other["serialNumber"] != bom["serialNumber"]


@pytest.fixture
def packed(folder, tmp_path_factory):
    """A bundle with a runner, and its archive."""
    (folder / "runner/aarch64").mkdir(parents=True)
    (folder / "runner/aarch64/audiogen").write_text("program")
    (folder / ".snakemake_timestamp").touch()
    write_sums(folder)
    archive = tmp_path_factory.mktemp("archive") / "bundle.tar"
    write_archive(folder, "some-model", str(archive))
    return archive


def test_an_archive_has_the_same_bytes_and_nothing_of_when_and_who(packed, folder):
    before = packed.read_bytes()
    for path in folder.rglob("*"):
        path.touch()
    (folder / "runner/aarch64/audiogen").chmod(0o600)
    write_archive(folder, "some-model", str(packed))
    assert packed.read_bytes() == before
    with tarfile.open(packed) as archive:
        members = archive.getmembers()
    assert [m.name for m in members] == [f"some-model/{name}" for name in bundle_files(folder)]
    assert {(m.mtime, m.uid, m.gid, m.uname, m.gname) for m in members} == {(0, 0, 0, "", "")}
    modes = {m.name.rpartition("/")[2]: m.mode for m in members}
    assert (modes["audiogen"], modes["spiece.model"]) == (0o755, 0o644)


def test_each_way_that_the_card_names_finds_a_flipped_byte(manifest, packed, folder):
    card, _ = render_papers(manifest)
    commands = card.partition("```bash\n")[2].partition("```")[0].splitlines()
    ways = [line for line in commands if "--verify" not in line]
    assert len(ways) == 2
    for way in ways:
        assert subprocess.run(way, shell=True, cwd=folder).returncode == 0
    for name in bundle_files(folder):
        content = bytearray((folder / name).read_bytes())
        content[len(content) // 2] ^= 1
        whole = (folder / name).read_bytes()
        (folder / name).write_bytes(content)
        for way in ways:
            done = subprocess.run(way, shell=True, cwd=folder, capture_output=True, text=True)
            assert done.returncode, (name, way)
        (folder / name).write_bytes(whole)


def test_sums_name_every_file_by_its_hash(packed, folder):
    lines = (folder / "SHA256SUMS").read_text().splitlines()
    assert [line[66:] for line in lines] == sorted({*bundle_files(folder)} - {"SHA256SUMS"})
    for line in lines:
        assert line[:64] == hashlib.sha256((folder / line[66:]).read_bytes()).hexdigest()


def test_the_commit_is_that_of_the_checkout_or_none(tmp_path):
    assert commit_of(tmp_path) is None
    for command in ("init -q", "commit -q --allow-empty -m x", "tag v1"):
        subprocess.run(
            ["git", "-c", "user.name=x", "-c", "user.email=x", *command.split()],
            cwd=tmp_path,
            check=True,
        )
    head = subprocess.check_output(["git", "rev-parse", "HEAD"], cwd=tmp_path, text=True).strip()
    assert commit_of(tmp_path) == head


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
