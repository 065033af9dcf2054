"""Locks: what is written, what is refused, and sources that are folders."""

import copy
import io
import json
import os

import pytest

from sao.errors import BuildError
from sao.files import git_blob, read_json, sha256
from sao.hub.folder import link_from_folder, pin_folder
from sao.hub.lock_schema import check_lock, read_lock
from sao.hub.lock_writer import write_lock
from support.checkout import ROOT

SCHEMA = ROOT / "workflow/schemas/lock.schema.yaml"
COMMAND = "snakemake --cores 2 lock --configfile config/demo.yaml"


@pytest.fixture
def lock():
    return read_json(ROOT / "config/models/demo.json")


def written(path, lock, replace=False):
    """Return what a person sees of a lock that is written."""
    terminal = io.StringIO()
    write_lock(str(path), lock, SCHEMA, replace, COMMAND, terminal)
    return terminal.getvalue()


def test_a_new_lock_is_shown_file_by_file_and_said_to_be_committed(tmp_path, lock):
    path = tmp_path / "new/lock.json"
    seen = written(path, lock)
    assert read_json(path) == lock
    for source in lock.values():
        assert f"{source['repository']}, commit {source['commit']}" in seen
        for name, pin in source["files"].items():
            digest = pin.get("sha256") or pin["git_blob"]
            assert any(
                name in line and f"{pin['size']:,} bytes" in line and digest in line
                for line in seen.splitlines()
            )
    assert "commit it" in seen.splitlines()[-1]


def test_a_lock_is_replaced_only_when_told_to(tmp_path, lock):
    path = tmp_path / "lock.json"
    written(path, lock)
    assert "nothing changed" in written(path, lock)
    other = copy.deepcopy(lock)
    other["model"]["commit"] = "1" * 40
    terminal = io.StringIO()
    with pytest.raises(BuildError) as error:
        write_lock(str(path), other, SCHEMA, False, COMMAND, terminal)
    # The hint is for this configuration, not for the default one.
    assert f"{COMMAND} --config replace_lock=True" in str(error.value)
    assert f'+    "commit": "{"1" * 40}"' in terminal.getvalue()
    assert read_json(path) == lock
    written(path, other, replace=True)
    assert read_json(path) == other


def without(role, name):
    def change(lock):
        del lock[role]["files"][name]

    return change


def put(*place, value):
    def change(lock):
        for key in place[:-1]:
            lock = lock[key]
        lock[place[-1]] = value

    return change


def no_commit_at_all(lock):
    del lock["model"]["commit"]


UNUSABLE = {
    "no checkpoint": (without("model", "model.ckpt"), "model.files has no model.ckpt"),
    "no tokenizer": (
        without("text_encoder", "spiece.model"),
        "text_encoder.files has no spiece.model",
    ),
    "no size": (put("model", "files", "model.ckpt", "size", value=None), "size is wrong: None"),
    "no hash": (put("model", "files", "model.ckpt", value={"size": 1}), "model.ckpt"),
    "no commit": (put("model", "commit", value=None), "commit"),
    "neither commit nor content": (no_commit_at_all, "model"),
    "a list": (put("model", value=[]), "model is wrong"),
    "one name twice": (put("text_encoder", "repository", value="x/demo"), "are named demo"),
}


@pytest.mark.parametrize("name", UNUSABLE)
def test_what_cannot_be_built_from_is_never_written_and_never_used(tmp_path, lock, name):
    change, expected = UNUSABLE[name]
    change(lock)
    path = tmp_path / "lock.json"
    with pytest.raises(BuildError, match="was not written") as error:
        written(path, lock)
    assert expected in str(error.value)
    assert "\n" not in str(error.value)
    assert not path.exists()
    path.write_text(json.dumps(lock))
    with pytest.raises(BuildError, match=f"^{path}: ") as error:
        read_lock(path, SCHEMA)
    assert expected in str(error.value)


@pytest.mark.parametrize("text", ["", '{"model": ', "[]", "text"])
def test_what_is_no_lock_at_all_is_named(tmp_path, text):
    path = tmp_path / "lock.json"
    path.write_text(text)
    with pytest.raises(BuildError, match=f"^{path}: "):
        read_lock(path, SCHEMA)


def test_shipped_locks_can_be_built_from():
    paths = sorted((ROOT / "config/models").glob("*.json"))
    assert paths
    for path in paths:
        check_lock(read_json(path), SCHEMA, str(path))


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "downloads"
    folder.mkdir()
    for name in ("model_config.json", "model.ckpt", "unrelated.txt"):
        (folder / name).write_text(name)
    return folder


NAMES = ["model_config.json", "model.ckpt", "LICENSE.md"]


def test_a_folders_files_are_pinned_by_hash(folder):
    source = pin_folder(str(folder), "a/b", NAMES, gated=True)
    assert set(source["files"]) == {"model_config.json", "model.ckpt"}
    pin = source["files"]["model.ckpt"]
    assert pin == {"size": 10, "sha256": sha256(folder / "model.ckpt")}
    assert "commit" not in source
    again = pin_folder(str(folder), "a/b", NAMES, gated=True)
    assert again == source
    (folder / "model.ckpt").write_text("other")
    assert pin_folder(str(folder), "a/b", NAMES, gated=True)["content"] != source["content"]


def test_no_such_folder_is_named(tmp_path):
    with pytest.raises(BuildError, match="nowhere: no such folder"):
        pin_folder(str(tmp_path / "nowhere"), "a/b", NAMES)


def test_a_folders_file_is_linked_where_it_is_the_pinned_one(folder, tmp_path):
    source = pin_folder(str(folder), "a/b", NAMES)
    target = tmp_path / "resources/b/model.ckpt"
    before = (folder / "model.ckpt").stat().st_mode
    link_from_folder(str(folder), source, "model.ckpt", target)
    assert os.readlink(target) == str(folder / "model.ckpt")
    # It is somebody's own file: its rights stay as they are.
    assert (folder / "model.ckpt").stat().st_mode == before
    # The Hub's pins of small files are git's ids: they hold for a folder's files as well.
    pin = {"size": 10, "git_blob": git_blob(folder / "model.ckpt")}
    link_from_folder(str(folder), source | {"files": {"model.ckpt": pin}}, "model.ckpt", target)
    (folder / "model.ckpt").write_text("x" * 10)
    target.unlink()
    with pytest.raises(BuildError, match="not the file that the lock pins"):
        link_from_folder(str(folder), source, "model.ckpt", target)
    (folder / "model.ckpt").unlink()
    with pytest.raises(BuildError, match=r"not there; download model\.ckpt of a/b"):
        link_from_folder(str(folder), source, "model.ckpt", target)
    assert not target.exists()
