"""The cache of results: what is broken is noticed before it is used, and nothing is lost."""

import os
import shutil

import pytest

import sao.cached.records
from sao.cached.records import entry_of, fault, record_of, write_record
from support.patience import patience
from support.tiny import Tiny, lines

ENTRIES = ["", ".record", ".record", ".txt"]


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """A finished build of the tiny workflow; tests leave it whole."""
    folder = tmp_path_factory.mktemp("tiny")
    tiny = Tiny.make(folder / "first", folder / "cache")
    tiny.run()
    assert tiny.ran() == ["file", "folder"]
    return tiny


@pytest.fixture
def tiny(built):
    """The same, of which nothing ran yet."""
    assert built.is_right()
    assert built.entries() == ENTRIES
    (built.folder / "ran").unlink(missing_ok=True)
    return built


def entry(tiny, ending):
    return next(path for path in tiny.cache.iterdir() if path.suffix == ending)


def rewrite(path, text):
    """Write other content of the same size, and put the time of writing back."""
    status = path.stat()
    path.write_text(text)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert path.stat().st_size == status.st_size


def truncate(tiny):
    os.truncate(entry(tiny, ".txt"), 3)


def tamper(tiny):
    rewrite(entry(tiny, ".txt"), "Content\n")


def lose_the_record(tiny):
    record_of(entry(tiny, ".txt")).unlink()


def tamper_in_the_folder(tiny):
    rewrite(next(tiny.cache.glob("*/sub/b")), "x\n")


def lose_a_file(tiny):
    next(tiny.cache.glob("*/sub/b")).unlink()


def add_a_file(tiny):
    next(tiny.cache.glob("*/sub")).joinpath("c").touch()


FAULTS = {
    truncate: ("file", "it has 3 bytes in place of 8"),
    tamper: ("file", "its content is another one"),
    lose_the_record: ("file", "it has no record of its hash"),
    tamper_in_the_folder: ("folder", "its content is another one"),
    lose_a_file: ("folder", "files of it are missing or were added"),
    add_a_file: ("folder", "files of it are missing or were added"),
}


@pytest.mark.parametrize("break_it", FAULTS, ids=lambda function: function.__name__)
def test_a_broken_entry_is_said_and_made_anew(tiny, break_it, tmp_path):
    rule, why = FAULTS[break_it]
    break_it(tiny)
    second = Tiny.make(tmp_path / "second", tiny.cache)
    printed = second.run()
    assert len(lines(printed, f"{why}: not used, and made anew")) == 1
    assert second.ran() == [rule]
    assert second.is_right()
    assert tiny.is_right()
    assert tiny.entries() == ENTRIES


@pytest.mark.parametrize(
    "break_it",
    [each for each in FAULTS if each is not lose_the_record],
    ids=lambda function: function.__name__,
)
def test_an_entry_that_breaks_after_it_was_linked_is_made_anew(tiny, break_it):
    rule, why = FAULTS[break_it]
    break_it(tiny)
    assert len(lines(tiny.run("--dry-run"), f"in the cache {why}")) == 1
    printed = tiny.run()
    assert len(lines(printed, f"in the cache {why}")) == 1
    assert tiny.ran() == [rule]
    assert tiny.is_right()


def test_a_link_to_an_entry_that_is_gone_is_no_error(tiny):
    shutil.rmtree(tiny.cache)
    tiny.cache.mkdir(mode=0o700)
    printed = tiny.run()
    assert len(lines(printed, "2 results are gone from")) == 1
    assert tiny.ran() == ["file", "folder"]


def test_what_broke_is_made_anew_where_all_that_follows_from_it_is_there(tiny, tmp_path):
    second = Tiny.make(tmp_path / "second", tiny.cache)
    second.run("last")
    assert second.ran() == ["copy"]
    tamper(tiny)
    # Nothing reads it: what was made from it is there.
    assert "Nothing to be done" in second.run("--dry-run", "results/copy.txt")
    planned = second.run("--dry-run", "last")
    assert "rule file:" in planned
    assert "rule folder:" not in planned
    second.run("last")
    assert second.ran() == ["copy", "copy", "file"]
    assert tiny.is_right()
    assert "Nothing to be done" in second.run("--dry-run", "last")


def state(tiny):
    """Return each file and link of a build and of its cache, with its content or target."""
    found = {}
    for path in (*tiny.cache.rglob("*"), *tiny.folder.glob("results/**/*")):
        if path.is_symlink():
            found[path] = os.readlink(path)
        elif path.is_file() and not path.name.startswith(".lock"):
            found[path] = (path.read_bytes(), path.stat().st_mtime_ns)
    return found


def test_what_only_looks_changes_nothing_and_sees_what_is_missing(tiny):
    tamper(tiny)
    shutil.rmtree(next(path for path in tiny.cache.iterdir() if path.is_dir()))
    before = state(tiny)
    planned = tiny.run("--dry-run")
    assert {"rule file:", "rule folder:"} <= set(planned.splitlines())
    assert len(lines(planned, "its content is another one")) == 1
    assert len(lines(planned, "1 results are gone from")) == 1
    assert len(lines(tiny.run("--summary"), "missing")) == 2
    tiny.run("--unlock")
    tiny.run("--touch")
    # What it finds in this workflow is no matter.
    assert len(lines(tiny.run("--lint", fails=True), "Lints for rule")) > 0
    assert state(tiny) == before
    tiny.run()
    assert tiny.ran() == ["file", "folder"]
    assert tiny.is_right()


