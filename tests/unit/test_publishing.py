"""Uploading a bundle, to a local Hub that takes uploads."""

import subprocess
import sys

import pytest

from sao.papers.archive import write_sums
from support.checkout import ROOT
from support.upload_hub import UploadHub

TOKEN = "hf_WriteWriteWrite"
SCRIPT = """
import json, sys
from pathlib import Path
sys.path[:0] = [{scripts!r}]
from sao.errors import BuildError
from sao.hub.connection import connect
from sao.hub.publishing import publish
try:
    print(publish(connect(), Path(sys.argv[1]), json.loads(sys.argv[2]), sys.argv[3] == "gated"))
except BuildError as error:
    sys.exit(str(error))
"""
SETTINGS = '{"repository": "me/small", "private": %s, "gated_weights_public": %s}'


@pytest.fixture
def bundle(tmp_path):
    folder = tmp_path / "demo/bundle"
    (folder / "runner/aarch64").mkdir(parents=True)
    (folder / "README.md").write_text("---\nlicense: mit\n---\n\n# demo\n")
    (folder / "dit_model.pte").write_bytes(b"weights" * 1000)
    (folder / "runner/aarch64/audiogen").write_bytes(b"program")
    (folder / ".snakemake_timestamp").touch()
    write_sums(folder)
    return folder


@pytest.fixture
def hub(tmp_path):
    (tmp_path / "served").mkdir()
    with UploadHub(tmp_path / "served", TOKEN) as hub:
        yield hub


@pytest.fixture
def publish(hub, tmp_path):
    def run(folder, settings=SETTINGS % ("true", "false"), gated="gated", token=TOKEN):
        script = SCRIPT.format(scripts=str(ROOT / "workflow/scripts"))
        variables = {"HF_ENDPOINT": hub.endpoint, "HF_TOKEN": token, "HF_HOME": str(tmp_path)}
        return subprocess.run(
            [sys.executable, "-c", script, folder, settings, gated],
            env=variables,
            capture_output=True,
            text=True,
        )

    return run


def test_a_bundle_is_uploaded_to_a_private_repository(publish, hub, bundle):
    done = publish(bundle)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == f"{hub.endpoint}/me/small/commit/{hub.sha}"
    assert hub.private == {"me/small": True}
    files = hub.uploaded["me/small"]
    assert set(files) == {"README.md", "SHA256SUMS", "dit_model.pte", "runner/aarch64/audiogen"}
    for name, content in files.items():
        assert content == (bundle / name).read_bytes()


def test_a_second_time_changes_nothing_and_what_is_gone_here_goes_there(publish, hub, bundle):
    first = publish(bundle)
    again = publish(bundle)
    assert (again.returncode, again.stdout) == (0, first.stdout), again.stderr
    assert len(hub.commits) == 1
    (bundle / "runner/aarch64/audiogen").unlink()
    (bundle / "SHA256SUMS").unlink()
    write_sums(bundle)
    assert publish(bundle).returncode == 0
    assert set(hub.uploaded["me/small"]) == {"README.md", "SHA256SUMS", "dit_model.pte"}


def test_gated_weights_are_not_public_unless_a_key_says_so(publish, hub, bundle):
    done = publish(bundle, SETTINGS % ("false", "false"))
    assert done.returncode == 1
    assert "the weights are gated, and `publish.private` is false" in done.stderr
    assert not hub.uploaded
    assert publish(bundle, SETTINGS % ("false", "true")).returncode == 0
    assert hub.private == {"me/small": False}


def test_gated_weights_do_not_go_to_a_repository_that_is_public_already(publish, hub, bundle):
    hub.uploaded["me/small"], hub.private["me/small"] = {}, False
    done = publish(bundle)
    assert "this repository is public: make it private" in done.stderr
    assert hub.uploaded == {"me/small": {}}
    assert publish(bundle, gated="open").returncode == 0


def test_what_cannot_be_is_one_line_without_the_token(publish, hub, bundle):
    done = publish(bundle, token="hf_OtherOther")
    assert "the token may not write there (the Hub answers 401)" in done.stderr
    other = (SETTINGS % ("true", "false")).replace("me/", "you/")
    refused = publish(bundle, other)
    assert "you/small: the token may not write there (the Hub answers 403)" in refused.stderr
    missing = publish(bundle, token="")
    assert "no token: set HF_TOKEN to one that may write" in missing.stderr
    for each in (done, refused, missing):
        assert each.returncode == 1
        assert len(each.stderr.splitlines()) == 1
        assert "hf_" not in each.stderr
    assert not hub.uploaded


def test_a_damaged_bundle_is_not_uploaded(publish, hub, bundle):
    (bundle / "dit_model.pte").write_bytes(b"weighs" * 1000)
    done = publish(bundle)
    assert "dit_model.pte: not what SHA256SUMS says" in done.stderr
    assert not hub.uploaded
