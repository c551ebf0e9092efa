"""Writes docs/limits.md from pypkg/graphvine/limits.py: the comment above a name is its text there."""

from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "pypkg" / "graphvine" / "limits.py"
PAGE = ROOT / "docs" / "limits.md"
HEAD = """# Limits

Made from `pypkg/graphvine/limits.py` by `site/build/make_limits.py`. A write over a limit raises `TooLarge` and changes
nothing; a remote peer that exceeds one is refused and, where it can only be on purpose, hung up on.
"""


def page(source: str) -> str:
    """The page for the text of limits.py."""
    lines: list[str] = [HEAD]
    said: list[str] = []
    before = ""  # two names may share one comment
    for line in source.splitlines():
        section = re.match(r"# -- (.*?) -+$", line)
        value = re.match(r"([A-Z][A-Z_]+) = ([^#]+)", line)
        if section:
            lines.append(f"\n## {section[1].capitalize()}\n\n| name | value | what and why |\n|---|---|---|")
        elif value:
            before = " ".join(said) or before
            lines.append(f"| `{value[1]}` | `{value[2].strip()}` | {before} |")
        elif line.startswith("# "):
            said.append(line[2:])
        if section or value or not line:
            said = []
    return "\n".join(lines) + "\n"


def main() -> int:
    """Write the page, or (--check) say whether it is up to date."""
    text = page(SOURCE.read_text())
    if sys.argv[1:] == ["--check"]:
        return int(PAGE.read_text() != text)
    PAGE.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
