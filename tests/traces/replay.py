"""Replays a trace of the josephg/editing-traces collection, single-author or concurrent, and checks what comes out.

Formats: https://github.com/josephg/editing-traces (README.md and concurrent_traces/README.md).
"""

from __future__ import annotations

import gzip
import json
import time
from pathlib import Path
from typing import Any, NamedTuple

from graphvine.crdt.text.archive import decode_document, encode_document
from graphvine.crdt.text.document import Document
from graphvine.crdt.text.inbox import Inbox
from graphvine.crdt.text.merge import replay as replay_history
from graphvine.crdt.text.update import FORMAT, TEXT, encode

Names = tuple[tuple[bytes, int], ...]


class Result(NamedTuple):
    """What replaying a trace gave.

    is_ok:        every replica ends in the published text.
    wall_ms:      for all edits, each one to the document and to an encoded update (or, if concurrent, from one).
    stored_bytes: the document with its full history.
    """

    is_ok: bool
    transactions: int
    wall_ms: float
    load_ms: float
    stored_bytes: int


def read_trace(path: Path) -> dict[str, Any]:
    """Return a trace file, gzipped or not."""
    data = path.read_bytes()
    if data[:2] == b"\x1f\x8b":
        data = gzip.decompress(data)
    trace: dict[str, Any] = json.loads(data)
    if not isinstance(trace, dict) or not isinstance(trace.get("txns"), list):
        raise ValueError("not a trace: no list of txns")
    return trace


def replay_trace(trace: dict[str, Any]) -> Result:
    """Replay a trace, send it to a second replica, store and open it."""
    is_concurrent = trace.get("kind") == "concurrent" or any("parents" in txn for txn in trace["txns"])
    document, updates, seconds = (_replay_concurrent if is_concurrent else _replay_flat)(trace)
    expected = trace["endContent"]
    follower = Document(TEXT)
    inbox = Inbox(follower)
    for update in updates:
        inbox.apply(update)
    stored = encode_document(document)
    start = time.perf_counter()
    opened = decode_document(TEXT, stored)
    text = opened.content
    load_s = time.perf_counter() - start
    again = replay_history(opened.graph, opened.log).content()
    is_ok = all(found == expected for found in (document.content, follower.content, text, again))
    return Result(is_ok, len(trace["txns"]), seconds * 1000, load_s * 1000, len(stored))


def _replay_flat(trace: dict[str, Any]) -> tuple[Document[str], list[bytes], float]:
    """Type a single-author trace: one local edit and one update per transaction."""
    document = Document(TEXT, b"author-1")
    transactions = [[tuple(patch[:3]) for patch in txn["patches"] if patch[1] or patch[2]] for txn in trace["txns"]]
    if trace.get("startContent"):
        transactions.insert(0, [(0, 0, trace["startContent"])])
    start = time.perf_counter()
    updates = [document.edit(edits) for edits in transactions if edits]
    return document, updates, time.perf_counter() - start


def _replay_concurrent(trace: dict[str, Any]) -> tuple[Document[str], list[bytes], float]:
    """Apply the transactions of several authors as updates that come from elsewhere."""
    updates = _updates_of(trace)
    document = Document(TEXT)
    inbox = Inbox(document)
    start = time.perf_counter()
    for update in updates:
        inbox.apply(update)
    return document, updates, time.perf_counter() - start


def _updates_of(trace: dict[str, Any]) -> list[bytes]:
    """Return each transaction with edits as an encoded update of its agent.

    An agent who made changes on two branches at once (the collection forbids it; histories of git have it) is another
    agent on the second branch.
    """
    updates = []
    next_seq: dict[bytes, int] = {}
    latest: dict[bytes, int] = {}  # of each agent: its last transaction
    branches: dict[object, list[bytes]] = {}  # the agents that one of the trace is
    ends: list[Names] = []  # the version after each transaction
    root: Names = ()
    txns = trace["txns"]
    if trace.get("startContent"):
        root = ((b"start", len(trace["startContent"]) - 1),)
        updates.append(encode((FORMAT, b"start", 0, (), [(0, 0, trace["startContent"])])))
    for number, txn in enumerate(txns):
        parents = tuple(sorted({name for index in txn["parents"] for name in ends[index]})) or root
        edits = [tuple(patch[:3]) for patch in txn["patches"] if patch[1] or patch[2]]
        if edits:
            names = branches.setdefault(txn.get("agent", 0), [])
            agent = next((name for name in names if _has_seen(txns, txn["parents"], latest[name])), b"")
            if not agent:
                agent = b"agent-%d-%d" % (len(branches), len(names))
                names.append(agent)
            latest[agent] = number
            seq = next_seq.get(agent, 0)
            named = None if parents == ((agent, seq - 1),) else parents
            updates.append(encode((FORMAT, agent, seq, named, edits)))
            seq += sum(deleted + len(inserted) for _, deleted, inserted in edits)
            next_seq[agent] = seq
            parents = ((agent, seq - 1),)
        ends.append(parents)
    return updates


def _has_seen(txns: list[dict[str, Any]], parents: list[int], wanted: int) -> bool:
    """Whether a transaction with these parents comes after another one. Parents have smaller numbers."""
    waiting, met = list(parents), set(parents)
    while waiting:
        number = waiting.pop()
        if number == wanted:
            return True
        if number > wanted:
            fresh = [parent for parent in txns[number]["parents"] if parent not in met]
            met.update(fresh)
            waiting += fresh
    return False
