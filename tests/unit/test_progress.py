"""The download's progress, on a terminal and in a log."""

import io
import re
import time

import sao.hub.progress
from sao.hub.progress import progress_class


class Terminal(io.StringIO):
    def isatty(self):
        return True


def run(stream, total=2_000_000_000, steps=20):
    with progress_class(stream, "model.ckpt")(total=total, unit="B", unit_scale=True) as bar:
        for _ in range(steps):
            time.sleep(0.02)
            bar.update(total // steps)
    return stream.getvalue()


def test_a_log_gets_lines_with_share_rate_and_time_left(monkeypatch):
    monkeypatch.setattr(sao.hub.progress, "LOG_INTERVAL", 0.1)
    lines = run(io.StringIO()).splitlines()
    assert len(lines) >= 2
    pattern = r"model\.ckpt: \d+ % of 2\.00GB, [\d.]+[kMG]?B/s, \d\d:\d\d gone, \d\d:\d\d left"
    assert all(re.fullmatch(pattern, line) for line in lines), lines
    assert "100 %" in lines[-1]


def test_a_terminal_gets_one_line_that_changes():
    text = run(Terminal())
    assert text.count("\r") > 1
    assert "100 % of 2.00GB" in text


def test_small_files_are_silent():
    assert run(io.StringIO(), total=1000) == ""
