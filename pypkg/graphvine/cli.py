"""The command line: ``graphvine VERB ...`` or ``python -m graphvine VERB ...``."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Callable, Coroutine, Sequence
from importlib.metadata import PackageNotFoundError, version

from graphvine.api import Graph
from graphvine.api import open as open_graph
from graphvine.cli_files import add_verbs as add_file_verbs
from graphvine.cli_query import add_verb as add_query_verb
from graphvine.cli_words import counted
from graphvine.errors import GraphvineError
from graphvine.model.ids import format_key

Verb = Callable[[argparse.Namespace], Coroutine[None, None, None]]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb; return the exit status."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    if words[:1] == ["relay"]:
        return _relay(words[1:])
    if words[:1] == ["serve"]:
        from graphvine.platform.native.static_site import main as serve

        return serve(words[1:])
    options = _parser().parse_args(words)
    try:
        asyncio.run(options.verb(options))
    except GraphvineError as error:
        print(f"graphvine: {error}", file=sys.stderr)
        return 1
    except BrokenPipeError:  # whoever read our output has gone, and knows it
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def _relay(words: list[str]) -> int:
    try:
        from graphvine_relay.server import main as relay
    except ImportError:
        print('graphvine: the relay needs two more packages: pip install "graphvine[relay]"', file=sys.stderr)
        return 1
    return int(relay(words))


def _version() -> str:
    try:
        return version("graphvine")
    except PackageNotFoundError:
        return "from source"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="graphvine",
        description="A decentralized graph database.",
    )
    parser.add_argument("--version", action="version", version=f"graphvine {_version()}")
    verbs = parser.add_subparsers(required=True, metavar="VERB")
    peer = verbs.add_parser("peer", help="keep a space on this machine, always on, and sync it with every peer")
    _add_space(peer)
    peer.set_defaults(verb=_peer)
    show = verbs.add_parser("show", help="print a vertex, or what a space holds")
    _add_space(show)
    show.add_argument("vertex", nargs="?", help="vertex id; without it: counts and status")
    show.set_defaults(verb=_show)
    add_query_verb(verbs)
    add_file_verbs(verbs)
    bench = verbs.add_parser("bench", help="measure this machine: writes, reads and opening, without a network")
    bench.add_argument("--vertices", type=_count, default=10_000, help="how many (10,000)")
    bench.set_defaults(verb=_bench)
    # `main` hands these on: they have options and help of their own.
    verbs.add_parser("relay", help="run a relay, through which peers find each other", add_help=False)
    verbs.add_parser("serve", help="serve the built site and a relay on this machine", add_help=False)
    return parser


def _count(word: str) -> int:
    if not (word.isascii() and word.isdigit() and 0 < int(word[:12]) <= 10_000_000):
        raise argparse.ArgumentTypeError(f"a whole number from 1 to 10,000,000 is wanted, not {word[:40]!r}")
    return int(word)


def _add_space(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("space", help="name of the space")
    verb.add_argument("--relay", action="append", default=[], metavar="URL", help="signaling relay; may be repeated")
    verb.add_argument("--storage", metavar="PATH", help="file to keep it in (default: your data folder)")
    verb.add_argument("--identity", metavar="NAME", help="which of your keys signs")


def _opened(options: argparse.Namespace) -> contextlib.AbstractAsyncContextManager[Graph]:
    return open_graph(options.space, identity=options.identity, relay=options.relay, storage=options.storage)


async def _peer(options: argparse.Namespace) -> None:
    """Stay until a signal; print a line whenever something changes."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):  # Windows: Ctrl-C arrives as KeyboardInterrupt
            loop.add_signal_handler(name, stop.set)
    async with _opened(options) as graph:
        print(f"peer {graph.status.peer} of {options.space!r}", flush=True)
        graph.on_status(lambda: print(_line(graph), flush=True))
        print(_line(graph), flush=True)
        await stop.wait()


def _line(graph: Graph) -> str:
    status = graph.status
    ready = sum(peer.state == "ready" for peer in status.peers)
    return (
        f"relay {status.relay.state}, {counted('peers', ready)}, {counted('vertices', status.sync.vertices)}, "
        f"storage {status.storage.state}"
    )


async def _show(options: argparse.Namespace) -> None:
    async with _opened(options) as graph:
        if options.vertex is None:
            print(graph.status)
            return
        vertex = await graph.get(options.vertex)
        if vertex is None:
            print(f"There is no vertex {options.vertex!r} in {options.space!r}.")
            return
        print(vertex.id, *(f":{label}" for label in sorted(vertex.labels)))
        for name, value in sorted(vertex.properties.items()):
            print(f"  {name} = {value!r}")
        for edge in vertex.edges:
            print(f"  -[{edge.type}]-> {edge.target}")


async def _bench(options: argparse.Namespace) -> None:
    """Bulk and single durable writes, reads; rates on this machine."""
    loop = asyncio.get_running_loop()
    async with open_graph(f"bench-{format_key(bytes(32))[:4]}", storage=":memory:") as graph:
        start = loop.time()
        async with graph.transaction() as tx:
            for number in range(options.vertices):
                tx.put(f"v{number}", {"name": f"name {number}", "n": number, "x": 0.5, "ok": True, "city": "Graz"})
        _rate("vertices written in one transaction", options.vertices, loop.time() - start)
        start = loop.time()
        for number in range(options.vertices):
            await graph.get(f"v{number}")
        _rate("vertices read", options.vertices, loop.time() - start)


def _rate(what: str, count: int, seconds: float) -> None:
    print(f"{count:,} {what}: {seconds * 1000:,.0f} ms, {count / seconds:,.0f} a second")
