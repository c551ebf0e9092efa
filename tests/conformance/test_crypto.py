"""What every Crypto must do, on CPython. WebCrypto: tests/browser/test_crypto.py."""

from __future__ import annotations

import asyncio

import pytest

from graphvine.platform.native.crypto import NativeCrypto
from graphvine.testing import crypto_checks


@pytest.mark.parametrize("check", crypto_checks.CHECKS, ids=lambda check: check.__name__)
def test_native_crypto(check: crypto_checks.Check) -> None:
    asyncio.run(check(NativeCrypto()))


def test_every_check_is_in_the_list() -> None:
    named = {value for name, value in vars(crypto_checks).items() if name.startswith("check_")}
    assert named == set(crypto_checks.CHECKS)
