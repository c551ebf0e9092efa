"""Whether there is room for one more link, and whom we let in."""

from __future__ import annotations

from graphvine.limits import HARD_CONNECTIONS, SOFT_CONNECTIONS
from graphvine.net.link import Link
from graphvine.net.link_table import LinkTable
from graphvine.net.params import MAX_ACCEPTS, MAX_DIALS
from graphvine.net.peer_book import PeerRecord, rank


def may_dial(table: LinkTable) -> bool:
    """Tell whether we may dial one more peer now."""
    return table.pending_count(is_initiator=True) < MAX_DIALS and table.count < SOFT_CONNECTIONS


def refusal(table: LinkTable, record: PeerRecord, kind: str, rival: Link | None, *, now: float) -> str:
    """Say why we don't let a peer in by a link of this kind; empty if we do.

    rival: the pending link that would give way.
    """
    if record.is_refused(now=now):
        return "not now"
    ready = table.ready(record.peer)
    if ready is not None and rank(ready.kind) < rank(kind):
        return "we have a better link"
    if not record.links and table.count >= HARD_CONNECTIONS:
        return "full"
    return "busy" if rival is None and table.pending_count(is_initiator=False) >= MAX_ACCEPTS else ""
