"""Where Python's side of a page begins: `boot.js` has started the interpreter, and `main` serves the page's port."""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from graphvine.platform.browser.collector import Collector
from graphvine.platform.browser.rpc import Server, encode

# A transaction's steps, their arguments, a map's lists of tagged values; and maps in parameters of a query, which may
# nest. What nests deeper is refused as a value.
MESSAGE_DEPTH = 24
# Objects made before the collector looks for garbage in cycles. Python has 2,000: a tenth of one bulk write, of which
# nothing is garbage. With 50,000 one look took up to 150 ms in the middle of an import.
YOUNG_OBJECTS = 10_000


async def main(port: Any) -> None:
    """Serve the calls that come over `port`, a MessagePort, until the page is gone."""
    from js import Uint8Array
    from pyodide.ffi import create_proxy, jsnull

    import graphvine
    from graphvine.platform.browser.turns import quicken

    quicken(asyncio.get_running_loop())
    gc.set_threshold(YOUNG_OBJECTS)

    def post(message: dict[str, Any]) -> None:
        data = encode(message)
        block = Uint8Array.new(len(data))
        block.assign(data)
        port.postMessage(block, [block.buffer])

    collector = Collector(time.monotonic)

    @asynccontextmanager
    async def opened(space: str, **options: Any) -> AsyncIterator[Any]:
        async with graphvine.open(space, **options) as graph:
            yield graph
        collector.release()

    server = Server(opened, evaluate, post)
    convert = plain_objects()
    listener = create_proxy(
        lambda event: server.receive(
            without_null(event.data.to_py(depth=MESSAGE_DEPTH, default_converter=convert), jsnull)
        )
    )
    port.onmessage = listener
    collector.start()
    try:
        await server.run()
    finally:
        collector.stop()
        port.onmessage = jsnull
        listener.destroy()


async def evaluate(code: str, names: dict[str, Any]) -> Any:
    """Run async Python with `names` in scope; return the value of its last expression."""
    from pyodide.code import eval_code_async

    import graphvine

    scope = {"__name__": "__page__", "asyncio": asyncio, "graphvine": graphvine, **names}
    return await eval_code_async(code, globals=scope)


def plain_objects() -> Callable[[Any, Any, Any], Any]:
    """Return what makes dicts of the objects that Pyodide takes for something else: those with a key `constructor`."""
    from js import Object

    def convert(value: Any, convert_inner: Any, remember: Any) -> Any:
        if not Object.is_(Object.getPrototypeOf(value), Object.prototype):
            return value
        made: dict[str, Any] = {}
        remember(value, made)
        for key, item in Object.entries(value):
            made[key] = convert_inner(item)
        return made

    return convert


def without_null(value: Any, null: Any) -> Any:
    """What came from JavaScript for Python: null becomes None, typed arrays become bytes."""
    if value is null:
        return None
    if isinstance(value, dict):
        return {key: without_null(item, null) for key, item in value.items()}
    if isinstance(value, list):
        return [without_null(item, null) for item in value]
    return bytes(value) if isinstance(value, memoryview) else value
