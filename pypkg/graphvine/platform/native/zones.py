"""Time zones of this process, from the package `tzdata`, so that every machine has the same history."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from importlib import resources
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_NAME = re.compile(r"[A-Z][A-Za-z0-9_+-]*(/[A-Z][A-Za-z0-9_+-]*)*")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class NativeZones:
    """The world's time zones: those of `tzdata`, else the system's."""

    def offset_s(self, name: str, epoch_s: int) -> int | None:
        """Return seconds east of UTC of a zone at a moment; None for an unknown name."""
        zone = _zone(name)
        if zone is None:
            return None
        offset = (_EPOCH + timedelta(seconds=epoch_s)).astimezone(zone).utcoffset()
        return int(offset.total_seconds()) if offset is not None else None


@lru_cache(maxsize=1024)
def _zone(name: str) -> ZoneInfo | None:
    return _packaged(name) or _of_the_system(name)


def _packaged(name: str) -> ZoneInfo | None:
    if _NAME.fullmatch(name) is None:
        return None
    folder, _, file = name.rpartition("/")
    package = ".".join(["tzdata", "zoneinfo", *folder.split("/")]).rstrip(".")
    try:
        with resources.files(package).joinpath(file).open("rb") as source:
            return ZoneInfo.from_file(source, name)
    except (ModuleNotFoundError, OSError, ValueError):
        return None


def _of_the_system(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None
