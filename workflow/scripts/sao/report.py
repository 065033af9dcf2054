"""The text of a build's summary. Standard library only."""

from __future__ import annotations

from pathlib import Path

from sao.files import read_json


def summary(
    model: str,
    ptes: list[str],
    bundle: str,
    sounds: list[str],
    sound_reports: list[str],
    benchmarks: str,
    target: str,
) -> str:
    """Return a short Markdown text: artifacts and sizes, sounds, scores, stages and times."""
    lines = [f"# {model}", "", "| artifact | MB |", "|---|---|"]
    lines += [f"| {path} | {_megabytes(path)} |" for path in [*ptes, bundle]]
    lines += ["", f"Scored and generated {target}."]
    lines += ["", "| sound | on | generated in | prompt |", "|---|---|---|---|"]
    reports = [read_json(path) for path in sound_reports]
    for path, report in zip(sounds, reports, strict=True):
        took = f"{report['timings_s']['total']:.2f} s"
        lines.append(f"| {path} | {report['machine']} | {took} | {report['prompt']} |")
    lines += ["", "| submodule | scheme | SNR dB | gate dB | cosine |", "|---|---|---|---|---|"]
    for name, part in reports[0]["comparison"].items():
        scores = f"{part['snr_db']:.1f} | {part['gate_db']:.1f} | {part['cosine']:.6f}"
        lines.append(f"| {name} | {part['scheme']} | {scores} |")
    lines += ["", "| stage | wall s | CPU s | peak MB |", "|---|---|---|---|"]
    lines += _stages(Path(benchmarks)) or ["| all from the cache | | | |"]
    return "\n".join(lines) + "\n"


def _megabytes(path: str) -> str:
    top = Path(path)
    files = [f for f in top.rglob("*") if f.is_file()] if top.is_dir() else [top]
    return f"{sum(f.stat().st_size for f in files) / 1e6:.1f}"


def _stages(folder: Path) -> list[str]:
    """Return a row for each stage's last run in this checkout; cached ones were not run."""
    rows = []
    for path in sorted(folder.glob("*.json"), key=lambda p: p.stat().st_mtime):
        took = read_json(path)
        rows.append(f"| {path.stem} | {took['wall_s']} | {took['cpu_s']} | {took['peak_mb']} |")
    return rows
