"""One execution of a query: what its steps may ask, and the limits they keep.

Slot 0 of every row holds the `Run`. Time comes from outside as a function; nothing here reads a clock by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from graphvine.ports import Zones
from graphvine.query.fault import Fault, limit_error
from graphvine.query.procedures import Procedure
from graphvine.query.zones import NoZones

# Elements that an expression may go over between two looks at the clock.
CREDIT = 4_096
# Estimated bytes of one slot of a row that is kept.
_SLOT_BYTES = 8
_ROW_BYTES = 72


class TooLong(Exception):
    """An expression can't be computed in one go: it has to be begun anew, in its form that pauses."""


class Random(Protocol):
    """Dice for rand() and ids."""

    def random(self) -> float:
        """Return a float in [0, 1)."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one query.

    slice_s: how long one step holds the thread. memory_bytes: estimated, of the rows that are kept.
    """

    slice_s: float = 0.012
    total_s: float = 60.0
    max_rows: int = 1_000_000
    memory_bytes: int = 512 * 1024 * 1024


@dataclass(slots=True)
class Outside:
    """What the caller supplies.

    now_ms: Unix epoch milliseconds, read once at the start of each statement. clock: monotonic seconds.
    zone: default time zone, a name or an offset. new_id: gives fresh ids for vertices and edges.
    """

    now_ms: Callable[[], int]
    clock: Callable[[], float]
    random: Random
    new_id: Callable[[], str]
    zone: str = "Z"
    zones: Zones = NoZones()


class Run:
    """State of one execution.

    graph: the state, or the draft over it. deadline_s: of the whole query. is_cancelled: set from outside.
    can_pause: whoever computes an expression now takes TooLong for an answer.
    """

    __slots__ = (
        "_clock", "_slice_end", "_statement_ms", "can_pause", "commands", "credit", "deadline_s", "graph", "held_bytes",
        "hits", "is_cancelled", "is_late", "limits", "long_texts", "now_ms", "outside", "parameters", "procedures",
        "seeds",
    )  # fmt: skip

    def __init__(
        self,
        graph: Any,
        parameters: Mapping[str, Any],
        outside: Outside,
        limits: Limits,
        procedures: Mapping[str, Procedure],
    ) -> None:
        self.graph = graph
        self.parameters = parameters
        self.outside = outside
        self.limits = limits
        self.procedures = procedures
        self._statement_ms: int | None = None
        self.now_ms = outside.now_ms
        self._clock = outside.clock
        self.deadline_s = self._slice_end = 0.0
        self.held_bytes = 0
        self.hits = 0
        self.is_cancelled = False
        self.is_late = False
        self.commands: list[Any] = []
        self.credit = CREDIT
        self.can_pause = True
        # Long texts that are keys, each of them once.
        self.long_texts: dict[str, str] = {}
        # Blocks of outer rows that inner plans run for at once, by the step that they begin with.
        self.seeds: dict[Any, Any] = {}

    @property
    def statement_ms(self) -> int:
        """Unix epoch milliseconds of the statement: read once, when somebody asks."""
        if self._statement_ms is None:
            self._statement_ms = self.now_ms()
        return self._statement_ms

    def tick(self) -> bool:
        """Look at the clock; return True when the slice is over, raise Fault when the time is up or it is cancelled."""
        now = self._clock()
        if self.is_cancelled:
            raise Fault("TransientError", "Cancelled", "The query was cancelled.", phase="runtime")
        if now > self.deadline_s:
            raise limit_error("TimeLimit", f"The query took more than {self.limits.total_s:g} seconds.")
        self.is_late = now > self._slice_end
        return self.is_late

    def charge(self, work: int) -> None:
        """An expression is about to do some work, in elements: look at the clock when enough has come together.

        Raises TooLong when that can't wait for the end of the expression.
        """
        self.credit -= work
        if self.credit < 0:
            self.credit = CREDIT
            if work > CREDIT and self.can_pause:
                raise TooLong
            if self.tick():
                self.strain()

    def is_due(self, work: int) -> bool:
        """Count work of an expression that can pause, in elements; return True when it has to."""
        self.credit -= work
        if self.credit >= 0:
            return self.is_late
        self.credit = CREDIT
        return self.tick()

    def strain(self) -> None:
        """Work goes on behind the end of the slice, inside an expression: raise TooLong.

        Without a way to pause it goes on: that is one operator or function only, whose operands are there (`parts`).
        """
        if self.can_pause:
            raise TooLong

    def start(self) -> None:
        """Begin the time of the whole query, and the memory it may use, from here."""
        now = self._clock()
        self.deadline_s = now + self.limits.total_s
        self.held_bytes = 0
        self.is_late = False
        self._slice_end = now + self.limits.slice_s

    def resume(self) -> None:
        """Begin a new slice."""
        self.is_late = False
        self._slice_end = self._clock() + self.limits.slice_s

    def hold(self, size_bytes: int) -> None:
        """Count memory that stays in use, or raise Fault."""
        self.held_bytes += size_bytes
        if self.held_bytes > self.limits.memory_bytes:
            limit = self.limits.memory_bytes // (1024 * 1024)
            raise limit_error("MemoryLimit", f"The query needs more than {limit} MiB. Use LIMIT, or ask for less.")

    def hold_rows(self, count: int, width: int) -> None:
        """Count several kept rows."""
        self.hold(count * (_ROW_BYTES + _SLOT_BYTES * width))

    def hold_row(self, width: int) -> None:
        """Count one kept row."""
        self.held_bytes += _ROW_BYTES + _SLOT_BYTES * width
        if self.held_bytes > self.limits.memory_bytes:
            self.hold(0)
