"""What every port of time zones must know. Offsets: IANA time zone database, 2022b and later."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from ..ports import Zones
from .storage_checks import expect

Check = Callable[[Zones], Awaitable[None]]

HOUR: Final = 3600
# (zone, Unix epoch seconds, seconds east of UTC)
KNOWN: Final = (
    ("UTC", 0, 0),
    ("Europe/Berlin", 1_700_000_000, HOUR),
    ("Europe/Berlin", 1_720_000_000, 2 * HOUR),
    ("Europe/Berlin", 1_711_846_799, HOUR),
    ("Europe/Berlin", 1_711_846_800, 2 * HOUR),
    ("America/New_York", 1_720_000_000, -4 * HOUR),
    ("America/Argentina/Buenos_Aires", 1_720_000_000, -3 * HOUR),
    ("Asia/Kathmandu", 1_720_000_000, 20_700),
    ("Australia/Lord_Howe", 1_720_000_000, 37_800),
    ("Pacific/Kiritimati", 1_720_000_000, 14 * HOUR),
    ("Europe/Berlin", -4_779_734_368, 3208),
    ("Etc/GMT+5", 0, -5 * HOUR),
)
NOWHERE: Final = (
    "",
    "Nowhere",
    "Europe",
    "Europe/Nowhere",
    "../Europe/Berlin",
    "Europe/Berlin\0",
    "x" * 5000,
    "1",
    "+01",
)


async def check_known_offsets(zones: Zones) -> None:
    """Summer and winter, the second of a change, quarters of hours, and mean solar time before there were zones."""
    for name, epoch_s, offset_s in KNOWN:
        found = zones.offset_s(name, epoch_s)
        expect(found == offset_s, f"{name} at {epoch_s}: {found}, not {offset_s}")


async def check_names_that_are_no_zones(zones: Zones) -> None:
    """None, never an error, for a name that is no zone."""
    for name in NOWHERE:
        expect(zones.offset_s(name, 0) is None, f"{name[:20]!r} is no zone")


async def check_far_times(zones: Zones) -> None:
    """The years 1 and 9999 have offsets too, and the rules of summer go on."""
    expect(zones.offset_s("Europe/Berlin", -62_135_596_800) == 3208, "the year 1")
    expect(zones.offset_s("Europe/Berlin", 240_763_622_400) == 2 * HOUR, "a summer in the year 9599")


async def check_many_names(zones: Zones) -> None:
    """Asking about many zones in turn gives the same as asking about one."""
    names = [f"Etc/GMT{sign}{hours}" for sign in "+-" for hours in range(1, 13)] * 4
    for name in names + [f"Nowhere/N{number}" for number in range(200)]:
        hours = int(name.removeprefix("Etc/GMT")) if name.startswith("Etc") else None
        expect(zones.offset_s(name, 0) == (None if hours is None else -hours * HOUR), name)


CHECKS: Final[tuple[Check, ...]] = (
    check_known_offsets,
    check_names_that_are_no_zones,
    check_far_times,
    check_many_names,
)
