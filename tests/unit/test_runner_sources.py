"""Getting what the runner is built from."""

import tarfile

from sao.target.native_build import fetch


def test_sources_are_unpacked_by_a_python_without_filters_too(root, tmp_path, monkeypatch):
    """3.11.2, which Debian 12 has, knows no `filter`; 3.11.4 and newer warn without one."""
    extractall = tarfile.TarFile.extractall

    def as_in_3_11_2(self, path=".", members=None, *, numeric_owner=False):
        extractall(self, path, members, numeric_owner=numeric_owner)

    monkeypatch.setattr(tarfile.TarFile, "extractall", as_in_3_11_2)
    monkeypatch.delattr(tarfile, "data_filter")
    packages = fetch(root / "workflow/runner", "x86_64", str(tmp_path), tmp_path)
    assert (packages["SENTENCEPIECE"] / "src/sentencepiece_processor.h").is_file()
