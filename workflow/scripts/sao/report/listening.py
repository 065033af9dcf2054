"""The sounds of a build as its page shows them. Needs what sao.report.sounds needs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from sao.generate.audio import normalize, read_sound
from sao.generate.cases import Case
from sao.report.sounds import drawn, drawn_difference, flac


def sounds(names: Sequence[str], paths: Sequence[str], reports: list[dict]) -> list[dict[str, Any]]:
    """Return what is shown of each smoke prompt: its report, to play, and drawn.

    And `start`, the same of the sound that it starts from, as long as its own; none without one.
    """
    by_name = dict(zip(names, paths, strict=True))
    return [
        {
            "name": name,
            **report,
            **_shown(*read_sound(path), f"“{report['prompt']}”"),
            "start": _start(report, by_name),
        }
        for (name, path), report in zip(by_name.items(), reports, strict=True)
    ]


def _start(report: dict, by_name: dict[str, str]) -> dict[str, Any] | None:
    if "input" not in report:
        return None
    audio, sample_rate = read_sound(by_name.get(report["input"], report["input"]))
    audio = audio[:, : round(report["seconds"] * sample_rate)]
    return _shown(audio, sample_rate, f"what “{report['prompt']}” starts from")


def pairs(scores: list[dict], cases: list[Case], paths: Sequence[str]) -> list[dict[str, Any]]:
    """Return what is shown of each held-out prompt: its score, both sounds, and the difference.

    `cases` are the recorded calls of the decoder, which end in the fp32 sounds, float32
    (2, samples); both sounds are scaled to the same peak, as the runner does.
    """
    return [
        {**score, **_pair(score["prompt"], case["audio"], path)}
        for score, case, path in zip(scores, cases, paths, strict=True)
    ]


def _pair(prompt: str, reference: np.ndarray, path: str) -> dict[str, Any]:
    candidate, sample_rate = read_sound(path)
    reference = normalize(reference[:, : candidate.shape[1]])
    return {
        "reference": _shown(reference, sample_rate, f"“{prompt}” by eager fp32"),
        "candidate": _shown(candidate, sample_rate, f"“{prompt}” by the artifact"),
        "difference": drawn_difference(reference, candidate, sample_rate, f"“{prompt}”"),
    }


def _shown(audio: np.ndarray, sample_rate: int, name: str) -> dict[str, Any]:
    return {"player": flac(audio, sample_rate), "drawn": drawn(audio, sample_rate, name)}
