"""Where what checkouts share is kept, and who may enter it."""

import os
import stat
from pathlib import Path

import pytest

from sao.caches import VARIABLE, refuse_open_cache, use_private_cache
from sao.errors import BuildError


@pytest.fixture
def here(tmp_path, monkeypatch):
    """The working directory, with no folder of a cache chosen but what a test chooses."""
    monkeypatch.setattr(os, "environ", dict(os.environ) | {"HOME": str(tmp_path / "home")})
    for name in (VARIABLE, "XDG_CACHE_HOME", "HF_HOME", "HF_HUB_CACHE"):
        os.environ.pop(name, None)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("name", [VARIABLE, "HF_HOME", "HF_HUB_CACHE", "XDG_CACHE_HOME"])
def test_a_relative_folder_is_made_absolute(here, name):
    os.environ[name] = "some/where"
    use_private_cache()
    assert os.environ[name] == str(here / "some/where")


def test_the_folder_is_made_for_its_user_only(here):
    for chosen in (None, "", "chosen"):
        if chosen is not None:
            os.environ[VARIABLE] = chosen
        use_private_cache()
        folder = Path(os.environ[VARIABLE])
        assert folder.is_absolute()
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


@pytest.mark.parametrize("mode", [0o755, 0o770, 0o701])
def test_a_folder_that_others_can_enter_is_refused(here, mode):
    (here / "shared").mkdir()
    (here / "shared").chmod(mode)
    os.environ[VARIABLE] = "shared"
    with pytest.raises(BuildError, match=f"chmod 700 {here}/shared") as error:
        use_private_cache()
    assert "\n" not in str(error.value)
    (here / "shared").chmod(0o700)
    use_private_cache()


def test_an_object_store_is_not_a_folder(here):
    os.environ[VARIABLE] = "s3://bucket/cache"
    use_private_cache()
    assert os.environ[VARIABLE] == "s3://bucket/cache"
    assert list(here.iterdir()) == []


def test_of_another_workflow_nothing_is_set(here):
    refuse_open_cache()
    assert VARIABLE not in os.environ
    os.environ[VARIABLE] = str(here / "to-come")
    refuse_open_cache()
    assert not (here / "to-come").exists()
    (here / "to-come").mkdir(mode=0o755)
    with pytest.raises(BuildError, match="open to others"):
        refuse_open_cache()
