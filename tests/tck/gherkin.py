"""Reads .feature files: scenarios, their steps, outlines with examples. As much of Gherkin as the TCK uses."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

# What ends the steps of a scenario.
_NEXT = ("Scenario", "Example:", "Examples:", "@", "Background:", "Feature:", "Rule:")
_STEP = re.compile(r"(Given|When|Then|And|But|\*)\s+(.*)")


@dataclass
class Step:
    text: str
    document: str | None = None
    table: list[list[str]] = field(default_factory=list)


@dataclass
class Scenario:
    name: str
    line: int
    steps: list[Step] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)


# A cell's own escapes: a bar, a backslash, a line end. Any other backslash stands for itself.
_ESCAPE = re.compile(r"\\([\\|n])")
_CELL = re.compile(r"((?:\\.|[^\\|])*)\|")


def cells(line: str) -> list[str]:
    """Split a table row and read the escapes in its cells."""
    return [_ESCAPE.sub(_unescape, part.strip()) for part in _CELL.findall(line.strip().removeprefix("|"))]


def _unescape(found: re.Match[str]) -> str:
    return "\n" if found.group(1) == "n" else found.group(1)


def read_feature(path: Path) -> list[Scenario]:
    return _Reader(path.read_text(encoding="utf-8").splitlines()).scenarios()


class _Reader:
    def __init__(self, lines: list[str]) -> None:
        self.lines = lines
        self.position = 0
        self.background: list[Step] = []

    def scenarios(self) -> list[Scenario]:
        found: list[Scenario] = []
        tags: list[str] = []
        while self.position < len(self.lines):
            line = self.lines[self.position].strip()
            number = self.position + 1
            self.position += 1
            if line.startswith("@"):
                tags += line.split()
            elif line.startswith("Background:"):
                self.background = self._steps()
            elif line.startswith(("Scenario Outline:", "Scenario Template:")):
                found += self._outline(line.split(":", 1)[1].strip(), number, tags)
                tags = []
            elif line.startswith(("Scenario:", "Example:")):
                name = line.split(":", 1)[1].strip()
                found.append(Scenario(name, number, self.background + self._steps(), tags))
                tags = []
        return found

    def _steps(self) -> list[Step]:
        steps: list[Step] = []
        while self.position < len(self.lines):
            line = self.lines[self.position].strip()
            if line.startswith(_NEXT):
                break
            self.position += 1
            found = _STEP.match(line)
            if found:
                steps.append(Step(found.group(2).strip()))
            elif line.startswith(('"""', "```")):
                steps[-1].document = self._document()
            elif line.startswith("|"):
                steps[-1].table.append(cells(line))
        return steps

    def _document(self) -> str:
        indent = len(self.lines[self.position - 1]) - len(self.lines[self.position - 1].lstrip())
        body = []
        mark = self.lines[self.position - 1].strip()[:3]
        while not self.lines[self.position].strip().startswith(mark):
            line = self.lines[self.position]
            body.append(line[indent:] if not line[:indent].strip() else line)
            self.position += 1
        self.position += 1
        return "\n".join(body)

    def _outline(self, name: str, number: int, tags: list[str]) -> list[Scenario]:
        steps = self.background + self._steps()
        found: list[Scenario] = []
        while self.position < len(self.lines):
            line = self.lines[self.position].strip()
            if line.startswith(("Examples:", "Scenarios:")):
                self.position += 1
                found += self._examples(name, number, steps, tags)
            elif not line or line.startswith("#") or (line.startswith("@") and self._is_before_examples()):
                self.position += 1
            else:
                break
        return found

    def _is_before_examples(self) -> bool:
        """Tell whether the tags here belong to a table of examples, not to the next scenario."""
        rest = (line.strip() for line in self.lines[self.position :])
        after = next((line for line in rest if line and not line.startswith(("@", "#"))), "")
        return after.startswith(("Examples:", "Scenarios:"))

    def _examples(self, name: str, number: int, steps: list[Step], tags: list[str]) -> list[Scenario]:
        rows: list[list[str]] = []
        while self.position < len(self.lines):
            line = self.lines[self.position].strip()
            if line.startswith("|"):
                rows.append(cells(line))
            elif line and not line.startswith("#"):
                break
            self.position += 1
        found = []
        for row in rows[1:]:
            values = dict(zip(rows[0], row, strict=True))
            label = f"{name} ({', '.join(row)})"
            found.append(Scenario(label, number, [_filled(step, values) for step in steps], tags))
        return found


def _filled(step: Step, values: dict[str, str]) -> Step:
    def fill(text: str) -> str:
        return re.sub(r"<([^<>]+)>", lambda found: values.get(found.group(1), found.group()), text)

    document = None if step.document is None else fill(step.document)
    return Step(fill(step.text), document, [[fill(cell) for cell in row] for row in step.table])
