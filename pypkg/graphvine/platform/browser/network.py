"""The Network port of a page and of a worker.

A page also counts as back when it is looked at again after a while: a machine that slept says nothing else. A worker
can't see that; the page's script tells it by the event `graphvineback` (`site/graphvine.js`, `site/worker.js`).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from math import inf
from typing import Any

import js

from .ffi import ProxyScope, global_or_none

# Seconds out of sight after which the network may be another.
AWAY_S = 10.0


class BrowserNetwork:
    """Listens to this page or worker."""

    def watch(self, on_back: Callable[[], None]) -> Callable[[], None]:
        """Call `on_back()` whenever the network may be there again; return what ends it."""
        scope = ProxyScope()
        scope.listen(js.globalThis, "online", lambda event: on_back())
        scope.listen(js.globalThis, "graphvineback", lambda event: on_back())
        document = global_or_none("document")
        if document is not None:
            scope.listen(document, "visibilitychange", _Glances(document, on_back).changed)
        return scope.close


class _Glances:
    """Tells a return from a short look at another tab."""

    def __init__(self, document: Any, on_back: Callable[[], None]) -> None:
        self._document = document
        self._on_back = on_back
        self._hidden_at = inf

    def changed(self, event: Any) -> None:
        """The page came into sight, or went out of it."""
        now = time.time()  # a monotonic clock may stand still while the machine sleeps
        if self._document.hidden:
            self._hidden_at = now
        elif now - self._hidden_at >= AWAY_S:
            self._on_back()
