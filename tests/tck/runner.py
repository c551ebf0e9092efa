"""Runs one scenario and says what is wrong, if anything."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from graphvine.errors import QueryError
from graphvine.query.results import Result
from tests.tck.expected import matches, parse_value
from tests.tck.gherkin import Scenario, Step
from tests.tck.graph import ScenarioGraph

_ERROR = re.compile(r"an? (\w+) should be raised at (compile time|runtime|any time): (.+)")


class Failed(Exception):
    """The scenario's expectation does not hold."""


class ScenarioRun:
    def __init__(self, graphs: Path) -> None:
        self.graphs = graphs
        self.graph = ScenarioGraph()
        self.parameters: dict[str, Any] = {}
        self.result: Result | None = None
        self.error: QueryError | None = None
        self.before: dict[str, set[Any]] = {}
        self.is_error_checked = False

    def run(self, scenario: Scenario) -> None:
        for step in scenario.steps:
            self.step(step)
        if self.error is not None and not self.is_error_checked:
            raise Failed(f"{self.error.kind}: {self.error.detail}: {self.error}")

    def step(self, step: Step) -> None:
        text = step.text
        if text in ("an empty graph", "any graph"):
            return
        if found := re.fullmatch(r"the (.+) graph", text):
            self._load(found.group(1))
        elif text.startswith("there exists a procedure "):
            self.graph.register(text.removeprefix("there exists a procedure ").rstrip(":").strip(), step.table)
        elif text.startswith(("having executed", "after having executed")):
            self.graph.run(step.document or "", {})
        elif text.startswith("parameters are"):
            self.parameters = {row[0]: parse_value(row[1]) for row in step.table}
        elif text.startswith(("executing query", "executing control query")):
            self._execute(step.document or text.partition(":")[2])
        else:
            self._check(text, step)

    def _execute(self, query: str) -> None:
        if self.error is not None and not self.is_error_checked:
            raise Failed(f"{self.error.kind}: {self.error.detail}: {self.error}")
        self.before = self.graph.counts()
        self.result, self.error, self.is_error_checked = None, None, False
        try:
            self.result = self.graph.run(query, self.parameters)
        except QueryError as error:
            self.error = error

    def _check(self, text: str, step: Step) -> None:
        found = _ERROR.fullmatch(text)
        if found:
            self._check_error(*found.groups())
            return
        if self.error is not None:
            raise Failed(f"{self.error.kind}: {self.error.detail}: {self.error}")
        if text.startswith("the result should be"):
            self._check_result(text, step.table)
        elif text.startswith("the side effects should be"):
            self._check_effects({row[0]: int(row[1]) for row in step.table})
        elif text == "no side effects":
            self._check_effects({})
        else:
            raise Failed(f"unknown step: {text}")

    def _load(self, name: str) -> None:
        folder = self.graphs / name
        if not folder.is_dir():
            raise Failed(f"no graph {name} in {self.graphs}")
        about = json.loads((folder / f"{name}.json").read_text())
        for script in about["scripts"]:
            file = folder / script
            file = file if file.exists() else folder / f"{script}.cypher"
            for query in file.read_text().split(";"):
                if query.strip():
                    self.graph.run(query, {})

    def _check_error(self, kind: str, phase: str, detail: str) -> None:
        self.is_error_checked = True
        error = self.error
        if error is None:
            raise Failed(f"no error; expected {kind} at {phase}: {detail}")
        same_phase = phase in ("any time", error.phase)
        if error.kind != kind or not same_phase or detail not in ("*", error.detail):
            found = f"{error.kind} at {error.phase}: {error.detail}: {error}"
            raise Failed(f"expected {kind} at {phase}: {detail}; got {found}")
        self._check_effects({})

    def _check_result(self, text: str, table: list[list[str]]) -> None:
        assert self.result is not None
        if text == "the result should be empty":
            if self.result.rows:
                raise Failed(f"expected no rows, got {self.result.rows[:5]}")
            return
        any_order = "ignoring element order" in text
        if sorted(table[0]) != sorted(self.result.columns):
            raise Failed(f"columns {self.result.columns}, expected {table[0]}")
        places = [self.result.columns.index(name) for name in table[0]]
        actual = [[row[place] for place in places] for row in self.result.rows]
        expected = [[parse_value(cell) for cell in row] for row in table[1:]]
        if "in any order" in text or "in order" not in text:
            is_equal = _same_rows(expected, actual, any_order)
        else:
            is_equal = len(expected) == len(actual) and all(
                _same_row(one, other, any_order) for one, other in zip(expected, actual, strict=True)
            )
        if not is_equal:
            raise Failed(f"rows {actual[:20]}, expected {expected[:20]}")

    def _check_effects(self, expected: dict[str, int]) -> None:
        after = self.graph.counts()
        actual = {}
        for name, before in self.before.items():
            actual["+" + name] = len(after[name] - before)
            actual["-" + name] = len(before - after[name])
        actual = {name: count for name, count in actual.items() if count}
        if actual != {name: count for name, count in expected.items() if count}:
            raise Failed(f"side effects {actual}, expected {expected}")


def _same_row(expected: list[Any], actual: list[Any], any_order: bool) -> bool:
    return all(matches(one, other, any_order=any_order) for one, other in zip(expected, actual, strict=True))


def _same_rows(expected: list[list[Any]], actual: list[list[Any]], any_order: bool) -> bool:
    left = list(actual)
    for row in expected:
        found = next((number for number, other in enumerate(left) if _same_row(row, other, any_order)), None)
        if found is None:
            return False
        del left[found]
    return not left
