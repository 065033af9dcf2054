"""A build that is killed, with all that it started, ends as one that nothing disturbed."""

from random import Random

from support.checkout import DEMO
from support.fault_rows import said
from support.kills import BUILD, contents, kill, scratch, spoilt, unlock

# Several cached files; one; a folder and its archive, which are not cached. `make stress` has all.
KILLS = (("verify", "in"), ("build", "after"), ("bundle", "in"))


def test_a_killed_build_is_taken_up_by_the_plain_command(built, tmp_path):
    """What Snakemake's own message names is all it takes besides."""
    copy = built.copy_with_caches(tmp_path)
    random = Random(15)
    for number, (rule, phase) in enumerate(KILLS):
        kill(copy, rule, phase, random.random(), like=built)
        assert spoilt(copy, built) == []
        if number == 0:
            refused = copy.run(*BUILD)
            assert refused.returncode != 0
            assert said(refused.stdout, "SIGKILL of the whole build, or a power loss") == 1
    unlock(copy)
    copy.build()
    assert contents(copy).keys() == contents(built).keys()
    assert spoilt(copy, built) == []
    assert scratch(copy) == []
    done = copy.run("--dry-run", *DEMO, "--", "all")
    assert "Nothing to be done" in done.stdout
