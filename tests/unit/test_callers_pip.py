"""What a userland of another architecture is given of the caller's pip."""

import configparser

from arm64.callers_pip import merged, places, write

LISTING = """\
:env:.find-links='/opt/wheels'
global.cert='{folder}/ca.crt'
global.extra-index-url='https://one.example/simple file://{folder}/index/simple'
install.find-links='{folder}/wheels\\n{folder}/missing'
"""


def test_settings_and_the_folders_that_they_name_are_taken_over(tmp_path):
    for folder in ("index/simple", "wheels"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "ca.crt").touch()
    settings = merged(LISTING.format(folder=tmp_path))
    # An index whole, with the files that its pages refer to.
    expected = [str(tmp_path / name) for name in ("ca.crt", "index", "wheels")]
    assert [place for place in places(settings) if place != "/opt/wheels"] == expected
    write(settings, tmp_path / "pip.conf")
    parser = configparser.RawConfigParser()
    parser.read(tmp_path / "pip.conf")
    assert parser.sections() == ["global", "install"]  # variables are handed on as they are
    assert parser["global"]["extra-index-url"].startswith("https://one.example/simple file://")
    assert parser["install"]["find-links"].split() == [f"{tmp_path}/wheels", f"{tmp_path}/missing"]
