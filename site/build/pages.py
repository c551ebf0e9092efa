"""Fills the pages: what all of them share is said once, in site/parts.

A line `<!-- part: NAME -->` of a page stands for the file site/parts/NAME.html.
"""

from __future__ import annotations

import re
from pathlib import Path

PARTS = Path(__file__).resolve().parents[1] / "parts"
_PART = re.compile(r"^([ \t]*)<!-- part: ([a-z-]+) -->\n", re.MULTILINE)


def fill(page: str) -> str:
    """Return the page with its parts in place, and with the start of its script announced."""
    return _with_preloads(_PART.sub(_part, page))


def _part(found: re.Match[str]) -> str:
    indent, name = found.groups()
    lines = (PARTS / f"{name}.html").read_text().splitlines(keepends=True)
    return "".join(indent + line for line in lines)


def _with_preloads(page: str) -> str:
    """The page, asking for what its script will import before that script is there."""
    if 'src="pages/' not in page:
        return page
    return page.replace("</title>", '</title>\n<link rel="modulepreload" href="graphvine.js">', 1)
