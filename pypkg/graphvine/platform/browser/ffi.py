"""Python and JavaScript: bytes in bulk, and one owner for every callback that JavaScript holds.

A proxy that nobody destroys keeps its Python object, and everything that it reaches, alive for as long as the page.
So callbacks are only handed out through a `ProxyScope`, and `live_proxies()` tells a test what is left.

Nothing here (nor in the other files of this folder) looks at `js` while it is imported: the start-up snapshot is
made in a place without a browser.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import js
from pyodide.ffi import JsException, JsProxy, create_proxy, to_js

_live_count = 0


def live_proxies() -> int:
    """Return how many callbacks JavaScript holds at this moment through any scope."""
    return _live_count


class ProxyScope:
    """Owns callbacks given to JavaScript, and the listeners they are registered as. `close` frees them all."""

    def __init__(self) -> None:
        self._proxies: list[Any] = []
        self._listeners: list[tuple[Any, str, Any]] = []
        self._is_closed = False

    @property
    def is_closed(self) -> bool:
        """Whether `close` was called."""
        return self._is_closed

    def proxy(self, callback: Callable[..., Any]) -> Any:
        """Return `callback` as a JavaScript function that lives until `close`."""
        global _live_count
        if self._is_closed:
            raise RuntimeError("the owner of this callback is closed")
        proxy = create_proxy(callback)
        self._proxies.append(proxy)
        _live_count += 1
        return proxy

    def listen(self, target: Any, event: str, callback: Callable[[Any], Any]) -> None:
        """Call `callback(event)` for each `event` of the JavaScript `target` until `close`."""
        proxy = self.proxy(callback)
        target.addEventListener(event, proxy)
        self._listeners.append((target, event, proxy))

    def close(self) -> None:
        """Remove the listeners and free the callbacks. Safe to call twice, and from one of the callbacks."""
        global _live_count
        self._is_closed = True
        listeners, self._listeners = self._listeners, []
        proxies, self._proxies = self._proxies, []
        for target, event, proxy in listeners:
            target.removeEventListener(event, proxy)
        for proxy in proxies:
            proxy.destroy()
        _live_count -= len(proxies)


def to_uint8array(data: bytes) -> Any:
    """Return a JavaScript copy of `data`, made in one go."""
    return to_js(data)


def to_bytes(data: Any) -> bytes:
    """Return the bytes of an ArrayBuffer or a typed array, copied in one go."""
    copied: bytes = data.to_bytes()
    return copied


def to_object(**members: Any) -> Any:
    """Return a plain JavaScript object (deep: dicts become objects, lists become arrays)."""
    return to_js(members, dict_converter=js.Object.fromEntries)


def global_or_none(name: str) -> Any:
    """Return a global of this page or worker, or None where it has none (a browser that lacks it, an insecure page)."""
    value = getattr(js.globalThis, name, None)
    return None if is_missing(value) else value


def member_or_none(value: Any, name: str) -> Any:
    """Return a member of a JavaScript object, or None when it is absent, undefined or null."""
    member = getattr(value, name, None)
    return None if is_missing(member) else member


def is_missing(value: Any) -> bool:
    """Tell whether a value that came from JavaScript is undefined or null."""
    return value is None or type(value).__name__ == "JsNull"


def error_name(error: Any) -> str:
    """Return the name of a JavaScript error (``QuotaExceededError``), or ''. `error` may be null."""
    return "" if is_missing(error) else str(getattr(error, "name", ""))


def error_text(error: Any) -> str:
    """Return `name: message` of a JavaScript error, for a message to a person."""
    if is_missing(error):
        return "no reason given"
    message = str(getattr(error, "message", error))
    return f"{error_name(error)}: {message}" if error_name(error) else message


__all__ = [
    "JsException",
    "JsProxy",
    "ProxyScope",
    "error_name",
    "error_text",
    "global_or_none",
    "is_missing",
    "live_proxies",
    "member_or_none",
    "to_bytes",
    "to_object",
    "to_uint8array",
]