# Run where jobs read the entries that they are about to link to.
WAITS = """
import sao.cached.records, threading
both, read = threading.Barrier(2), sao.cached.records.sha256
def wait(path):
    if not os.path.samefile(os.path.dirname(path), "{sub}"):
        both.wait(60)
    return read(path)
sao.cached.records.sha256 = wait
"""
WRITES = """
import sao.cached.records
read, seen = sao.cached.records.sha256, []
def write_after(path):
    digest = read(path)
    if str(path).endswith(".txt") and not seen:
        seen.append(path)
        open(path, "w").write("Content" + chr(10))
    return digest
sao.cached.records.sha256 = write_after
"""


def test_jobs_that_find_their_results_at_once_read_them_at_once(tiny, tmp_path):
    """The first file of each result is read when the other's is, or never."""
    head = WAITS.format(sub=next(tiny.cache.glob("*/sub")))
    second = Tiny.make(tmp_path / "second", tiny.cache, head=head)
    second.run("--cores", "2")
    assert second.ran() == []
    assert second.is_right()


def test_an_entry_that_is_written_to_after_it_was_read_is_not_used(tiny, tmp_path):
    second = Tiny.make(tmp_path / "second", tiny.cache, head=WRITES)
    printed = second.run()
    assert len(lines(printed, "its content is another one: not used, and made anew")) == 1
    assert second.ran() == ["file"]
    assert second.is_right()
    assert tiny.is_right()


def test_an_input_that_breaks_during_a_run_fails_its_job_in_one_line(tiny):
    # As if it had happened after the look at the start.
    snakefile = tiny.folder / "Snakefile"
    text = snakefile.read_text()
    snakefile.write_text(text.replace("if workflow.is_main_process:", "if False:"))
    tamper(tiny)
    printed = tiny.run("script", fails=True)
    said = "results/file.txt: in the cache its content is another one: removed there"
    assert len(lines(printed, f"Error in script: {said}")) == 1
    snakefile.write_text(text)
    tiny.run("script")
    assert tiny.is_right()
    assert (tiny.folder / "results/script.txt").exists()


def test_what_was_not_touched_is_not_read_again(tiny, monkeypatch, tmp_path):
    def read(path):
        raise AssertionError(f"{path} was read")

    monkeypatch.setattr(sao.cached.records, "sha256", read)
    for name in ("file.txt", "folder"):
        linked = entry_of(str(tiny.folder / "results" / name))
        assert linked
        assert fault(linked) is None
    # A copy of a cache has other times.
    copied = tmp_path / "copied"
    shutil.copytree(tiny.cache, copied)
    with pytest.raises(AssertionError, match="was read"):
        fault(copied / entry(tiny, ".txt").name)
    monkeypatch.undo()
    assert fault(copied / entry(tiny, ".txt").name) is None
    monkeypatch.setattr(sao.cached.records, "sha256", read)
    assert fault(copied / entry(tiny, ".txt").name) is None


def test_what_a_disk_changed_without_a_word_is_found_when_all_is_read(tmp_path):
    file = tmp_path / "file"
    file.write_text("content")
    write_record(file, "made")
    record_of(file).write_text(record_of(file).read_text().replace('["', '["0'))
    assert fault(file) is None
    assert fault(file, thorough=True) == "its content is another one"


def test_two_builds_that_race_for_the_same_entries_both_end_right(tmp_path):
    cache = tmp_path / "cache"
    # Each makes both results before the other has stored one.
    both = [
        Tiny.make(tmp_path / name, cache, slow=f"sleep {patience(3)}; ") for name in ("one", "two")
    ]
    for process in [tiny.start() for tiny in both]:
        printed, _ = process.communicate(timeout=patience(120))
        assert process.returncode == 0, printed
    for tiny in both:
        assert tiny.ran() == ["file", "folder"]
        assert tiny.is_right()
        assert tiny.run("--dry-run").count("Nothing to be done") == 1
    assert both[0].entries() == ENTRIES
    names = {path.name for path in cache.glob("*/*")}
    assert names == {"a", "sub"}, "one folder in the other"


@pytest.mark.parametrize("one_file_system", [True, False])
def test_a_full_disk_loses_nothing(tmp_path, one_file_system):
    full = """
import errno, shutil, tempfile
def full(*arguments, **options):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
os.link = shutil.copy2 = full
"""
    if one_file_system:
        full = full.replace("os.link = shutil.copy2", "tempfile.mkstemp")
    tiny = Tiny.make(tmp_path / "tiny", tmp_path / "cache", head=full)
    printed = tiny.run()
    assert len(lines(printed, "No space left on device")) == 2
    assert len(lines(printed, "results/folder: kept in this checkout, not in the cache")) == 1
    assert tiny.is_right()
    assert tiny.entries() == []
    assert not any(path.name.startswith(".writing-") for path in tiny.cache.iterdir())


def test_a_broken_entry_of_a_cache_that_is_read_only_is_not_used(tiny, tmp_path):
    truncate(tiny)
    read_only = """
import errno, sao.cached.store, tempfile
def refused(*arguments, **options):
    raise OSError(errno.EROFS, os.strerror(errno.EROFS))
sao.cached.store.remove = tempfile.mkstemp = refused
"""
    second = Tiny.make(tmp_path / "second", tiny.cache, head=read_only)
    printed = second.run()
    assert len(lines(printed, "it has 3 bytes in place of 8")) == 1
    assert len(lines(printed, "Read-only file system: results/file.txt: kept in this")) == 1
    assert second.is_right()
    assert not (second.folder / "results/file.txt").is_symlink()
    tiny.run()
