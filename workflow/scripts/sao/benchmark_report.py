"""A benchmark's figures as CSV and Markdown. Standard library only."""

from __future__ import annotations

import csv
import io

CACHED = "cached"


def rows(summary: dict) -> list[dict]:
    """Return a flat row for each part of each recipe, and for its generation."""
    return [
        _row(recipe, part, figures)
        for recipe, content in summary["recipes"].items()
        for part, figures in {**content["parts"], "generation": content["generation"]}.items()
    ]


def _row(recipe: str, part: str, figures: dict) -> dict:
    build = figures["build"] or {"cpu_s": None, "peak_mb": None}
    return {
        "recipe": recipe,
        "part": part,
        **{f"latency_{key}_s": value for key, value in figures["latency_s"].items()},
        **{f"memory_{key}_mb": value for key, value in figures["memory_mb"].items()},
        "file_bytes": figures["bytes"],
        "snr_db": figures["snr_db"],
        "cosine": figures["cosine"],
        "build_cpu_s": build["cpu_s"],
        "build_peak_mb": build["peak_mb"],
        "giga_operations_per_s": figures.get("giga_operations_per_s"),
        "limit": figures.get("limit"),
        "share_of_limit": figures.get("share_of_limit"),
    }


def as_csv(summary: dict) -> str:
    """Return the rows as CSV; an empty field is a figure that there is not."""
    table = rows(summary)
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(table[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(table)
    return text.getvalue()


def as_markdown(summary: dict, command: str) -> str:
    """Return the tables, and how to get them again: `command`."""
    return f"""# Benchmark of {summary["model"]}

To get it again: `{command}`.

**ours is {summary["speedup_total"]:.2f} times as fast as the reference recipe.**

{summary["machine"]}; {summary["threads"]} threads; load average before:
{summary["load_average_before"]:.1f}; interleaved repeats: {summary["repeats"]}, after
{summary["warm_up"]} to warm up; {_versions(summary)}.

- *reference*: what Arm's guide does. *ours*: the schemes of the config; `pieces`, where there are
  any, is the decoder in two, which our generation uses in place of the full-length file. *eager*:
  torch, fp32, the original graph as torch.export saved it (the file is that `.pt2`).
- *s*: the median, and in brackets the fastest and the slowest. Each part ran in a process of its
  own, in turns; a generation is conditioners + {summary["steps"]} x DiT + decoder, added up.
- *memory*: above what the process held before it loaded the program, and the process's whole peak;
  a generation's is that of one that was run, its programs loaded one after the other. Eager's has
  some 80 MB of what torch imports to load a `.pt2`.
- *files*: those that are used; *three files*: one for each submodule, as in a bundle.
- *SNR*, *cosine*: the worst of the held-out calls against those recorded in fp32; a generation's is
  that of its sound. The recorded graph is the rewritten one: eager's SNR says how near that is.
  With random weights they compare recipes, and say nothing of how it sounds.
- *build*: export, quantize and build, CPU seconds and the peak of the largest job, of each one's
  last run in this checkout; `{CACHED}`: one has not run here. A generation's is all that the recipe
  builds, each job once.

## Generation

{_table(_generations(summary))}

## Parts

{_table(_parts(summary))}

## How near to the machine's limits

{_limits(summary)}.

The share is of the limit of a part's own arithmetic, from its median time and the operations in the
matrix products and convolutions of the eager module (two for a multiply-accumulate).

{_table(_shares(summary))}
"""


def _versions(summary: dict) -> str:
    return ", ".join(f"{name} {version}" for name, version in summary["versions"].items())


def _limits(summary: dict) -> str:
    limits = summary["limits"]["giga_operations_per_s"]
    rows, inner, columns = summary["limits"]["product"]
    return (
        f"The fastest turn of a matrix product, {rows} x {inner} by {inner} x {columns}: "
        f"fp32 {limits['fp32']:.0f} GFLOP/s and int8 (dynamic) {limits['int8']:.0f} GOP/s through "
        f"ExecuTorch and XNNPACK; torch's own fp32 {limits['torch_fp32']:.0f} GFLOP/s"
    )


def _generations(summary: dict) -> list[dict]:
    return [
        {
            "recipe": name,
            **_common(content["generation"]),
            "three files MB": f"{content['generation']['bundle_bytes'] / 1e6:.1f}",
        }
        for name, content in summary["recipes"].items()
    ]


def _parts(summary: dict) -> list[dict]:
    return [
        {"recipe": name, "part": part, "files": ", ".join(figures["files"]), **_common(figures)}
        for name, content in summary["recipes"].items()
        for part, figures in content["parts"].items()
    ]


def _common(figures: dict) -> dict:
    times, memory, build = figures["latency_s"], figures["memory_mb"], figures["build"]
    return {
        "s": f"{times['median']:.3f} ({times['min']:.3f} to {times['max']:.3f})",
        "memory MB": f"{memory['above_baseline']:.0f}",
        "process MB": f"{memory['peak']:.0f}",
        "files MB": f"{figures['bytes'] / 1e6:.1f}",
        "SNR dB": f"{figures['snr_db']:.1f}",
        "cosine": f"{figures['cosine']:.6f}",
        "build CPU s": f"{build['cpu_s']:.0f}" if build else CACHED,
        "build MB": f"{build['peak_mb']:.0f}" if build else CACHED,
    }


def _shares(summary: dict) -> list[dict]:
    return [
        {
            "recipe": name,
            "part": part,
            "G multiply-accumulates": f"{figures['macs'] / 1e9:.2f}",
            "G operations/s": f"{figures['giga_operations_per_s']:.1f}",
            "limit": figures["limit"],
            "share": f"{figures['share_of_limit']:.1%}",
        }
        for name, content in summary["recipes"].items()
        for part, figures in content["parts"].items()
    ]


def _table(table: list[dict]) -> str:
    lines = [list(table[0]), ["---"] * len(table[0]), *(row.values() for row in table)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
