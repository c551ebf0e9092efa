"""What an index is declared for."""

from __future__ import annotations

from typing import NamedTuple


class IndexInfo(NamedTuple):
    """A declared index: one property of the vertices with one label, or of the edges of one type.

    label: or the type of the edges. entity: ``vertex`` or ``edge``.
    """

    name: str
    label: str
    property: str
    entity: str = "vertex"


class IndexState(NamedTuple):
    """How an index is doing. state: ``ready``, or ``building``. entries: vertices or edges with a value in it."""

    info: IndexInfo
    state: str
    entries: int
    distinct: int
