"""The event loop of our worker: many callbacks in one turn of the browser's, and yet everybody gets a turn."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import BrowserContext

from tests.browser.conftest import StaticServer
from tests.browser.graph_page import GraphPage

MakeContext = Callable[..., BrowserContext]

ORDER = """
import asyncio
loop, told = asyncio.get_running_loop(), []
for n in range(3):
    loop.call_soon(told.append, n)
loop.call_soon(told.append, "never").cancel()
loop.call_soon(lambda: loop.call_soon(told.append, "last"))
await asyncio.sleep(0)
await asyncio.sleep(0)
told
"""
# A coroutine that does nothing but give way, until a timer of the browser's has run: it must not keep it from running.
GIVE_WAY = """
import asyncio
from js import setTimeout
from pyodide.ffi import create_once_callable
heard, turns = [], 0
setTimeout(create_once_callable(lambda: heard.append("timer")), 20)
while not heard:
    await asyncio.sleep(0)
    turns += 1
turns
"""
# The same with promises that are settled already: these come back in a microtask each time.
GIVE_WAY_TO_PROMISES = GIVE_WAY.replace("await asyncio.sleep(0)", "await Promise.resolve(1)").replace(
    "import setTimeout", "import Promise, setTimeout"
)
FAIL = """
import asyncio
loop, told = asyncio.get_running_loop(), []
loop.set_exception_handler(lambda loop, context: told.append(type(context["exception"]).__name__))
loop.call_soon(lambda: 1 / 0)
loop.call_soon(told.append, "after")
await asyncio.sleep(0)
loop.set_exception_handler(None)
told
"""
MANY = """
import asyncio
loop = asyncio.get_running_loop()
async def wait(future):
    return await future
futures = [loop.create_future() for _ in range(10_000)]
waiting = asyncio.gather(*map(wait, futures))
await asyncio.sleep(0)
for n, future in enumerate(futures):
    future.set_result(n)
sum(await waiting)
"""


@pytest.fixture
def page(site_server: StaticServer, make_context: MakeContext) -> GraphPage:
    return GraphPage(make_context(), site_server.url(), "turns")


def test_callbacks_run_in_order_and_cancelled_ones_never(page: GraphPage) -> None:
    assert page.run(ORDER) == [0, 1, 2, "last"]


@pytest.mark.parametrize("code", [GIVE_WAY, GIVE_WAY_TO_PROMISES])
def test_who_only_gives_way_keeps_nobody_from_running(page: GraphPage, code: str) -> None:
    assert page.run(code) > 10


def test_a_callback_that_fails_is_reported_and_the_next_one_runs(page: GraphPage) -> None:
    assert page.run(FAIL) == ["ZeroDivisionError", "after"]


def test_ten_thousand_futures(page: GraphPage) -> None:
    total: Any = page.run(MANY)
    assert total == sum(range(10_000))
