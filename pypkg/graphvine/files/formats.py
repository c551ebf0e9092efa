"""The formats by name, and how to tell them apart."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from graphvine.errors import FileError, InvalidValue
from graphvine.files import cypher_script
from graphvine.files.archive import MAGIC
from graphvine.files.records import Reader, Source, Warnings

Writer = Callable[[Source, Warnings], Iterator[bytes]]


class Format(NamedTuple):
    """A format of files. name: as users say it. suffix: usual end of a file's name. media: MIME type.

    write, read: None for the archive, which is not made of records.
    """

    name: str
    suffix: str
    media: str
    write: Writer | None
    read: Callable[..., Reader] | None
    options: tuple[str, ...] = ()


ARCHIVE = "graphvine"
FORMATS = {
    format.name: format
    for format in (
        Format(ARCHIVE, ".graphvine", "application/vnd.graphvine", None, None),
        Format("cypher", ".cypher", "text/plain", cypher_script.write, cypher_script.ScriptReader),
    )
}
_BY_SUFFIX = {".cyp": "cypher", ".cql": "cypher"} | {format.suffix: format.name for format in FORMATS.values()}


def find_format(name: str) -> Format:
    """Return a format by its name, or raise InvalidValue."""
    if name not in FORMATS:
        raise InvalidValue(f"There is no format {name!r}. There are {', '.join(FORMATS)}.")
    return FORMATS[name]


def new_reader(format: Format, options: Mapping[str, object]) -> Reader:
    """Return a reader of a format with its options, or raise InvalidValue."""
    unknown = [name for name in options if name not in format.options]
    if unknown or format.read is None:
        has = f"it has {', '.join(format.options)}" if format.options else "it has none"
        raise InvalidValue(f"Reading {format.name} has no option {', '.join(map(repr, unknown))}; {has}.")
    return format.read(**options)


def detect(head: bytes, name: str) -> str:
    """Return the format of a file by its first bytes and its name, or raise FileError."""
    if head.startswith(MAGIC):
        return ARCHIVE
    lower = name.lower()
    for suffix, format in sorted(_BY_SUFFIX.items(), key=lambda each: -len(each[0])):
        if lower.endswith(suffix):
            return format
    found = _by_content(head)
    if found is None:
        raise FileError(
            "What kind of file is this? Neither its name nor its beginning says. "
            f"Name its format: {', '.join(FORMATS)}."
        )
    return found


def _by_content(head: bytes) -> str | None:
    text = head.decode("utf-8", "replace").removeprefix("\ufeff").lstrip()
    if text.startswith(("//", "CREATE ", "MERGE ", "MATCH ", "UNWIND ", ":begin")):
        return "cypher"
    return None
