import subprocess

import pytest

from sao.errors import BuildError
from sao.files import atomic, git_blob, sha256, write_json
from sao.hub.lock import check, find_source, mismatch, source_name


def test_atomic_leaves_nothing_behind_on_failure(tmp_path):
    target = tmp_path / "results" / "a.bin"
    target.parent.mkdir()
    target.write_text("before")
    with pytest.raises(KeyError), atomic(target) as path:
        assert path.name == "a.bin"
        path.write_text("half")
        raise KeyError
    assert target.read_text() == "before"
    assert [p.name for p in target.parent.iterdir()] == ["a.bin"]


def test_atomic_replaces_a_link_not_what_it_points_to(tmp_path):
    # Cached outputs are links into the shared cache: writing through one would change the entry.
    entry = tmp_path / "entry"
    entry.write_text("cached")
    link = tmp_path / "output"
    link.symlink_to(entry)
    with atomic(link) as path:
        path.write_text("new")
    assert entry.read_text() == "cached"
    assert not link.is_symlink()


def test_json_of_equal_values_is_equal(tmp_path):
    write_json(tmp_path / "a", {"b": 1, "a": [1.5]})
    write_json(tmp_path / "b", {"a": [1.5], "b": 1})
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_hashes_are_those_of_the_command_line(tmp_path):
    file = tmp_path / "f"
    file.write_bytes(b"some bytes\n" * 200_000)
    for command, digest in ((["sha256sum"], sha256), (["git", "hash-object"], git_blob)):
        printed = subprocess.check_output([*command, str(file)], text=True)
        assert printed.split()[0] == digest(file)


def test_mismatch_says_what_differs(tmp_path):
    file = tmp_path / "f"
    file.write_bytes(b"abc")
    digest = sha256(file)
    good = {"size": 3, "sha256": digest}
    assert mismatch(file, good) is None
    assert mismatch(file, {"size": 3, "git_blob": git_blob(file)}) is None
    assert mismatch(file, good | {"size": 4}) == "expected 4 bytes, got 3"
    difference = f"expected sha256 {'0' * 64}, got {digest}"
    assert mismatch(file, {"size": 3, "sha256": "0" * 64}) == difference
    with pytest.raises(BuildError, match=f"{file}: expected sha256 0000"):
        check(file, {"size": 3, "sha256": "0" * 64})


def test_sources_are_found_by_their_folder_name():
    lock = {"model": {"repository": "a/b"}, "text_encoder": {"repository": "c/d"}}
    assert source_name(lock["text_encoder"]) == "d"
    assert find_source(lock, "d") is lock["text_encoder"]
