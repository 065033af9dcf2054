"""Figures of matplotlib as SVG inside a page, in the page's own colours. Needs matplotlib."""

from __future__ import annotations

import hashlib
import io
import re
from contextlib import AbstractContextManager
from xml.etree import ElementTree

import matplotlib
from markupsafe import Markup
from matplotlib.figure import Figure

SVG, XLINK = "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"
# A figure is drawn in these; on the page they are its variables, which follow the reader's light
# or dark scheme.
INK, MUTED, LINE, SURFACE = "#010203", "#040506", "#070809", "#fafbfc"
FIRST, SECOND, THIRD = "#0a0b0c", "#0d0e0f", "#101112"
VARIABLES = {
    INK: "var(--ink)",
    MUTED: "var(--muted)",
    LINE: "var(--line)",
    SURFACE: "var(--surface)",
    FIRST: "var(--first)",
    SECOND: "var(--second)",
    THIRD: "var(--third)",
}
STYLE = {
    "svg.fonttype": "none",
    "font.size": 10,
    "text.color": INK,
    "axes.labelcolor": MUTED,
    "axes.edgecolor": LINE,
    "axes.facecolor": "none",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "figure.facecolor": "none",
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "grid.color": LINE,
    "legend.frameon": False,
}

ElementTree.register_namespace("", SVG)
ElementTree.register_namespace("xlink", XLINK)


def style() -> AbstractContextManager:
    """Return the context that figures for `inline_svg` are made in."""
    return matplotlib.rc_context(STYLE)


def inline_svg(figure: Figure, text: str, stretched: bool = False) -> Markup:
    """Return the figure as an `svg` element; `text` says what it shows to who cannot see it.

    Where `stretched`, it fills its place whatever the place's shape is.
    """
    buffer = io.StringIO()
    with matplotlib.rc_context({**STYLE, "svg.hashsalt": text}):
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    root = ElementTree.fromstring(buffer.getvalue())
    for name in ("metadata", "defs"):
        for child in root.findall(f"{{{SVG}}}{name}"):
            if name == "metadata" or child.find(f"{{{SVG}}}style") is not None:
                root.remove(child)
    _own_ids(root, "s" + hashlib.sha256(text.encode()).hexdigest()[:8])
    for name in ("width", "height"):
        root.attrib.pop(name, None)
    if stretched:
        root.set("preserveAspectRatio", "none")
    root.set("role", "img")
    root.set("aria-label", text)
    return Markup(_coloured(ElementTree.tostring(root, encoding="unicode")))


def _own_ids(root: ElementTree.Element, prefix: str) -> None:
    """Keep the ids that are referred to, as ids that no other figure has."""
    used = set(re.findall(r"#([\w-]+)", ElementTree.tostring(root, encoding="unicode")))
    for element in root.iter():
        name = element.attrib.pop("id", None)
        if name in used:
            element.set("id", f"{prefix}-{name}")
        for key, value in element.attrib.items():
            if key == f"{{{XLINK}}}href" and value.startswith("#"):
                element.set(key, f"#{prefix}-{value[1:]}")
            elif "url(#" in value:
                element.set(key, value.replace("url(#", f"url(#{prefix}-"))


def _coloured(text: str) -> str:
    return re.sub("|".join(VARIABLES), lambda match: VARIABLES[match[0]], text)
