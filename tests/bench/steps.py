"""How long the longest step of each kind of large work holds the thread, on CPython.

    python -m tests.bench.steps [WORD ...] [--stacks]

A step is one callback of the event loop. Time is what the thread itself computed, so other programs don't count;
garbage collections don't either (in a tab `platform.browser.collector` keeps them short). 12 ms here are 40 to 50 ms in
a tab.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import sys
import threading
import time
import traceback
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from graphvine.api import Graph
from graphvine.peer import driver, index_keeper, reading
from graphvine.platform.native.clock import NativeClock
from graphvine.transfer import progress
from tests.unit.peer.kit import Neighbourhood, Profile

Scenario = Callable[["Meter"], Awaitable[None]]
# Seconds of a step below which nobody wants to know what it did.
WORTH_A_LOOK_S = 0.005


class Meter:
    """Measures every callback of the loop. Phases are printed as they end."""

    def __init__(self, *, stacks: bool) -> None:
        self._stacks = stacks
        self._steps: list[tuple[float, str]] = []
        self._began = 0.0
        self._samples: list[str] = []
        self._thread = threading.main_thread().ident or 0

    def start(self) -> None:
        inner = asyncio.events.Handle._run
        meter = self

        def run(handle: Any) -> None:
            meter._samples = []
            begin = time.thread_time()
            meter._began = time.perf_counter()
            try:
                inner(handle)
            finally:
                took = time.thread_time() - begin
                meter._began = 0.0
                if took > WORTH_A_LOOK_S:
                    meter._steps.append((took, meter._most_seen()))

        asyncio.events.Handle._run = run  # type: ignore[method-assign]
        if self._stacks:
            sys.setswitchinterval(0.0005)
            threading.Thread(target=self._sample, daemon=True).start()

    def _sample(self) -> None:
        while True:
            time.sleep(0.002)
            began = self._began
            if began and time.perf_counter() - began > WORTH_A_LOOK_S:
                frame = sys._current_frames().get(self._thread)
                lines = [line for line in traceback.extract_stack(frame) if "graphvine" in line.filename][-7:]
                self._samples.append(" < ".join(f"{line.name}:{line.lineno}" for line in reversed(lines)))

    def _most_seen(self) -> str:
        return Counter(self._samples).most_common(1)[0][0] if self._samples else ""

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        self._steps.clear()
        begin = time.perf_counter()
        yield
        took = time.perf_counter() - begin
        steps, self._steps = sorted(self._steps, reverse=True), []
        longest = [f"{each[0] * 1000:.0f}" for each in steps[:4]]
        print(f"{steps[0][0] * 1000 if steps else 0:8.1f} ms  {name}  (all {took * 1000:.0f} ms; {' '.join(longest)})")
        if self._stacks:
            seen: dict[str, float] = {}
            for each, stack in steps[:12]:
                seen.setdefault(stack, each)
            for stack, each in list(seen.items())[:4]:
                print(f"            {each * 1000:.0f}: {stack}")
        sys.stdout.flush()


class RealProfile(Profile):
    """A profile whose clock is the real one: slices end by it."""

    def __init__(self, neighbourhood: Neighbourhood, name: str) -> None:
        super().__init__(neighbourhood, name)
        self.clock = NativeClock()  # type: ignore[assignment]


def profiles(*names: str) -> list[RealProfile]:
    neighbourhood = Neighbourhood()
    return [RealProfile(neighbourhood, name) for name in names]


async def alone() -> Graph:
    (profile,) = profiles("alice")
    return await profile.open()


async def turns() -> None:
    """End the step: what follows is measured on its own."""
    for _ in range(3):
        await asyncio.sleep(0)


async def until(condition: Callable[[], bool], limit_s: float = 120.0) -> None:
    ends = time.monotonic() + limit_s
    while not condition():
        if time.monotonic() > ends:
            print("   ... gave up waiting")
            return
        await asyncio.sleep(0.01)


async def fill(count: int, graph: Graph, write: Callable[[Any, int], object], batch: int = 5_000) -> None:
    for start in range(0, count, batch):
        tx = graph.transaction()
        for number in range(start, min(start + batch, count)):
            write(tx, number)
        await turns()
        await tx.__aexit__(None, None, None)


async def at_once(calls: Iterable[Coroutine[Any, Any, None]]) -> None:
    """Begin calls without waiting for any. A plain `gather` makes its tasks in one step, which is no step of ours."""
    tasks = []
    for number, call in enumerate(calls):
        tasks.append(asyncio.ensure_future(call))
        if number % 500 == 499:
            await asyncio.sleep(0)
    for task in tasks:
        await task


def main() -> int:
    """Run the scenarios whose name has one of the words."""
    from tests.bench import steps_of

    parser = argparse.ArgumentParser(prog="python -m tests.bench.steps")
    parser.add_argument("words", nargs="*")
    parser.add_argument("--stacks", action="store_true", help="show what the longest steps were doing")
    options = parser.parse_args()
    # Slices that end by the clock end after each piece of work: pieces are what can be too long.
    driver.SLICE_S = reading.SLICE_S = index_keeper.SLICE_S = progress.SLICE_S = 0.0
    meter = Meter(stacks=options.stacks)
    meter.start()
    gc.disable()
    for scenario in steps_of.SCENARIOS:
        if not options.words or any(word in scenario.__name__ for word in options.words):
            print(f"-- {scenario.__name__}")
            asyncio.run(scenario(meter))  # type: ignore[arg-type]
            gc.collect()
    return 0


if __name__ == "__main__":
    sys.exit(main())
