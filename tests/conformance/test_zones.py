"""What every port of time zones must know, on CPython. `Intl`: tests/browser/test_zones.py."""

from __future__ import annotations

import asyncio

import pytest

from graphvine.platform.native.zones import NativeZones
from graphvine.testing import zones_checks


@pytest.mark.parametrize("check", zones_checks.CHECKS, ids=lambda check: check.__name__)
def test_native_zones(check: zones_checks.Check) -> None:
    asyncio.run(check(NativeZones()))


def test_every_check_is_in_the_list() -> None:
    named = {value for name, value in vars(zones_checks).items() if name.startswith("check_")}
    assert named == set(zones_checks.CHECKS)
