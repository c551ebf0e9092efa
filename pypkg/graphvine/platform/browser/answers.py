"""Answers of the browser's signatures, without the price of a promise in Python.

To await a promise, Pyodide makes two callbacks and a future and destroys them again, and takes a turn of the loop.
Where the page brought `boot.js` along, that settles the promise itself and calls one callback that stays.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Generator
from contextvars import Context, copy_context
from functools import cache
from itertools import count
from typing import Any

from pyodide.ffi import create_proxy

from .ffi import global_or_none, is_missing


class Asker:
    """Signs and checks with Ed25519. make: `graphvineSignatures` of boot.js."""

    def __init__(self, make: Any) -> None:
        self._waiting: dict[int, Callable[[Any], object]] = {}
        self._numbers = count(1)
        verbs = make(create_proxy(self._take))
        self._sign, self._verify = verbs.sign, verbs.verify

    def sign(self, key: Any, message: Any, answer: Callable[[Any], object]) -> None:
        """Call `answer` with the signature, an ArrayBuffer, or None when the browser failed. message: a Uint8Array."""
        number = next(self._numbers)
        self._waiting[number] = answer
        self._sign(number, key, message)

    def verify(self, key: Any, signature: Any, message: Any, answer: Callable[[bool], object]) -> None:
        """Call `answer` with whether the signature holds."""
        number = next(self._numbers)
        self._waiting[number] = lambda verdict: answer(verdict is True)
        self._verify(number, key, signature, message)

    def _take(self, number: int, value: Any) -> None:
        self._waiting.pop(number)(None if is_missing(value) else value)


@cache
def asker() -> Asker | None:
    """Return the one of this interpreter, or None where there is no boot.js."""
    make = global_or_none("graphvineSignatures")
    return None if make is None else Asker(make)


class Answer:
    """What the browser answers to the one task that awaits it. The task goes on within `give`, and not a turn later.

    So `give` and `fail` are for callbacks of the browser's, where no other task is running.
    """

    __slots__ = ("_asyncio_future_blocking", "_context", "_error", "_is_given", "_value", "_waiter")

    def __init__(self) -> None:
        self._asyncio_future_blocking = False
        self._is_given = False
        self._value: Any = None
        self._error: BaseException | None = None
        self._waiter: Callable[[Any], Any] | None = None
        self._context: Context | None = None

    def give(self, value: Any = None) -> None:
        """The answer is `value`."""
        if not self._is_given:
            self._is_given, self._value = True, value
            self._wake()

    def fail(self, error: BaseException) -> None:
        """There will be no answer: `error` is raised in the task."""
        if not self._is_given:
            self._is_given, self._error = True, error
            self._wake()

    def _wake(self) -> None:
        waiter, self._waiter = self._waiter, None
        if waiter is not None and self._context is not None:
            self._context.run(waiter, self)

    def __await__(self) -> Generator[Any, None, Any]:
        """Wait for it."""
        if not self._is_given:
            self._asyncio_future_blocking = True
            yield self
        return self.result()

    # -- what `asyncio.Task` asks of a future -------------------------------------------------------------------------

    def get_loop(self) -> asyncio.AbstractEventLoop:
        """Return the loop of whoever asks: a page has one."""
        return asyncio.get_running_loop()

    def add_done_callback(self, waiter: Callable[[Any], Any], *, context: Context | None = None) -> None:
        """Take the task's own callback."""
        self._context = copy_context() if context is None else context
        if self._is_given:
            asyncio.get_running_loop().call_soon(waiter, self, context=self._context)
        else:
            self._waiter = waiter

    def remove_done_callback(self, waiter: Callable[[Any], Any]) -> int:
        """Forget the task's callback."""
        had, self._waiter = self._waiter is not None, None
        return int(had)

    def result(self) -> Any:
        """Return the answer, or raise what came instead."""
        if self._error is not None:
            raise self._error
        return self._value

    def cancel(self, msg: Any = None) -> bool:
        """The task is cancelled: it is told so in a turn of its own."""
        if self._is_given:
            return False
        self._is_given, self._error = True, asyncio.CancelledError()
        waiter, self._waiter = self._waiter, None
        if waiter is not None:
            asyncio.get_running_loop().call_soon(waiter, self, context=self._context)
        return True
