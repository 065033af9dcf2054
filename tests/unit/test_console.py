"""What a run shows of its jobs."""

import io
import json
import logging
import os
import time
from types import SimpleNamespace
from typing import Any

import pytest

import sao.console
from sao import run_faults
from sao.console import use_console, without_stages
from sao.stage import record_file


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def logger(tmp_path, monkeypatch):
    """A logger as Snakemake's is before it reads the workflow; lines go to `logger.stream`."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("SAO_CONSOLE", "")
    monkeypatch.setattr(sao.console, "INTERVAL", 0.02)
    logger: Any = logging.getLogger(f"test.{tmp_path.name}")
    logger.setLevel(logging.INFO)
    logger.propagate = False

    def begin(stream, main=True, **settings):
        logger.stream = stream
        handler = logging.StreamHandler(stream)
        handler.name = "DefaultStreamHandler"
        logger.addHandler(handler)
        usual = {"dryrun": False, "quiet": set(), "verbose": False, "show_failed_logs": False}
        use_console(logger, SimpleNamespace(**usual | settings), main)

    logger.begin = begin
    yield logger
    for handler in logger.handlers:
        handler.close()


def said(logger):
    """Return the lines without the time of day."""
    return [line.partition(" ")[2] for line in logger.stream.getvalue().splitlines()]


def start(logger, number=1, rule="build", what="Build x.pte"):
    log = f"logs/demo/{rule}.log"
    extra = {"event": "job_info", "jobid": number, "rule_msg": what, "rule_name": rule}
    logger.info("Rule", extra=extra | {"log": [log], "reason": "missing"})
    return log


def end(logger, number=1, done=1, total=3):
    logger.info("Finished", extra={"event": "job_finished", "job_id": number})
    logger.info("1 of 3", extra={"event": "progress", "done": done, "total": total})


def record(log, age=0.0):
    path = record_file(log)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"wall_s": 12.34, "peak_mb": 812}))
    os.utime(path, (time.time() - age,) * 2)


def test_a_short_job_has_one_line_with_what_it_took(logger):
    logger.begin(io.StringIO())
    record(start(logger))
    end(logger)
    assert said(logger) == ["[1/3] Build x.pte: 12.3 s, 812 MB"]


def test_a_long_job_has_a_line_at_its_start_too(logger, monkeypatch):
    monkeypatch.setattr(sao.console, "SHORT", 0.0)
    logger.begin(io.StringIO())
    record(start(logger))
    time.sleep(0.2)
    end(logger)
    assert said(logger) == ["Build x.pte", "[1/3] Build x.pte: 12.3 s, 812 MB"]


def test_what_did_not_run_is_from_the_cache(logger):
    logger.begin(io.StringIO())
    record(start(logger), age=60)
    end(logger)
    start(logger, 2, "quantize", "Quantize x")
    end(logger, 2, 2)
    assert said(logger) == [
        "[1/3] Build x.pte: from the cache",
        "[2/3] Quantize x: from the cache",
    ]


def test_how_snakemake_does_things_is_left_to_its_log(logger):
    logger.begin(io.StringIO())
    for line in ("Select jobs to execute...", "Symlinking output file a from cache."):
        logger.info(line)
    logger.info("SNAKEMAKE\n===", extra={"event": "workflow_started"})
    logger.info("Execute 2 jobs...", extra={"event": "job_started", "jobs": [1]})
    logger.info("Job stats: ...", extra={"event": "run_info", "stats": {"total": 43}})
    logger.info("Creating conda environment envs/build.yaml...")
    logger.warning("Select is also a word in warnings")
    assert logger.stream.getvalue().splitlines()[0].endswith(" 43 jobs")
    assert logger.stream.getvalue().splitlines()[1:] == [
        "Creating conda environment envs/build.yaml...",
        "Select is also a word in warnings",
    ]


def fail(logger, rule="build", **more):
    extra = {"event": "job_error", "jobid": 1, "rule_name": rule, "rule_msg": None}
    logger.error("Error in rule", extra=extra | {"log": [f"logs/demo/{rule}.log"]} | more)
    return logger.stream.getvalue().splitlines()


def test_an_error_is_the_line_of_its_log(logger, tmp_path):
    logger.begin(io.StringIO())
    log = tmp_path / start(logger)
    log.parent.mkdir(parents=True)
    log.write_text("Traceback\nError in build: x.pte: too small (log: logs/demo/build.log)\n")
    assert fail(logger) == ["Error in build: x.pte: too small (log: logs/demo/build.log)"]


def test_asked_for_logs_it_shows_each_line_once(logger, tmp_path):
    logger.begin(io.StringIO(), show_failed_logs=True)
    log = tmp_path / start(logger)
    log.parent.mkdir(parents=True)
    line = "Error in build: x.pte: too small (log: logs/demo/build.log)"
    log.write_text(f"layer 1 of 2\nTraceback\n{line}\n")
    assert fail(logger) == ["layer 1 of 2", "Traceback", line]


def test_a_run_that_is_stopped_says_so_once(logger):
    """And not of each of its jobs."""
    logger.begin(io.StringIO())
    for number in (1, 2):
        start(logger, number)
    logger.info("Terminating processes on user request, this might take some time.")
    logger.error("RuleException:\nCommand 'python x.py' died with <Signals.SIGINT: 2>.")
    assert fail(logger) == ["stopped (SIGINT): the jobs that run are ended; " + run_faults.GOES_ON]
    for _ in range(3):
        logger.info("Will exit after finishing currently running jobs (scheduler).")
    assert len(logger.stream.getvalue().splitlines()) == 2


def test_an_error_without_a_word_names_the_log(logger, tmp_path):
    """A script that a signal ended; what an earlier run left in the log is not its reason."""
    log = tmp_path / "logs/demo/build.log"
    log.parent.mkdir(parents=True)
    log.write_text("Error in build: of yesterday\n")
    os.utime(log, (1, 1))
    logger.begin(io.StringIO())
    start(logger)
    assert fail(logger) == ["Error in build: it ended without a word (log: logs/demo/build.log)"]


@pytest.mark.parametrize(
    ("signal", "said"),
    [
        ("SIGKILL: 9", "it was killed (SIGKILL), as the system does where memory runs out: fewer "),
        ("SIGINT: 2", "it was stopped (SIGINT); the same command goes on from here (log: "),
        ("SIGTERM: 15", "it was stopped (SIGTERM); the same command goes on from here (log: "),
        ("SIGSEGV: 11", "it crashed (SIGSEGV) (log: "),
    ],
)
def test_a_job_that_a_signal_ended_is_one_line(logger, signal, said):
    logger.begin(io.StringIO())
    start(logger)
    logger.error(f"RuleException:\nCommand 'python x.py' died with <Signals.{signal}>.")
    [line] = fail(logger)
    assert line.startswith(f"Error in build: {said}")
    # And of the next job that fails nothing is known.
    start(logger)
    assert "it ended without a word" in fail(logger)[-1]


def test_a_terminal_shows_what_runs_and_how_far_it_is(logger, tmp_path):
    logger.begin(Terminal())
    assert os.environ["SAO_CONSOLE"] == "terminal"
    log = start(logger)
    (tmp_path / "logs/demo").mkdir(parents=True)
    (tmp_path / f"{log}.progress").write_text("call 3/16")
    time.sleep(0.2)
    record(log)
    end(logger)
    text = logger.stream.getvalue()
    assert "\r\033[Kbuild call 3/16 0 s" in text
    assert text.splitlines()[-1].endswith("[1/3] Build x.pte: 12.3 s, 812 MB")
    assert not (tmp_path / f"{log}.progress").exists()


@pytest.mark.parametrize("settings", [{"dryrun": True}, {"verbose": True}, {"quiet": {"rules"}}])
def test_asked_for_snakemakes_own_lines_it_leaves_them(logger, settings):
    logger.begin(io.StringIO(), **settings)
    logger.info("Select jobs to execute...")
    assert logger.stream.getvalue() == "Select jobs to execute...\n"


def test_the_snakemake_of_a_job_shows_what_its_script_cannot_say(logger):
    logger.begin(io.StringIO(), main=False)
    logger.info("Activating conda environment: x")
    logger.error("RuleException: command returned non-zero exit status 1.")
    logger.error("RuleException: command died with <Signals.SIGKILL: 9>.")
    assert "SIGKILL" in logger.stream.getvalue()
    assert len(logger.stream.getvalue().splitlines()) == 1


def test_the_summary_is_shown_without_the_stages_that_were(root):
    text = "# demo\n\n| artifact | MB |\n\n| stage | wall s |\n|---|\n| build | 3 |\n"
    assert without_stages(text) == "# demo\n\n| artifact | MB |"
    template = (root / "workflow/report/summary.md.j2").read_text()
    assert "\n| stage |" in template
