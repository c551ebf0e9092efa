"""Every Python sample of README and docs/ runs, and gives what its comments say."""

from __future__ import annotations

import ast
import asyncio
import inspect
import re
from pathlib import Path
from types import CodeType
from typing import Any

import pytest

import graphvine
from graphvine.peer.compose import room_of

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
# architecture.md lists signatures; what start.md shows is a file of site/examples (tests/test_docs.py, tests/browser).
PAGES = [
    page
    for page in (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")))
    if SAMPLE.search(page.read_text()) and page.name not in ("architecture.md", "start.md")
]
ENDLESS = ("edits", "live", "changes")


class Tried(ast.NodeTransformer):
    """Ends an endless loop after its first turn, and hears of each expression that a comment gives a value for."""

    def __init__(self, source: str) -> None:
        self._lines = source.splitlines()

    def visit_AsyncFor(self, node: ast.AsyncFor) -> ast.AsyncFor:
        self.generic_visit(node)
        if isinstance(node.iter, ast.Call) and ast.unparse(node.iter.func).endswith(ENDLESS):
            node.body.append(ast.Break())
        return node

    def visit_Expr(self, node: ast.Expr) -> ast.Expr:
        said = self._lines[node.lineno - 1].partition("  # ")[2]
        try:
            ast.literal_eval(said)
        except (SyntaxError, ValueError):
            return node
        checked = ast.parse(f"check({ast.unparse(node.value)}, {said})", mode="exec").body[0]
        assert isinstance(checked, ast.Expr)
        return checked


def compiled(source: str) -> CodeType:
    tree = ast.fix_missing_locations(Tried(source).visit(ast.parse(source)))
    code = compile(tree, "sample", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    assert isinstance(code, CodeType)
    return code


async def type_on(graph: graphvine.Graph) -> None:
    """Somebody else writes into the note of the samples, again and again."""
    while True:
        await asyncio.sleep(0.02)
        if (note := await graph.get("note")) is not None and "body" in note:
            await graph.text("note", "body").insert(0, "!")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_samples_run(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HOME", "XDG_DATA_HOME", "APPDATA", "LOCALAPPDATA"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "people.csv").write_text("email,name\nada@example.org,Ada\n")
    samples = SAMPLE.findall(page.read_text())
    checked: list[bool] = []

    def check(value: Any, said: Any) -> None:
        assert value == said
        checked.append(True)

    async def main() -> None:
        async with graphvine.open("samples", storage=":memory:") as graph:
            await graph.put("alice", {"age": 30})
            await graph.link("alice", "KNOWS", "bob", edge="alice-knows-bob")
            typing = asyncio.ensure_future(type_on(graph))
            with (tmp_path / "out").open("wb") as file:
                names = {
                    "graph": graph,
                    "graphvine": graphvine,
                    "file": file,
                    "check": check,
                    "room": room_of("samples"),
                }
                for source in samples:
                    # No relay is there: a graph opens without one.
                    code = compiled(re.sub(r"wss?://[^\"]+", "ws://127.0.0.1:9/", source))
                    result = eval(code, names)
                    if inspect.isawaitable(result):
                        await result
                    if (opened := names["graph"]) is not graph:
                        assert isinstance(opened, graphvine.Graph)
                        await opened.close()
                        names["graph"] = graph
            typing.cancel()
            await asyncio.gather(typing, return_exceptions=True)

    asyncio.run(asyncio.wait_for(main(), timeout=180))
    if page.name == "mergeable.md":
        assert len(checked) >= 2


def test_there_are_samples() -> None:
    assert {"README.md", "mergeable.md", "back-up-and-move.md", "run-a-relay.md"} <= {page.name for page in PAGES}
