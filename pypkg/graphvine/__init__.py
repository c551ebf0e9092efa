"""Graphvine: a decentralized property graph that lives in browser tabs, and on CPython."""

from graphvine.api import Graph, Transaction, open
from graphvine.errors import (
    FileError,
    FormatTooNew,
    GraphClosed,
    GraphvineError,
    InvalidValue,
    LocalError,
    QueryError,
    RelayError,
    StorageBlocked,
    StorageDamaged,
    StorageError,
    StorageFull,
    TooLarge,
    UnsupportedPlatform,
)
from graphvine.handles import CounterHandle, ListHandle, MapHandle, SetHandle
from graphvine.model.mergeable import Counter, List, Map, Set, Text
from graphvine.presence import Person
from graphvine.queries import Rows
from graphvine.status import Status
from graphvine.texts import Delta, TextHandle
from graphvine.transfer.progress import Exported, Imported, Progress
from graphvine.vertex import Change, Edge, Path, Vertex
from graphvine.why import Why, Write

__all__ = [
    "Change",
    "Counter",
    "CounterHandle",
    "Delta",
    "Edge",
    "Exported",
    "FileError",
    "FormatTooNew",
    "Graph",
    "GraphClosed",
    "GraphvineError",
    "Imported",
    "InvalidValue",
    "List",
    "ListHandle",
    "LocalError",
    "Map",
    "MapHandle",
    "Path",
    "Person",
    "Progress",
    "QueryError",
    "RelayError",
    "Rows",
    "Set",
    "SetHandle",
    "Status",
    "StorageBlocked",
    "StorageDamaged",
    "StorageError",
    "StorageFull",
    "Text",
    "TextHandle",
    "TooLarge",
    "Transaction",
    "UnsupportedPlatform",
    "Vertex",
    "Why",
    "Write",
    "open",
]

__version__ = "0.1.0"
