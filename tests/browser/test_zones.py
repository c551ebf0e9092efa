"""Time zones in a tab, from `Intl`: the port's checks, and named zones in Cypher."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext

from tests.browser.laboratory import RUN_CHECKS, THREADS, Bench

CHECKS = (
    """
from graphvine.platform.browser.zones import BrowserZones
from graphvine.testing.zones_checks import CHECKS
def arguments(check):
    return [BrowserZones()]
"""
    + RUN_CHECKS
)

QUERY = """
import json, graphvine
async with graphvine.open("zones", storage=":memory:") as graph:
    rows = await graph.query(
        "WITH datetime('2024-03-30T12:00[Europe/Berlin]') AS before "
        "RETURN toString(before + duration('P1D')) AS day, toString(before + duration('PT24H')) AS hours, "
        "toString(datetime({year: 30000, month: 7, day: 1, timezone: 'America/New_York'})) AS far"
    )
json.dumps(rows[0])
"""


@pytest.mark.parametrize("thread", THREADS)
def test_the_checks_of_the_port(lab_url: str, make_context: Callable[..., BrowserContext], thread: str) -> None:
    result = Bench(make_context(), lab_url, thread).run(CHECKS)
    assert result["failed"] == {}
    assert result["count"] >= 4


def test_a_query_knows_summer_time(lab_url: str, make_context: Callable[..., BrowserContext]) -> None:
    assert Bench(make_context(), lab_url, "worker").run(QUERY) == {
        "day": "2024-03-31T12:00+02:00[Europe/Berlin]",
        "hours": "2024-03-31T13:00+02:00[Europe/Berlin]",
        "far": "+30000-07-01T00:00-04:00[America/New_York]",
    }
