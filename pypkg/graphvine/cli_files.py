"""The verbs ``graphvine export`` and ``graphvine import``."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import sys
import threading
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any, BinaryIO

from graphvine.api import Graph
from graphvine.api import open as open_graph
from graphvine.cli_words import counted
from graphvine.errors import FileError, InvalidValue, LocalError
from graphvine.files.formats import ARCHIVE, FORMATS, detect
from graphvine.transfer.exports import Export
from graphvine.transfer.progress import Exported, Imported, Progress

READ_BYTES = 256 * 1024
STREAM = "-"


def add_verbs(verbs: Any) -> None:
    """Add both verbs to the parser of the command line."""
    out = verbs.add_parser("export", help="write a space into a file: an archive, or a format of others")
    _add_space(out)
    out.add_argument("--format", choices=list(FORMATS), help="default: by the file's name, else graphvine")
    out.add_argument(
        "-o", "--output", default=STREAM, metavar="FILE", help="where to; - is standard output; a folder takes csv"
    )
    out.set_defaults(verb=_export)
    into = verbs.add_parser("import", help="take files into a space")
    _add_space(into)
    into.add_argument("files", nargs="+", metavar="FILE", help="what to read; - is standard input")
    into.add_argument("--format", choices=list(FORMATS), help="default: by the file's name and its first bytes")
    into.add_argument("--as-new", action="store_true", help="archives: take the contents over as writes of your own")
    table = into.add_argument_group("tables (csv) without typed headers")
    for name, what in (
        ("id", "column of the ids"),
        ("label", "column of the labels, or one label for all"),
        ("source", "column of the ids that edges come from"),
        ("target", "column of the ids that edges lead to"),
        ("type", "column of the edge types, or one type for all"),
        ("delimiter", "what stands between cells"),
    ):
        table.add_argument(f"--{name}", help=what)
    table.add_argument(
        "--column", action="append", default=[], metavar="NAME=TYPE", help="type of a column; repeatable"
    )
    into.set_defaults(verb=_import)


def _add_space(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("space", help="name of the space")
    verb.add_argument("--storage", metavar="PATH", help="file that keeps it (default: in your data folder)")
    verb.add_argument("--identity", metavar="NAME", help="which of your keys signs")
    verb.add_argument("-q", "--quiet", action="store_true", help="say nothing but errors")


def _opened(options: argparse.Namespace) -> AbstractAsyncContextManager[Graph]:
    return open_graph(options.space, identity=options.identity, storage=options.storage)


class _Teller:
    """Says on standard error how far it is: one line that changes on a terminal, the outcome everywhere."""

    def __init__(self, what: str, *, is_quiet: bool) -> None:
        self._what = what
        self._is_live = sys.stderr.isatty() and not is_quiet
        self._is_quiet = is_quiet
        self._percent = -1

    def progress(self, progress: Progress) -> None:
        """Show it, if it shows."""
        percent = int(100 * progress.fraction) if progress.total else progress.bytes // 2**20
        if self._is_live and percent != self._percent:
            self._percent = percent
            amount = f"{percent} %" if progress.total else f"{percent} MB"
            print(f"\r{self._what}: {amount} ", end="", file=sys.stderr, flush=True)

    def result(self, result: Exported | Imported, more: str = "") -> None:
        """Say what came of it."""
        self.end()
        if self._is_quiet:
            return
        sizes = ", ".join(counted(name, getattr(result, name)) for name in ("vertices", "edges", "bytes"))
        text = f"{self._what}: {sizes}{more}"
        print(text, file=sys.stderr)
        for reason, count in result.warnings.items():
            print(f"  {count:,} x {reason}", file=sys.stderr)

    def end(self) -> None:
        """Leave the line that changes."""
        if self._is_live and self._percent >= 0:
            print("\r\033[K", end="", file=sys.stderr, flush=True)


# -- export -----------------------------------------------------------------------------------------------------------


async def _export(options: argparse.Namespace) -> None:
    output = options.output
    is_folder = output != STREAM and (output.endswith(os.sep) or await asyncio.to_thread(os.path.isdir, output))
    format = options.format or ("csv" if is_folder else ARCHIVE if output == STREAM else detect(b"", output))
    if is_folder and format != "csv":
        raise InvalidValue(f"{output} is a folder; only csv has more than one file. Name a file.")
    if output == STREAM and sys.stdout.isatty() and format in (ARCHIVE, "csv"):
        raise InvalidValue(f"The format {format} is not for a terminal. Name a file with -o, or pipe it on.")
    async with _opened(options) as graph:
        if not is_folder:
            await _export_one(graph, format, output, options)
            return
        os.makedirs(output, exist_ok=True)
        for table in ("vertices", "edges"):
            await _export_one(graph, f"csv-{table}", os.path.join(output, f"{table}.csv"), options)


async def _export_one(graph: Graph, format: str, output: str, options: argparse.Namespace) -> None:
    """Write one file. It has its name only when it is whole."""
    teller = _Teller(f"export to {'standard output' if output == STREAM else output}", is_quiet=options.quiet)
    export = graph.export(format, on_progress=teller.progress)
    if output == STREAM:
        await _write(export, sys.stdout.buffer)
        sys.stdout.buffer.flush()
    else:
        await _write_file(export, Path(output))
    assert export.result is not None  # it ran to its end
    teller.result(export.result)


async def _write_file(export: Export, path: Path) -> None:
    part = path.with_name(path.name + ".part")
    try:
        with part.open("wb") as file:
            await _write(export, file)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError as error:
        raise LocalError(f"{path} can't be written: {error.strerror or error}.") from None
    finally:
        part.unlink(missing_ok=True)


async def _write(export: Export, file: BinaryIO) -> None:
    async for chunk in export:
        file.write(chunk)


# -- import -----------------------------------------------------------------------------------------------------------


async def _import(options: argparse.Namespace) -> None:
    async with _opened(options) as graph:
        for name in options.files:
            await _import_one(graph, name, options)


async def _import_one(graph: Graph, name: str, options: argparse.Namespace) -> None:
    teller = _Teller(f"import of {'standard input' if name == STREAM else name}", is_quiet=options.quiet)
    about = _reader_options(options)
    try:
        file = sys.stdin.buffer if name == STREAM else open(name, "rb")  # noqa: ASYNC230
    except OSError as error:
        raise LocalError(f"{name} can't be read: {error.strerror or error}.") from None
    try:
        total = 0 if name == STREAM else os.fstat(file.fileno()).st_size
        result = await graph.import_from(
            _chunks(file.fileno(), name), options.format, name=name, total=total, on_progress=teller.progress, **about
        )
    except FileError as error:
        teller.end()
        here = f"{counted('vertices', error.vertices)} and {counted('edges', error.edges)}"
        raise LocalError(f"{name}: {error}\n  {here} of it are in; correct the file and import it again.") from None
    finally:
        if name != STREAM:
            file.close()
    news = f", {counted('transactions', result.transactions)}" + (f" ({result.known:,} known)" if result.known else "")
    teller.result(result, news)


async def _chunks(descriptor: int, name: str) -> AsyncIterator[bytes]:
    """Yield what can be read. A thread of its own reads: a pipe may take its time, and must not hold up our end."""
    loop = asyncio.get_running_loop()
    arrived: asyncio.Queue[bytes | OSError] = asyncio.Queue(1)

    def read() -> None:
        data: bytes | OSError = b" "
        while data and isinstance(data, bytes):
            try:
                data = os.read(descriptor, READ_BYTES)
            except OSError as error:
                data = error
            with contextlib.suppress(RuntimeError):  # the loop has ended
                asyncio.run_coroutine_threadsafe(arrived.put(data), loop).result()

    threading.Thread(target=read, daemon=True).start()
    while data := await arrived.get():
        if isinstance(data, OSError):
            raise LocalError(f"{name} can't be read: {data.strerror or data}.")
        yield data


def _reader_options(options: argparse.Namespace) -> dict[str, Any]:
    """Return the options that were given; formats refuse what is not theirs."""
    about = {
        key: value
        for key in ("id", "label", "source", "target", "type", "delimiter")
        if (value := getattr(options, key)) is not None
    }
    if about.get("delimiter") == "\\t":
        about["delimiter"] = "\t"
    types = {}
    for column in options.column:
        key, mark, kind = column.rpartition("=")
        if not mark or not key:
            raise InvalidValue(f"--column {column}: write the column's name and its type, such as --column age=long.")
        types[key] = kind
    return about | ({"types": types} if types else {}) | ({"as_new": True} if options.as_new else {})
