"""A map: the value of each key is a register, and so is its absence."""

from __future__ import annotations

from collections.abc import Generator, Hashable, Iterable, Iterator, Mapping

from graphvine.codec.bodies import are_short, are_simple, check_entry, encode_map, is_simple, pack, read_map
from graphvine.crdt.cells import Leaf
from graphvine.crdt.chunks import chunks
from graphvine.crdt.merged import Merged
from graphvine.crdt.ordered import Ordered
from graphvine.errors import InvalidValue
from graphvine.limits import MAX_SHOWN_ENTRIES
from graphvine.model.ids import check_name
from graphvine.model.operation import MAP
from graphvine.model.steps import PART, in_one_go, parts
from graphvine.model.values import Properties, Value

# Entries of a view, or new in it, that are put in at once.
MANY = 4_096


class MergedMap(Merged):
    """Values by key, in the order of the keys.

    A view that was given away stays as it is. The next one is a copy of it, at the speed of C, with what was put since;
    only where a key went, or came between others, is it made anew.
    """

    __slots__ = ("_entries", "_fresh", "_last", "_shown")

    def __init__(self) -> None:
        super().__init__()
        self._entries: Ordered[Value] = Ordered()
        self._shown: dict[str, Value] | None = None
        self._fresh: dict[str, Value] = {}  # put since: under keys of `_shown`, or behind all
        self._last = ""  # the last key of what was shown or put since

    def apply(self, body: bytes, leaf: Leaf) -> None:
        """Put and remove entries. What one body both puts and removes is put."""
        said = read_map(body)
        for key, value in said.put.items():
            if self.win(key, leaf):
                self._entries.put(key, value)
                if self._shown is not None and self._keeps_order(key, self._shown):
                    self._fresh[key] = value
                else:
                    self._shown = None
        for key in said.removed:
            if self.win(key, leaf):
                self._entries.remove(key)
                self._shown = None

    def _keeps_order(self, key: str, shown: dict[str, Value]) -> bool:
        """Tell whether an entry belongs where it is in what is shown, or behind all."""
        if key in shown or key in self._fresh:
            return True
        if key <= self._last or len(self._entries) > MAX_SHOWN_ENTRIES:
            return False
        self._last = key
        return True

    def dropped(self, gone: dict[Hashable, Leaf]) -> None:
        """Remove entries whose writes are overruled."""
        for key in gone:
            self._entries.remove(key)
        self._shown = None

    def let_go(self) -> Iterator[int]:
        """Forget the entries. What was shown is for whoever has it."""
        self._shown, self._fresh = None, {}
        return self._entries.let_go()

    def prepare(self) -> Iterator[None]:
        """Make the next view, if it is made anew."""
        if self._shown is not None and len(self._fresh) > MANY:
            self._shown = None
        if self._shown is not None or len(self._entries) <= MANY:
            return
        shown: dict[str, Value] = {}
        for keys, items in self._entries.blocks(MAX_SHOWN_ENTRIES):
            shown.update(zip(keys, items, strict=True))
            self._last = keys[-1]
            yield
        self._shown, self._fresh = shown, {}

    def view(self) -> dict[str, Value]:
        """Return the entries in the order of their keys."""
        if self._shown is None:
            entries = self._entries
            keys = entries.keys(MAX_SHOWN_ENTRIES)
            self._shown = dict(zip(keys, entries.items(MAX_SHOWN_ENTRIES), strict=True))
            self._last = keys[-1] if keys else ""
        elif self._fresh:
            self._shown = self._shown | self._fresh
        self._fresh = {}
        return self._shown

    def __len__(self) -> int:
        return len(self._entries)


def check_entries(entries: Mapping[str, object]) -> Generator[None, None, Properties]:
    """Return, in steps, what somebody puts into a map, or raise InvalidValue. It may change meanwhile."""
    if not isinstance(entries, Mapping):
        raise InvalidValue(f"The entries of a map must be a dict, not {type(entries).__name__}.")
    given = dict(entries)
    if len(given) > PART:
        yield
        if _are_names(given):
            yield
            if are_simple(given.values()):
                yield
                return given  # type: ignore[return-value]
    checked: Properties = {}
    for part in parts(given.items()):
        if checked:
            yield
        for key, value in part:
            name = check_name("A key of a map", key)
            checked[name] = value if is_simple(value) else check_entry(f"[{key!r}]", value)  # type: ignore[assignment]
    return checked


def _are_names(keys: dict[str, object]) -> bool:
    """Tell, at the speed of C, whether all may be keys of a map; if not, each must be looked at."""
    return set(map(type, keys)) == {str} and "" not in keys and are_short(keys)


def check_keys(keys: Iterable[str]) -> Generator[None, None, list[str]]:
    """Return, in steps, keys that somebody removes, or raise InvalidValue."""
    checked: list[str] = []
    for part in parts(keys):
        if checked:
            yield
        checked += [check_name("A key of a map", key) for key in part]
    return checked


class MapEdit:
    """Puts and removes entries of a map; the last word on a key counts."""

    kind = MAP

    def __init__(self) -> None:
        self.entries: Properties = {}
        self.removed: dict[str, None] = {}

    def put(self, entries: Mapping[str, object]) -> None:
        """Put entries; the others stay."""
        self.put_checked(in_one_go(check_entries(entries)))

    def remove(self, keys: Iterable[str]) -> None:
        """Remove entries by their keys."""
        in_one_go(self.remove_checked(in_one_go(check_keys(keys))))

    def put_checked(self, entries: Properties) -> None:
        """Put what `check_entries` returned."""
        for key in self.removed.keys() & entries.keys() if self.removed else ():
            del self.removed[key]
        if self.entries:
            self.entries.update(entries)
        else:
            self.entries = entries

    def remove_checked(self, keys: Iterable[str]) -> Generator[None, None, None]:
        """Remove, in steps, what `check_keys` returned."""
        for place, part in enumerate(parts(keys)):
            if place:
                yield
            for key in part:
                self.entries.pop(key, None)
                self.removed[key] = None

    def bodies(self) -> Iterable[bytes]:
        """Return the bodies; one that only says that the map is there, when nothing was said."""
        if len(self.entries) + len(self.removed) <= 1:
            return [encode_map(self.entries, list(self.removed))]
        return (
            encode_map({key: self.entries[key] for key, is_put in group if is_put}, [k for k, put in group if not put])
            for group in chunks(self._words())
        )

    def _words(self) -> Iterator[tuple[tuple[str, bool], int]]:
        for key, value in self.entries.items():
            yield (key, True), len(key) + len(pack(value))
        for key in self.removed:
            yield (key, False), len(key)
