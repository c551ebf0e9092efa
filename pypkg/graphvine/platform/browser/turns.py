"""Cheap turns of the event loop, for an interpreter that is ours.

Pyodide's loop gives each callback a task of the browser's own: 40 to 200 microseconds a turn, and every future that
is awaited takes two. Here the callbacks of one moment share one turn, as they do on CPython; and the first of them
runs in a microtask, right after the JavaScript that brought it about. After `TURN_S` of work the rest waits for a task
of the browser's, so that events, timers and other tabs get theirs.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable
from contextvars import Context, copy_context
from typing import Any

import js
from pyodide.ffi import create_proxy

# Seconds of callbacks after which the browser gets a turn.
TURN_S = 0.004


class Call:
    """A callback that is to run soon. Has of `asyncio.Handle` what tasks and futures use, at a fifth of its price."""

    __slots__ = ("args", "callback", "context")

    def __init__(self, callback: Callable[..., Any], args: tuple[Any, ...], context: Context) -> None:
        self.callback: Callable[..., Any] | None = callback
        self.args = args
        self.context = context

    def cancel(self) -> None:
        """Don't run it."""
        self.callback = None
        self.args = ()

    def cancelled(self) -> bool:
        """Tell whether `cancel` was called."""
        return self.callback is None


class Turns:
    """Runs what a loop is to call soon. Made by `quicken`."""

    def __init__(self, loop: Any) -> None:
        self._loop = loop
        self._ready: deque[Call] = deque()
        self._is_scheduled = False
        self._spent_s = 0.0
        self._run_proxy = create_proxy(self._run)
        self._later_proxy = create_proxy(self._run_afresh)
        self._channel = js.MessageChannel.new()
        self._channel.port1.onmessage = self._later_proxy
        self._soon = js.queueMicrotask
        self._later = self._channel.port2.postMessage
        self._new_future = type(loop.create_future())

    def call_soon(self, callback: Callable[..., Any], *args: Any, context: Context | None = None) -> Call:
        """Call `callback` after what runs now. See `asyncio.loop.call_soon`."""
        call = Call(callback, args, copy_context() if context is None else context)
        self._ready.append(call)
        if not self._is_scheduled:
            self._schedule()
        return call

    def create_future(self) -> asyncio.Future[Any]:
        """Return a future. Nobody counts those that are under way, as Pyodide's loop does with a callback to each."""
        future: asyncio.Future[Any] = self._new_future(loop=self._loop)
        return future

    def _schedule(self) -> None:
        self._is_scheduled = True
        if self._spent_s < TURN_S:
            self._soon(self._run_proxy)
        else:
            self._later(0)

    def _run_afresh(self, event: Any) -> None:
        """The browser had its turn."""
        self._spent_s = 0.0
        self._run()

    def _run(self) -> None:
        ready, now = self._ready, time.perf_counter
        self._loop._install_running_loop()
        self._loop._install_asyncgen_hooks()
        start = now()
        try:
            while ready:
                call = ready.popleft()
                if call.callback is not None:
                    self._run_one(call.callback, call)
                if ready and now() - start > TURN_S:
                    break
        finally:
            self._spent_s += now() - start
            self._is_scheduled = False
            if ready:
                self._schedule()

    def _run_one(self, callback: Callable[..., Any], call: Call) -> None:
        try:
            call.context.run(callback, *call.args)
        except (SystemExit, KeyboardInterrupt):
            raise
        except BaseException as error:
            self._loop.call_exception_handler({"message": f"Exception in callback {callback}", "exception": error})


def quicken(loop: Any) -> None:
    """Give Pyodide's event loop cheap turns, for good. Any other loop, or one that has them, stays as it is."""
    if hasattr(loop, "_install_running_loop") and not isinstance(getattr(loop.call_soon, "__self__", None), Turns):
        turns = Turns(loop)
        loop.call_soon = loop.call_soon_threadsafe = turns.call_soon
        loop.create_future = turns.create_future
