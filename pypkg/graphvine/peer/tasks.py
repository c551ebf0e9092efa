"""Tasks that begin at once, and long work that lets others run."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Coroutine, Generator
from typing import Any, Protocol, TypeVar

from graphvine.peer.inbox import Inbox
from graphvine.peer.reading import SLICE_S
from graphvine.ports import Clock
from graphvine.store.builder import Finished, TransactionBuilder

T = TypeVar("T")
# Rows that are freed in one step.
FREED_AT_ONCE = 1_000


class Applying(Protocol):
    """Who applies transactions: `peer.driver.Driver`."""

    @property
    def inbox(self) -> Inbox:
        """Where they wait."""

    async def readable(self) -> None:
        """Wait until nobody is in the middle of an apply."""

    def go_on(self) -> None:
        """Apply what waited for a reader."""


def start_now(work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
    """Start a task, and run it to its first wait at once where Python can (3.12): the loop of a tab is slow to turn."""
    loop = asyncio.get_running_loop()
    if sys.version_info >= (3, 12):
        return asyncio.Task(work, loop=loop, eager_start=True)
    return loop.create_task(work)


async def finished(builder: TransactionBuilder) -> Finished:
    """Return what `builder.finish` does. A large transaction is finished in slices, so that others get their turn."""
    at_once = builder.finish_now()
    if at_once is not None:
        return at_once
    return await in_turns(builder.finish_steps())


async def in_turns(steps: Generator[None, None, T]) -> T:
    """Let others run between steps, none of which reads the state (`read` does that)."""
    while True:
        try:
            next(steps)
        except StopIteration as done:
            result: T = done.value
            return result
        await asyncio.sleep(0)


def freed(items: list[Any]) -> Generator[None, None, None]:
    """Empty a list that nobody needs any more, in steps: a hundred thousand rows take long to free, too."""
    while items:
        del items[-FREED_AT_ONCE:]
        yield


def paced(steps: Generator[None, None, T], clock: Clock) -> Generator[None, None, T]:
    """Take many small steps as few: pause only when a slice is over."""
    slice_ends = clock.now() + SLICE_S
    while True:
        try:
            next(steps)
        except StopIteration as done:
            result: T = done.value
            return result
        if clock.now() > slice_ends:
            yield
            slice_ends = clock.now() + SLICE_S


async def read(driver: Applying, steps: Generator[None, None, T]) -> T:
    """Run what reads the state to its end. When that takes several steps, nothing is applied in between."""
    inbox = driver.inbox
    if not inbox.is_open:
        await driver.readable()
    try:
        next(steps)
    except StopIteration as done:
        at_once: T = done.value
        return at_once
    inbox.hold_off()
    try:
        while True:
            await asyncio.sleep(0)
            next(steps)
    except StopIteration as done:
        found: T = done.value
        return found
    finally:
        inbox.let_in()
        if inbox.has_work:
            driver.go_on()
