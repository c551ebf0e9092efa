"""Time zones of a tab, from `Intl`: every browser brings the whole table."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import js

from ...model.temporal import SECONDS_PER_DAY
from ...query.calendar import day_of
from .ffi import JsException, to_object

# Formatters kept at a time; making one takes about 50 microseconds.
_MAX_KEPT = 64
_FIELDS = re.compile(r"(\d+)/(\d+)/(\d+) ([AB])\D*, (\d+):(\d+):(\d+)")
# Names that `Intl` takes and that are no zones of the world's table.
_OFFSET = re.compile(r"[+-]")


class BrowserZones:
    """The zones that `Intl.DateTimeFormat` knows."""

    def __init__(self) -> None:
        self._format_by_name: dict[str, Callable[[Any], str] | None] = {}

    def offset_s(self, name: str, epoch_s: int) -> int | None:
        """Return seconds east of UTC of a zone at a moment; None for an unknown name."""
        if name not in self._format_by_name:
            if len(self._format_by_name) >= _MAX_KEPT:
                self._format_by_name.clear()
            self._format_by_name[name] = _formatter(name)
        form = self._format_by_name[name]
        if form is None:
            return None
        found = _FIELDS.match(form(epoch_s * 1000))
        if found is None:
            return None
        month, day, year, era, hour, minute, second = found.groups()
        days = day_of(int(year) if era == "A" else 1 - int(year), int(month), int(day))
        return days * SECONDS_PER_DAY + int(hour) * 3600 + int(minute) * 60 + int(second) - epoch_s


def _formatter(name: str) -> Callable[[Any], str] | None:
    if not name or _OFFSET.match(name):
        return None
    numeric = dict.fromkeys(("year", "month", "day", "hour", "minute", "second"), "numeric")
    options = to_object(timeZone=name, hourCycle="h23", era="short", calendar="gregory", **numeric)
    try:
        form: Callable[[Any], str] = js.Intl.DateTimeFormat.new("en-US", options).format
    except JsException:  # a RangeError: no such zone
        return None
    return form
