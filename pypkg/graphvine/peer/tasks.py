"""Tasks that begin at once, and long work that lets others run."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Coroutine
from typing import Any

from graphvine.store.builder import Finished, TransactionBuilder


def start_now(work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
    """Start a task, and run it to its first wait at once where Python can (3.12): the loop of a tab is slow to turn."""
    loop = asyncio.get_running_loop()
    if sys.version_info >= (3, 12):
        return asyncio.Task(work, loop=loop, eager_start=True)
    return loop.create_task(work)


async def finished(builder: TransactionBuilder) -> Finished:
    """Return what `builder.finish` does. A large transaction is finished in slices, so that others get their turn."""
    steps = builder.finish_steps()
    while True:
        try:
            next(steps)
        except StopIteration as done:
            result: Finished = done.value
            return result
        await asyncio.sleep(0)
