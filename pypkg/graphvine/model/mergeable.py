"""What a writer puts into a property to begin, or add to, a mergeable value."""

from __future__ import annotations

from collections.abc import Iterable, Mapping


class Counter:
    """A number that everybody can add to at once.

    >>> Counter(), Counter(2)
    (Counter(0), Counter(2))
    """

    def __init__(self, amount: int = 0) -> None:
        """Begin a counter, or add `amount` to it."""
        self.amount = amount

    def __repr__(self) -> str:
        return f"Counter({self.amount!r})"


class Set:
    """Single values, each at most once, that everybody can add and remove at once.

    >>> Set(["b", "a"])
    Set(['b', 'a'])
    """

    def __init__(self, elements: Iterable[object] = ()) -> None:
        """Begin a set, or add `elements` to it."""
        self.elements = list(elements)

    def __repr__(self) -> str:
        return f"Set({self.elements!r})"


class Map:
    """Values by text keys, each merged on its own.

    >>> Map({"size": "XL"})
    Map({'size': 'XL'})
    """

    def __init__(self, entries: Mapping[str, object] | None = None) -> None:
        """Begin a map, or put `entries` into it."""
        self.entries = dict(entries or {})

    def __repr__(self) -> str:
        return f"Map({self.entries!r})"


class List:
    """Single values in an order that everybody can change at once: insert, replace, delete, move.

    >>> List(["milk", "bread"])
    List(['milk', 'bread'])
    """

    def __init__(self, elements: Iterable[object] = ()) -> None:
        """Begin a list, or append `elements` to it."""
        self.elements = list(elements)

    def __repr__(self) -> str:
        return f"List({self.elements!r})"


class Text:
    """A text that everybody can edit at once. Put where a text is already, it changes nothing.

    >>> Text("hello")
    Text('hello')
    """

    def __init__(self, content: str = "") -> None:
        """Begin a text."""
        self.content = content

    def __repr__(self) -> str:
        return f"Text({self.content!r})"


Mergeable = Counter | Set | Map | List | Text
