"""Aggregates that values can be added to and taken back from, with the same result as in a fresh run."""

from __future__ import annotations

from bisect import bisect_left
from typing import Any

from graphvine.query.containers import bounded, has_container
from graphvine.query.exact_sum import ExactSum
from graphvine.query.functions.signature import Aggregate
from graphvine.query.values import group_key, sort_key


class Total:
    """One aggregate of one group. Values are those that `add` of the aggregate would get."""

    def add(self, value: Any) -> None:
        """Take a value in."""
        raise NotImplementedError

    def remove(self, value: Any) -> None:
        """Take a value out again."""
        raise NotImplementedError

    def result(self) -> Any:
        """Return the aggregate."""
        raise NotImplementedError


class CountTotal(Total):
    """How many."""

    def __init__(self) -> None:
        self.count = 0

    def add(self, value: Any) -> None:
        """Count one more."""
        self.count += 1

    def remove(self, value: Any) -> None:
        """Count one less."""
        self.count -= 1

    def result(self) -> Any:
        """Return the count."""
        return self.count


class SumTotal(Total):
    """Sum or mean of numbers; durations are summed again from the values."""

    def __init__(self, aggregate: Aggregate) -> None:
        self.aggregate = aggregate
        self.sum = ExactSum()
        self.count = 0
        self.others: list[Any] = []

    def add(self, value: Any) -> None:
        """Take a value in; the aggregate itself refuses wrong types."""
        self.aggregate.make().add(value)
        self.count += 1
        if type(value) in (int, float):
            self.sum.add(value)
        else:
            self.others.append(value)

    def remove(self, value: Any) -> None:
        """Take a value out."""
        self.count -= 1
        if type(value) in (int, float):
            self.sum.add(value, -1)
        else:
            self.others.remove(value)

    def result(self) -> Any:
        """Return what a fresh aggregate of the same values would."""
        collector = self.aggregate.make()
        if self.others:
            for value in self.others:
                collector.add(value)
            return collector.result()
        return collector.finished(self.sum, self.count)


class SpreadTotal(Total):
    """Standard deviation."""

    def __init__(self, aggregate: Aggregate) -> None:
        self.collector = aggregate.make()

    def add(self, value: Any) -> None:
        """Take a value in; the aggregate itself refuses wrong types."""
        self.collector.add(value)

    def remove(self, value: Any) -> None:
        """Take a value out."""
        self.collector.spread.add(value, -1)

    def result(self) -> Any:
        """Return the deviation."""
        return self.collector.result()


class SortedTotal(Total):
    """Least, greatest or percentile: all values, kept in order. has_pairs: the share comes with each value."""

    def __init__(self, aggregate: Aggregate) -> None:
        self.aggregate = aggregate
        self.has_pairs = aggregate.least == 2
        self.keys: list[Any] = []
        self.values: list[Any] = []

    def add(self, value: Any) -> None:
        """Put a value at its place."""
        self.aggregate.make().add(value)
        key = self._key(value)
        place = bisect_left(self.keys, key)
        self.keys.insert(place, key)
        self.values.insert(place, value)

    def remove(self, value: Any) -> None:
        """Take one value of this kind out."""
        place = bisect_left(self.keys, self._key(value))
        del self.keys[place]
        del self.values[place]

    def _key(self, value: Any) -> Any:
        return sort_key(value[0] if self.has_pairs else value)

    def result(self) -> Any:
        """Return what a fresh aggregate of the same values would."""
        collector = self.aggregate.make()
        for value in self.values if self.has_pairs else self.values[:1] + self.values[-1:]:
            collector.add(value)
        return collector.result()


class ListTotal(Total):
    """All values, in the order in which they came. What is taken out is the same object that was put in."""

    def __init__(self) -> None:
        self.values: dict[int, Any] = {}
        self._places: dict[int, list[int]] = {}
        self._next = 0

    def add(self, value: Any) -> None:
        """Put a value at the end."""
        self._next += 1
        self.values[self._next] = value
        self._places.setdefault(id(value), []).append(self._next)

    def remove(self, value: Any) -> None:
        """Take a value out."""
        places = self._places[id(value)]
        del self.values[places.pop()]
        if not places:
            del self._places[id(value)]

    def result(self) -> Any:
        """Return the list."""
        result = list(self.values.values())
        return bounded(result) if has_container(result) else result


class DistinctTotal(Total):
    """An aggregate that takes each different value once."""

    def __init__(self, inner: Total) -> None:
        self.inner = inner
        # By group key: the value that the aggregate was given, and how many there are like it.
        self.counts: dict[Any, tuple[Any, int]] = {}

    def add(self, value: Any) -> None:
        """Pass on a value that is new."""
        key = group_key(value)
        first, count = self.counts.get(key, (value, 0))
        self.counts[key] = (first, count + 1)
        if not count:
            self.inner.add(value)

    def remove(self, value: Any) -> None:
        """Pass on a value that is gone."""
        key = group_key(value)
        first, count = self.counts[key]
        if count > 1:
            self.counts[key] = (first, count - 1)
        else:
            del self.counts[key]
            self.inner.remove(first)

    def result(self) -> Any:
        """Return the aggregate."""
        return self.inner.result()


def make_total(name: str, aggregate: Aggregate, *, is_distinct: bool) -> Total:
    """Return the total of an aggregate by its lower-case name."""
    inner: Total
    if name in ("count", "*"):
        inner = CountTotal()
    elif name in ("sum", "avg"):
        inner = SumTotal(aggregate)
    elif name in ("stdev", "stdevp"):
        inner = SpreadTotal(aggregate)
    elif name == "collect":
        inner = ListTotal()
    else:
        inner = SortedTotal(aggregate)
    return DistinctTotal(inner) if is_distinct else inner
