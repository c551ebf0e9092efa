"""The layers of docs/architecture.md, the budgets of size, and the places that may touch the outside."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "pypkg" / "graphvine"
FILES = sorted(PACKAGE.rglob("*.py"))
RELAY_FILES = sorted((ROOT / "relay").rglob("*.py"))

# Row of the table in docs/architecture.md. Imports go to a lower row, or stay inside their own entry.
ROWS = {
    "errors": 0, "limits": 0,
    "model": 1, "codec": 1.5,
    "effects": 2, "ports": 2,
    "crdt": 3, "crypto": 3,
    "store": 4,
    "query": 5, "net": 5, "sync": 5, "gossip": 5,
    "files": 5.5,
    "peer": 6,
    "vertex": 6, "status": 6, "editors": 6.3, "handles": 6.4, "reads": 6.4, "why": 6.4,
    "queries": 6.5, "presence": 6.5, "text_commits": 6.4, "texts": 6.5, "transfer": 6.7, "api": 7,
    "platform.memory": 7.5,
    "platform.browser": 8, "platform.native": 8, "platform": 8, "testing": 8,
    "cli_words": 8.4, "cli_files": 8.5, "cli_query": 8.5, "cli": 9, "__main__": 10, "__init__": 10,
}  # fmt: skip
# `api.open` imports the platform late, inside a function; and so may whoever starts programs.
LATE_IMPORTS_UP = {"api", "cli"}

OUTSIDE = {
    "asyncio",
    "time",
    "random",
    "secrets",
    "os",
    "socket",
    "js",
    "pyodide",
    "pyodide_js",
    "threading",
    "uuid",
    "ssl",
}
OUTSIDE |= {"sqlite3", "multiprocessing", "subprocess", "aiohttp", "aiortc", "cryptography", "urllib", "http"}
# The only modules below the API that await.
PEER_SHELL = (
    "peer.commits",
    "peer.compose",
    "peer.disk",
    "peer.driver",
    "peer.index_keeper",
    "peer.packing",
    "peer.reading",
    "peer.tasks",
    "peer.upkeep",
    "peer.upgrade",
    "peer.watchers",
)
API_SHELL = ("api", "cli", "cli_files", "cli_query", "presence", "queries", "text_commits", "texts", "transfer")
MAY_TOUCH_OUTSIDE = (*API_SHELL, "platform", "testing", *PEER_SHELL, "__main__")
MAX_FILE_LINES = 500
MAX_FUNCTION_LINES = 60


def module_name(path: Path) -> str:
    """Dotted name below `graphvine`: crdt/cells.py is crdt.cells."""
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts)


def entry(name: str) -> str:
    """The entry of ROWS that a module belongs to."""
    parts = name.split(".")
    pair = ".".join(parts[:2])
    return pair if pair in ROWS else parts[0]


def imports(tree: ast.Module, name: str, is_package: bool) -> Iterator[tuple[int, str, bool]]:
    """(line, absolute dotted name, whether it stands inside a function) of every import."""
    late = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name, id(node) in late) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parts = ["graphvine", *name.split("."), *(["__init__"] if is_package else [])]
                base = ".".join([*parts[: -node.level], *([base] if base else [])])
            # `from graphvine import errors` names a module; `from graphvine.errors import X` does not.
            names = (
                [f"{base}.{alias.name}" for alias in node.names]
                if base in ("graphvine", "graphvine.platform")
                else [base]
            )
            yield from ((node.lineno, target, id(node) in late) for target in names)


def is_typing_only(tree: ast.Module) -> set[int]:
    """Lines that stand under `if TYPE_CHECKING:`: they are never run."""
    blocks = [
        node for node in ast.walk(tree) if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING")
    ]
    return {
        inner.lineno
        for block in blocks
        for statement in block.body
        for inner in ast.walk(statement)
        if hasattr(inner, "lineno")
    }


def violations(path: Path, text: str) -> list[str]:
    """What is wrong with the imports of one file, as file:line: reason."""
    tree = ast.parse(text)
    name = module_name(path)
    mine = entry(name)
    found = []
    typing_only = is_typing_only(tree)
    for line, target, is_late in imports(tree, name, path.name == "__init__.py"):
        top = target.split(".")[0]
        where = f"{path.relative_to(ROOT)}:{line}"
        if top in OUTSIDE and not name.startswith(MAY_TOUCH_OUTSIDE):
            found.append(f"{where}: {name} is pure and may not import {target}")
        if top in ("js", "pyodide", "_pyodide", "pyodide_js") and name.startswith("platform.native"):
            found.append(f"{where}: only platform/browser may import {target}")
        if not target.startswith("graphvine.") or line in typing_only or mine in ("__init__", "__main__"):
            continue
        theirs = entry(target.removeprefix("graphvine."))
        if theirs == mine or (is_late and mine in LATE_IMPORTS_UP):
            continue
        if theirs not in ROWS:
            continue  # a public name of the package, such as graphvine.open
        if ROWS[theirs] >= ROWS[mine]:
            found.append(f"{where}: {mine} (row {ROWS[mine]}) may not import {theirs} (row {ROWS[theirs]})")
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_down(path: Path) -> None:
    assert module_name(path).split(".")[0] in ROWS, f"{path} is in no row of docs/architecture.md"
    assert violations(path, path.read_text()) == []


def test_the_page_about_layers_shows_them_all() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text()
    lines = re.findall(r"^\| ([0-9.]+) \| ([^|]+) \|", page, re.MULTILINE)
    assert {name: float(row) for row, names in lines for name in re.findall(r"`([\w.]+)`", names)} == ROWS


def test_the_page_about_layers_names_files_that_exist() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text()
    for name in re.findall(r"`(\w+/[\w/*]+\.py)`", page):
        assert list(PACKAGE.glob(name)) or list(ROOT.glob(name)) or "x/" in name, name


@pytest.mark.parametrize("path", FILES + RELAY_FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_files_and_functions_are_small(path: Path) -> None:
    text = path.read_text()
    assert text.count("\n") <= MAX_FILE_LINES, f"{path} has {text.count(chr(10))} lines"
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            length = (node.end_lineno or 0) - node.lineno + 1
            assert length <= MAX_FUNCTION_LINES, f"{path}:{node.lineno}: {node.name} has {length} lines"


@pytest.mark.parametrize("path", FILES + RELAY_FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_names_belong_to_a_noun(path: Path) -> None:
    assert path.stem not in {"utils", "helpers", "common", "misc"}


@pytest.mark.parametrize(
    ("file", "line", "reason"),
    [
        ("crdt/cells.py", "import time", "is pure"),
        ("crdt/cells.py", "from .. import store", "may not import store"),
        ("crdt/cells.py", "from ..store import pages", "may not import store"),
        ("sync/session.py", "from graphvine.gossip import flood", "may not import gossip"),
        ("crdt/__init__.py", "from ..crypto import signed", "may not import crypto"),
        ("platform/native/clock.py", "from graphvine.platform import browser", "may not import platform.browser"),
        ("platform/native/clock.py", "import js", "only platform/browser"),
        (
            "peer/peer.py",
            "def late():\n    from graphvine.platform.native import clock",
            "may not import platform.native",
        ),
    ],
)
def test_a_planted_import_is_found(file: str, line: str, reason: str) -> None:
    (found,) = violations(PACKAGE / file, line)
    assert reason in found


@pytest.mark.parametrize(
    ("file", "line"),
    [
        (
            "crdt/cells.py",
            "from graphvine.model import stamp\nfrom ..errors import InvalidValue\nfrom .graph import GraphState",
        ),
        ("api.py", "def open():\n    from graphvine.platform.native import peer"),
        ("peer/driver.py", "import asyncio"),
    ],
)
def test_an_allowed_import_passes(file: str, line: str) -> None:
    assert violations(PACKAGE / file, line) == []


def test_the_standard_library_of_a_tab_has_what_we_name() -> None:
    assert {"js", "pyodide", "pyodide_js", "aiohttp", "aiortc", "cryptography"} == OUTSIDE - set(
        sys.stdlib_module_names
    )
