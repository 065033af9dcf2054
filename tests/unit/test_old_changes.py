"""A source that changed though its time is old, as `rsync -a` brings it."""

import os

from support.tiny import Tiny, lines

SAID = "source.txt: changed, though it is older than what was made of it"


def test_a_change_with_an_old_time_is_seen_once(tmp_path):
    tiny = Tiny.make(tmp_path / "tiny", tmp_path / "cache")
    source, made = tiny.folder / "source.txt", "results/script.txt"
    tiny.run("--", made)
    assert lines(tiny.run("--", made), "Nothing to be done")
    before = source.stat().st_mtime_ns
    source.write_text("another text")
    os.utime(source, ns=(before, before))
    for option in ("--dry-run", "--summary"):
        assert lines(tiny.run(option, "--", made), SAID) == [SAID]
    then = (tiny.folder / made).stat().st_mtime_ns
    assert lines(tiny.run("--", made), SAID) == [SAID]
    assert (tiny.folder / made).stat().st_mtime_ns > then
    assert lines(tiny.run("--", made), "Nothing to be done")
    # Neither another time of the same text.
    os.utime(source)
    assert lines(tiny.run("--", made), "Nothing to be done")
