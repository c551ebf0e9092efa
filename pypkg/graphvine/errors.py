"""Every exception of Graphvine, as one tree.

::

    GraphvineError
    ├── LocalError                 the caller can do something about it
    │   ├── InvalidValue           an id, label, property or argument that the graph can't hold
    │   │   └── TooLarge           ... because it is bigger than a limit (carries both sizes)
    │   ├── UnsupportedPlatform    the browser or machine lacks something Graphvine needs
    │   ├── GraphClosed            the graph was closed before or during the call
    │   ├── RelayError             the relay can't be reached, or refuses us
    │   ├── StorageError           the disk side failed
    │   │   ├── StorageFull        no room; everything acknowledged is still there
    │   │   ├── StorageBlocked     the browser gives this page no storage (private mode, settings)
    │   │   ├── StorageDamaged     bytes on disk that fail their checksum
    │   │   └── FormatTooNew       written by a newer Graphvine
    │   ├── QueryError             a Cypher text that can't be compiled or run
    │   └── FileError              a file that can't be read or imported (carries the place, and what is in)
    └── RemoteError                a remote peer sent something wrong; costs it `penalty`
        ├── MalformedMessage       bytes that are no message of ours
        ├── BadSignature           a signature does not match its author
        ├── BadHandshake           the remote peer is not who the link says
        ├── ProtocolViolation      a well-formed message at the wrong time or in the wrong amount
        └── StampTooFar            a stamp so far in the future that we won't even hold it

Exactly one place catches `RemoteError` (``peer.peer``); `LocalError` reaches the application.
"""

from __future__ import annotations


class GraphvineError(Exception):
    """Base of everything that Graphvine raises on purpose."""


class LocalError(GraphvineError):
    """Something on our side. The message says what happened and what to do."""


class InvalidValue(LocalError):
    """An id, label, property or argument that the graph can't hold."""


class TooLarge(InvalidValue):
    """A value over its limit.

    size, limit: both in the unit that the message names.
    """

    def __init__(self, what: str, size: int, limit: int, unit: str = "bytes") -> None:
        super().__init__(
            f"{what} has {size:,} {unit}; the limit is {limit:,}. Split it, or store it as several vertices."
        )
        self.size = size
        self.limit = limit


class UnsupportedPlatform(LocalError):
    """The browser or machine lacks something Graphvine needs; the message names it."""


class GraphClosed(LocalError):
    """The graph was closed before or during the call. Open it again with `graphvine.open`."""

    def __init__(self, message: str = "This graph is closed. Open it again with graphvine.open().") -> None:
        super().__init__(message)


class RelayError(LocalError):
    """The relay can't be reached, or refuses us. Local work and open connections go on."""


class StorageError(LocalError):
    """The disk side failed. Nothing that was acknowledged before is touched."""


class StorageFull(StorageError):
    """No room on the device.

    The write that raised this is not acknowledged. It stays in memory and is tried again by the next write or `flush`;
    everything acknowledged before is safe.
    """

    def __init__(self, message: str = "") -> None:
        super().__init__(
            message
            or "The device has no room for this write. Nothing saved before is lost. "
            "Free some space or delete old data, then write again."
        )


class StorageBlocked(StorageError):
    """The browser gives this page no storage (private window, or site data is switched off)."""

    def __init__(self, message: str = "") -> None:
        super().__init__(
            message
            or "The browser refuses to store data for this page (a private window, or site data is switched off). "
            'Allow site data, or open the graph with storage=":memory:" to work without saving.'
        )


class StorageDamaged(StorageError):
    """Bytes on disk that fail their checksum.

    key: where they lie.
    """

    def __init__(self, key: bytes, message: str) -> None:
        super().__init__(f"Stored record {key!r} is damaged: {message}.")
        self.key = key


class FormatTooNew(StorageError):
    """The data was written by a newer Graphvine. Update this page or program, then open it again."""

    def __init__(self, found: int, supported: int) -> None:
        super().__init__(
            f"This data has format {found}; this version of Graphvine reads up to {supported}. Update Graphvine."
        )
        self.found = found
        self.supported = supported


class QueryError(LocalError):
    """A Cypher text that can't be compiled or run.

    kind:     the openCypher error type, for example ``SyntaxError``.
    phase:    ``compile time`` or ``runtime``.
    detail:   the openCypher detail code, for example ``UndefinedVariable``.
    line, column: 1-based place in the text, or 0 where there is none.
    """

    def __init__(
        self, kind: str, detail: str, message: str, *, phase: str = "compile time", line: int = 0, column: int = 0
    ) -> None:
        super().__init__(message)
        self.kind = kind
        self.detail = detail
        self.phase = phase
        self.line = line
        self.column = column


class FileError(LocalError):
    """A file that can't be read or imported.

    line: 1-based line of the file, or 0 where there is none. offset: bytes of the file read until then.
    vertices, edges, transactions: what of the file is in the graph; it came in whole transactions.
    """

    def __init__(self, message: str, *, line: int = 0, offset: int = 0) -> None:
        super().__init__(message)
        self.line = line
        self.offset = offset
        self.vertices = self.edges = self.transactions = 0

    def __str__(self) -> str:
        """Return the message, with the place."""
        message = str(self.args[0])
        if self.line:
            return f"{message} (line {self.line:,})"
        return f"{message} (byte {self.offset:,})" if self.offset else message


class RemoteError(GraphvineError):
    """A remote peer sent something wrong. `penalty` is what it costs the sender; 100 hangs up."""

    penalty = 10.0


class MalformedMessage(RemoteError):
    """Bytes that are no message of ours: unknown, truncated, too deep, too long."""

    penalty = 50.0


class BadSignature(RemoteError):
    """A signature does not match its author.

    author: 32-byte public key that the bytes claimed.
    """

    penalty = 100.0

    def __init__(self, author: bytes, message: str = "signature does not match its author") -> None:
        super().__init__(message)
        self.author = author


class BadHandshake(RemoteError):
    """The remote peer could not prove who it is on this very link."""

    penalty = 100.0


class ProtocolViolation(RemoteError):
    """A well-formed message at the wrong time or in the wrong amount."""

    penalty = 20.0


class StampTooFar(RemoteError):
    """A stamp further in the future than we are willing to hold."""

    penalty = 20.0
