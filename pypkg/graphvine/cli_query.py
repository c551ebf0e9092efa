"""The verb ``graphvine query``: one Cypher query on a space, its rows as a table or as JSON."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator, Iterable
from contextlib import AbstractAsyncContextManager
from dataclasses import asdict
from typing import Any

import msgspec

from graphvine.api import Graph
from graphvine.api import open as open_graph
from graphvine.cli_words import counted
from graphvine.errors import InvalidValue
from graphvine.queries import Rows
from graphvine.vertex import Edge, Path, Vertex

# Characters of one cell of a table.
MAX_CELL = 60
STREAM = "-"
# Seconds between two looks at who is there.
LOOK_S = 0.05


def add_verb(verbs: Any) -> None:
    """Add the verb to the parser of the command line."""
    query = verbs.add_parser("query", help="run one Cypher query on a space")
    query.add_argument("space", help="name of the space")
    query.add_argument("text", help="the query; - reads it from standard input")
    query.add_argument(
        "--param", action="append", default=[], metavar="NAME=VALUE", help="a parameter: JSON, else text; repeatable"
    )
    query.add_argument("--json", action="store_true", help="one JSON object per row")
    query.add_argument("--relay", action="append", default=[], metavar="URL", help="meet other peers first")
    query.add_argument("--wait", type=float, default=10.0, metavar="S", help="how long to wait for them (10)")
    query.add_argument("--storage", metavar="PATH", help="file that keeps it (default: in your data folder)")
    query.add_argument("--identity", metavar="NAME", help="which of your keys signs")
    query.set_defaults(verb=_query)


async def _query(options: argparse.Namespace) -> None:
    text = sys.stdin.read() if options.text == STREAM else options.text
    parameters = dict(map(_parameter, options.param))
    async with _opened(options) as graph:
        rows = await graph.query(text, parameters)
    if rows.plan is not None:
        print(rows.plan)
        if rows.live:
            print(f"as a live query: {rows.live}")
    if options.json:
        for row in rows:
            print(msgspec.json.encode(row, enc_hook=_plain).decode())
    elif rows.columns:
        print("\n".join(_table(rows)))
    changed = {name: count for name, count in asdict(rows.counters).items() if count}
    if changed:
        print(", ".join(_counted(name, count) for name, count in changed.items()), file=sys.stderr)


def _counted(name: str, count: int) -> str:
    """Return such as "1 edge created" for a counter's name."""
    things, _, done = name.partition("_")
    return f"{counted(things, count)} {done}"


@contextlib.asynccontextmanager
async def _opened(options: argparse.Namespace) -> AsyncIterator[Graph]:
    """Open the space; with a relay, meet the others before the query, and let them hear of it behind it."""
    opening: AbstractAsyncContextManager[Graph] = open_graph(
        options.space, identity=options.identity, relay=options.relay, storage=options.storage
    )
    async with opening as graph:
        is_met = bool(options.relay) and await _meet(graph, options.wait)
        yield graph
        if is_met:
            await _meet(graph, options.wait)


async def _meet(graph: Graph, wait_s: float) -> bool:
    """Wait until somebody has all that we have, and we what they have; tell whether it came to that."""
    for _ in range(int(wait_s / LOOK_S) + 1):
        if any(peer.sync == "converged" for peer in graph.status.peers):
            return True
        await asyncio.sleep(LOOK_S)
    print(f"Nobody was met within {wait_s:g} seconds; this is the copy on this machine.", file=sys.stderr)
    return False


def _parameter(word: str) -> tuple[str, object]:
    name, equals, text = word.partition("=")
    if not (name and equals):
        raise InvalidValue(f"--param {word!r} is not understood. Write for example --param min=20.")
    try:
        return name, msgspec.json.decode(text)
    except msgspec.DecodeError:
        return name, text
    except RecursionError:
        raise InvalidValue(f"--param {name}: this JSON nests too deep.") from None


def _table(rows: Rows) -> Iterable[str]:
    cells = [list(rows.columns), *([_cell(row[name]) for name in rows.columns] for row in rows)]
    widths = [max(len(row[place]) for row in cells) for place in range(len(rows.columns))]
    lines = [" | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in cells]
    yield lines[0]
    yield "-+-".join("-" * width for width in widths)
    yield from lines[1:]


def _cell(value: object) -> str:
    text = value if isinstance(value, str) else _shown(value)
    text = " ".join(text.split())
    return text if len(text) <= MAX_CELL else text[: MAX_CELL - 1] + "…"


def _shown(value: object) -> str:
    if isinstance(value, Vertex):
        return "".join([value.id, *(f" :{label}" for label in sorted(value.labels)), _properties(value.properties)])
    if isinstance(value, Edge):
        return f"{value.source} -[{value.type}]-> {value.target}{_properties(value.properties)}"
    if isinstance(value, Path):
        return " - ".join(vertex.id for vertex in value.vertices)
    return msgspec.json.encode(value, enc_hook=_plain).decode()


def _properties(properties: dict[str, object]) -> str:
    return f" {msgspec.json.encode(dict(sorted(properties.items())), enc_hook=_plain).decode()}" if properties else ""


def _plain(value: object) -> object:
    """Return what JSON has no word for as text: our own dates, times and durations."""
    return str(value)
