"""JSON of a GUN graph as records: the graph itself, messages with a ``put``, or a list of either.

Of two values of one key the one with the larger state wins, as in GUN; equal states are decided by the text of the
values. Nulls are deletions: such keys are left out. Links become edges. A set of ``gun.set`` becomes edges from its
owner. Signed values of SEA stay the text that they are.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import Any

import msgspec

from graphvine.errors import FileError
from graphvine.files.gun import LABEL, is_soul_of_set
from graphvine.files.json_items import Item, JsonItems
from graphvine.files.long_values import parse_long
from graphvine.files.records import RECORDS_PER_SLICE, WIDE_CHARACTERS, EdgeRecord, Record, VertexRecord, Warnings
from graphvine.limits import MAX_ID_BYTES, MAX_VALUE_BYTES

# Links into what may be a set: they wait for it until the end.
MAX_WAITING = 1_000_000

States = dict[str, tuple[float, str]]


class GunReader:
    """Reads one dump. Links to souls that are not in it make empty vertices."""

    unique_ids = False

    def __init__(self) -> None:
        self.warnings = Warnings()
        self._items = JsonItems()
        self._seen: dict[str, States] = {}
        self._waiting: dict[str, tuple[str, str, int]] = {}
        self._sets: dict[str, None] = {}

    def feed(self, data: bytes) -> Iterator[Record | None]:
        """Yield what is complete with this chunk."""
        for item in self._items.feed(data):
            yield from self._item(item)

    def finish(self) -> Iterator[Record | None]:
        """The dump ends here: links that led to no set are links."""
        for item in self._items.finish():
            yield from self._item(item)
        for soul, (owner, key, line) in self._waiting.items():
            if soul not in self._sets:
                yield EdgeRecord("", key, owner, soul, {}, line, opens=True)

    def _item(self, item: Item) -> Iterator[Record | None]:
        value = item.value
        if not isinstance(value, dict):
            if item.key in ("", "#", "@", "##", "><", "%", "ok", "dam"):
                return  # parts of a message
            raise FileError(f"{item.key[:60]!r} is no node of a GUN graph: it has no `_`.", line=item.line)
        if "_" in value:
            yield from self._node(value, item.line)
            return
        graph = value.get("put", value) if item.key == "" else value
        if item.key not in ("", "put", "graph") or not isinstance(graph, dict):
            raise FileError(f"{item.key[:60]!r} is no node of a GUN graph: it has no `_`.", line=item.line)
        for node in graph.values():
            if isinstance(node, dict):
                yield from self._node(node, item.line)

    def _node(self, node: dict[str, Any], line: int) -> Iterator[Record | None]:
        about = node.get("_")
        soul = about.get("#") if isinstance(about, dict) else None
        states = about.get(">", {}) if isinstance(about, dict) else {}
        if not isinstance(soul, str) or not isinstance(states, dict):
            raise FileError('A node of a GUN graph needs a soul: {"_": {"#": …}}.', line=line)
        is_repeated = soul in self._seen
        fresh = yield from self._newest(soul, node, states, line)
        owner, key, _ = self._waiting.get(soul) or (*soul.rpartition("/")[::2], 0)
        if owner and key and (yield from _is_set(node)):
            self._sets[soul] = None
            for value in fresh.values():
                if value is not None:
                    yield _edge(owner, key, value, line)
            return
        if len(soul.encode("utf-8", "replace")) > MAX_ID_BYTES:
            raise FileError(
                f"The soul {soul[:60]!r}… has more than {MAX_ID_BYTES} bytes; an id has at most {MAX_ID_BYTES}. "
                "Rename it in the file.",
                line=line,
            )
        yield from self._vertex(soul, fresh, line, is_repeated=is_repeated)

    def _newest(
        self, soul: str, node: dict[str, Any], states: dict[str, Any], line: int
    ) -> Generator[None, None, dict[str, Any]]:
        """Return the keys of a node that no earlier one of this soul knows better."""
        known = self._seen.setdefault(soul, {})
        fresh: dict[str, Any] = {}
        for number, (key, value) in enumerate(node.items(), 1):
            if not number % RECORDS_PER_SLICE:
                yield None
            if key == "_":
                continue
            state = states.get(key, 0)
            if not isinstance(state, (int, float)) or isinstance(state, bool):
                raise FileError(f"The state of {key[:60]!r} in {soul[:60]!r} is no number.", line=line)
            order = float(state), _as_text(value)
            if key not in known or order > known[key]:
                if key in known and known[key][1].startswith("{"):
                    self.warnings.add("links that another node of the same soul changes: both are there")
                known[key] = order
                fresh[key] = value
        return fresh

    def _vertex(self, soul: str, fresh: dict[str, Any], line: int, *, is_repeated: bool) -> Iterator[Record | None]:
        labels: list[str] = []
        properties: dict[str, Any] = {}
        edges: list[Record] = []
        removed: list[str] = []
        for number, (key, value) in enumerate(fresh.items(), 1):
            if not number % RECORDS_PER_SLICE:
                yield None
            if not key:
                self.warnings.add("keys without a name: left out")
            elif value is None:
                self.warnings.add("nulls, which are deletions: left out")
                removed.append(key)
            elif key.startswith(LABEL) and value is True and len(key) > 1:
                labels.append(key[1:])
            elif _is_link(value):
                if is_soul_of_set(value["#"], soul, key):
                    self._wait(value["#"], soul, key, line)
                else:
                    edges.append(_edge(soul, key, value, line))
            elif isinstance(value, (dict, list)):
                raise FileError(f"{key[:60]!r} in {soul[:60]!r} is neither a value nor a link of GUN's.", line=line)
            else:
                properties[key] = (yield from self._long(value)) if isinstance(value, str) else value
        yield VertexRecord(soul, labels, properties, line, removed if is_repeated else [])
        yield from edges

    def _long(self, text: str) -> Generator[None, None, object]:
        """Return a text. One that no value could hold was bytes or a list, which GUN has no type for."""
        if len(text) <= MAX_VALUE_BYTES:
            return text
        try:
            value = yield from parse_long("json" if text.startswith("[") else "bytes", text)
        except ValueError:
            return text
        self.warnings.add("texts longer than any value, in Base64 or JSON: taken as bytes or lists")
        return value

    def _wait(self, target: str, soul: str, key: str, line: int) -> None:
        if len(self._waiting) >= MAX_WAITING:
            raise FileError(f"More than {MAX_WAITING:,} links lead to sets. Cut the file in two.", line=line)
        self._waiting[target] = soul, key, line


def _as_text(value: object) -> str:
    """Return what decides between two values with one state."""
    if isinstance(value, str) and len(value) > WIDE_CHARACTERS:
        return '"' + value
    return msgspec.json.encode(value).decode()


def _edge(owner: str, key: str, link: dict[str, Any], line: int) -> EdgeRecord:
    return EdgeRecord("", key, owner, link["#"], {}, line, opens=True)


def _is_link(value: object) -> bool:
    return isinstance(value, dict) and len(value) == 1 and isinstance(value.get("#"), str)


def _is_set(node: dict[str, Any]) -> Generator[None, None, bool]:
    """Tell whether all that a node holds are links, each under the soul that it leads to (or deleted)."""
    has_links = False
    for number, (key, value) in enumerate(node.items(), 1):
        if not number % RECORDS_PER_SLICE:
            yield None
        if key == "_" or value is None:
            continue
        if not _is_link(value) or key.strip() != value["#"].strip():
            return False
        has_links = True
    return has_links
