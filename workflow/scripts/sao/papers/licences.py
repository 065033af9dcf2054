"""What licences ask of those who pass a model on, as their own texts say. Standard library only."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

# A text to be retained, quoted behind the name of the file that it is to be in.
NOTICE = re.compile(r"\bNotice[\"”]? text file\b[^\"“:]*: *[\"“]([^\"”]+)[\"”]", re.IGNORECASE)
# A line to be shown, quoted.
POWERED_BY = re.compile(r"[\"“](Powered by [^\"”]+)[\"”]", re.IGNORECASE)
# The texts that this repository has itself.
OWN_TEXTS = {"apache-2.0": "Apache-2.0"}


def asked(papers: Iterable[Path]) -> dict[str, list[str]]:
    """Return what a model's licence and card ask to be said, by where: `notice`, `powered_by`.

    Quoted texts only: nothing is said in a licence's name that it does not say itself.
    """
    texts = [_one_line(path.read_text(errors="replace")) for path in papers]
    return {
        name: list(dict.fromkeys(found for text in texts for found in pattern.findall(text)))
        for name, pattern in (("notice", NOTICE), ("powered_by", POWERED_BY))
    }


def _one_line(text: str) -> str:
    """Return a text without line ends and the marks of Markdown's emphasis."""
    return " ".join(text.replace("*", "").replace("_", " ").split())
