"""Aggregates: each makes a collector with `add` and `result`."""

from __future__ import annotations

from math import floor
from typing import Any

from graphvine.model.temporal import Duration
from graphvine.query.arithmetic import check_integer
from graphvine.query.containers import has_container
from graphvine.query.exact_sum import ExactSpread, ExactSum
from graphvine.query.fault import argument_error, type_error
from graphvine.query.functions.signature import NUMBERS, Aggregate
from graphvine.query.gradual import Work, bounded_list, in_order, sorting_key_of
from graphvine.query.kinds import ANY, FLOAT, INTEGER, LIST, NUMBER
from graphvine.query.temporal_arithmetic import add_temporal, divide_duration
from graphvine.query.values import sort_key, type_name


class _Collector:
    """What all of them share."""

    def add(self, value: Any) -> None:
        """Take in one value."""
        raise NotImplementedError(type(self).__name__)

    def add_all(self, values: list[Any]) -> None:
        """Take in values, in order."""
        for value in values:
            self.add(value)

    def result(self) -> Any:
        """Return the aggregate."""
        raise NotImplementedError(type(self).__name__)

    def adding(self, value: Any, _run: Any) -> Work:
        """Take in a value that may be large, with pauses."""
        self.add(value)
        return
        yield  # a generator

    def finishing(self, _run: Any) -> Work:
        """Return the aggregate, with pauses."""
        return self.result()
        yield  # a generator


class _Count(_Collector):
    """How many."""

    def __init__(self) -> None:
        self.total = 0

    def add_all(self, values: list[Any]) -> None:
        self.total += len(values)

    def add(self, _value: Any) -> None:
        self.total += 1

    def result(self) -> Any:
        return self.total


class _Sum(_Collector):
    """Total, 0 of nothing. Floats are summed exactly and rounded once, so the order of the rows does not matter."""

    def __init__(self) -> None:
        self.sum = ExactSum()
        self.duration: Any = None
        self.count = 0

    def add_all(self, values: list[Any]) -> None:
        if {*map(type, values)} == {int}:
            self.count += len(values)
            self.sum.whole += sum(values)
        else:
            super().add_all(values)

    def add(self, value: Any) -> None:
        self.count += 1
        if type(value) in (int, float):
            self.sum.add(value)
        elif type(value) is Duration:
            self.duration = value if self.duration is None else add_temporal(self.duration, value)
        else:
            raise type_error("InvalidArgumentType", f"Only numbers and durations have a sum, not a {type_name(value)}.")

    def result(self) -> Any:
        return self.finished(self.sum, self.count) if self.duration is None else self.duration

    def finished(self, total: ExactSum, _count: int) -> Any:
        """Return the result for a sum of numbers."""
        value = total.total()
        return check_integer(value) if type(value) is int else value


class _Average(_Sum):
    """Mean, null of nothing; always a float for numbers."""

    def result(self) -> Any:
        if self.duration is not None:
            return divide_duration(self.duration, self.count)
        return self.finished(self.sum, self.count)

    def finished(self, total: ExactSum, count: int) -> Any:
        """Return the result for a sum of numbers."""
        return total.total() / count if count else None


class _Extreme(_Collector):
    """Least or greatest in the order of ORDER BY."""

    def __init__(self, sign: int) -> None:
        self.sign = sign
        self.best: Any = None
        self.key: Any = None

    def add_all(self, values: list[Any]) -> None:
        kinds = {*map(type, values)}
        if kinds == {int} or kinds == {str}:
            values = [min(values) if self.sign < 0 else max(values)]
        super().add_all(values)

    def add(self, value: Any) -> None:
        self._add(value, sort_key(value))

    def adding(self, value: Any, run: Any) -> Work:
        self._add(value, (yield from sorting_key_of(value, run)))

    def _add(self, value: Any, key: Any) -> None:
        if self.key is None or (key < self.key if self.sign < 0 else key > self.key):
            self.best, self.key = value, key

    def result(self) -> Any:
        return self.best


