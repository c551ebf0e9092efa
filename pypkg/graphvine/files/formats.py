"""The formats by name, and how to tell them apart. The code of a format is loaded when it is first used."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from graphvine.errors import FileError, InvalidValue
from graphvine.files.archive import MAGIC
from graphvine.files.records import Reader, Source, Warnings


class Codec(NamedTuple):
    """Both ways of a format. read: takes the options of the format by name."""

    write: Callable[[Source, Warnings], Iterator[bytes]]
    read: Callable[..., Reader]


class Format(NamedTuple):
    """A format of files. name: as users say it. suffix: usual end of a file's name. media: MIME type.

    load: None for the archive, which is not made of records. options: of its reader.
    """

    name: str
    suffix: str
    media: str
    load: Callable[[], Codec] | None
    options: tuple[str, ...] = ()


def _cypher() -> Codec:
    from graphvine.files import cypher_script

    return Codec(cypher_script.write, cypher_script.ScriptReader)


def _graphml() -> Codec:
    from graphvine.files import graphml, graphml_read

    return Codec(graphml.write, graphml_read.GraphMLReader)


def _json_ld() -> Codec:
    from graphvine.files import json_ld, json_ld_read

    return Codec(json_ld.write, json_ld_read.JsonLdReader)


def _csv() -> Codec:
    from graphvine.files import csv_read, csv_write

    return Codec(csv_write.write_both, csv_read.CsvReader)


def _csv_vertices() -> Codec:
    from graphvine.files import csv_read, csv_write

    return Codec(csv_write.write_vertices, csv_read.CsvReader)


def _csv_edges() -> Codec:
    from graphvine.files import csv_read, csv_write

    return Codec(csv_write.write_edges, csv_read.CsvReader)


def _gun() -> Codec:
    from graphvine.files import gun, gun_read

    return Codec(gun.write, gun_read.GunReader)


ARCHIVE = "graphvine"
_CSV_OPTIONS = ("delimiter", "id", "label", "source", "target", "type", "types")
FORMATS = {
    format.name: format
    for format in (
        Format(ARCHIVE, ".graphvine", "application/vnd.graphvine", None, ("as_new",)),
        Format("cypher", ".cypher", "text/plain", _cypher),
        Format("graphml", ".graphml", "application/graphml+xml", _graphml, ("type",)),
        Format("jsonld", ".jsonld", "application/ld+json", _json_ld),
        Format("csv", ".csv.zip", "application/zip", _csv, _CSV_OPTIONS),
        Format("csv-vertices", ".vertices.csv", "text/csv", _csv_vertices, _CSV_OPTIONS),
        Format("csv-edges", ".edges.csv", "text/csv", _csv_edges, _CSV_OPTIONS),
        Format("gun", ".gun.json", "application/json", _gun),
    )
}
_BY_SUFFIX = {format.suffix: format.name for format in FORMATS.values()} | {
    ".cyp": "cypher",
    ".cql": "cypher",
    ".csv": "csv",
    ".tsv": "csv",
    ".gun": "gun",
}


def find_format(name: str) -> Format:
    """Return a format by its name, or raise InvalidValue."""
    if name not in FORMATS:
        raise InvalidValue(f"There is no format {name!r}. There are {', '.join(FORMATS)}.")
    return FORMATS[name]


def check_options(format: Format, options: Mapping[str, object]) -> None:
    """Raise InvalidValue if the reader of a format has no such option."""
    unknown = [name for name in options if name not in format.options]
    if unknown:
        has = f"it has {', '.join(format.options)}" if format.options else "it has none"
        raise InvalidValue(f"Reading {format.name} has no option {', '.join(map(repr, unknown))}; {has}.")


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
    if head.startswith(b"PK\x03\x04"):
        return "csv"
    text = head.decode("utf-8", "replace").removeprefix("\ufeff").lstrip()
    if text.startswith(("//", "CREATE ", "MERGE ", "MATCH ", "UNWIND ", ":begin")):
        return "cypher"
    if text.startswith("<"):
        return "graphml" if "<graphml" in text else None
    if text.startswith(("{", "[")):
        return "gun" if '"_"' in text and '"#"' in text else "jsonld" if '"@' in text else None
    line = text.partition("\n")[0]
    return "csv" if ":ID" in line or ":START_ID" in line else None