class _Collect(_Collector):
    """All values, in order."""

    def __init__(self) -> None:
        self.values: list[Any] = []
        self.is_nested = False

    def add_all(self, values: list[Any]) -> None:
        self.is_nested = self.is_nested or has_container(values)
        self.values += values

    def add(self, value: Any) -> None:
        self.is_nested = self.is_nested or type(value) is list or type(value) is dict
        self.values.append(value)

    def result(self) -> Any:
        return self.values

    def finishing(self, run: Any) -> Work:
        return (yield from bounded_list(self.values, run)) if self.is_nested else self.values


class _Deviation(_Collector):
    """Standard deviation, of a sample or of the population: exact, so that the order of the rows does not matter."""

    def __init__(self, bias: int) -> None:
        self.bias = bias
        self.spread = ExactSpread()

    def add(self, value: Any) -> None:
        if type(value) not in (int, float):
            raise type_error("InvalidArgumentType", f"Only numbers deviate, not a {type_name(value)}.")
        self.spread.add(value)

    def result(self) -> Any:
        return self.spread.deviation(self.bias)


# Values that are let go in one step.
_FREED_AT_ONCE = 8_192


class _Percentile(_Collector):
    """Value below which a share of all values lies; the share comes with each value as a second argument."""

    def __init__(self, is_continuous: bool) -> None:
        self.is_continuous = is_continuous
        self.values: list[float] = []
        self.share = 0.0

    def add(self, pair: tuple[Any, Any]) -> None:
        value, share = pair
        for number in pair:
            if type(number) not in (int, float):
                raise type_error(
                    "InvalidArgumentType", f"A percentile is made of numbers, not of a {type_name(number)}."
                )
        if not 0 <= share <= 1:
            raise argument_error("NumberOutOfRange", "The share of a percentile lies between 0.0 and 1.0.")
        self.values.append(value)
        self.share = share

    def result(self) -> Any:
        if not self.values:
            return None
        return self._at_share(sorted(self.values))

    def finishing(self, run: Any) -> Work:
        values = yield from in_order(self.values, run)
        found = self._at_share(values) if values else None
        for kept in (values, self.values):  # a million numbers are let go little by little
            while kept:
                del kept[-_FREED_AT_ONCE:]
                if run.is_due(_FREED_AT_ONCE // 8):
                    yield None
        return found

    def _at_share(self, values: list[float]) -> Any:
        if not self.is_continuous:
            position = self.share * len(values)
            place = floor(position) - (position == floor(position) and position > 0)
            return values[min(place, len(values) - 1)]
        exact = self.share * (len(values) - 1)
        low = floor(exact)
        high = min(low + 1, len(values) - 1)
        return float(values[low] + (values[high] - values[low]) * (exact - low))


_ADDABLE = NUMBERS | {"Duration"}
AGGREGATES: dict[str, Aggregate] = {
    "count": Aggregate(_Count, 1, 1, (None,), INTEGER),
    "sum": Aggregate(_Sum, 1, 1, (_ADDABLE,), NUMBER),
    "avg": Aggregate(_Average, 1, 1, (_ADDABLE,), ANY),
    "min": Aggregate(lambda: _Extreme(-1), 1, 1, (None,), ANY),
    "max": Aggregate(lambda: _Extreme(1), 1, 1, (None,), ANY),
    "collect": Aggregate(_Collect, 1, 1, (None,), LIST),
    "stdev": Aggregate(lambda: _Deviation(1), 1, 1, (NUMBERS,), FLOAT),
    "stdevp": Aggregate(lambda: _Deviation(0), 1, 1, (NUMBERS,), FLOAT),
    "percentiledisc": Aggregate(lambda: _Percentile(False), 2, 2, (NUMBERS, NUMBERS), NUMBER),
    "percentilecont": Aggregate(lambda: _Percentile(True), 2, 2, (NUMBERS, NUMBERS), FLOAT),
}
COUNT_STAR = Aggregate(_Count, 0, 0, (), INTEGER, skips_null=False)
