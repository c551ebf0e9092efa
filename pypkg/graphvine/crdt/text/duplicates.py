"""An update that is known already, in part or in whole: is it the same, and what of it is new?"""

from __future__ import annotations

from typing import Any

from graphvine.crdt.text.event_graph import EventGraph, Heads
from graphvine.crdt.text.oplog import OpLog
from graphvine.crdt.text.sequence import BACKSPACE, DELETE, INSERT, Content, Op
from graphvine.crdt.text.update import FORMAT, Update
from graphvine.errors import ProtocolViolation


def unknown_part(
    graph: EventGraph, log: OpLog[Content], update: Update[Content], parents: Heads
) -> Update[Content] | None:
    """Return the events of an update that are not known yet, or None if all are.

    The first one is known. parents: of the update, as local numbers.
    Raises ProtocolViolation if a known event is not what the update says.
    """
    agent = graph.agent(update.agent)
    known = graph.next_seq[agent] - update.seq
    seq, before = update.seq, parents
    rest: list[tuple[int, int, Content]] = []
    for op in _ops_of(update, log.empty):
        done = min(op[3], max(known, 0))
        if done:
            before = _compare(graph, log, agent, seq, _part(op, 0, done), before)
        if done < op[3]:
            rest.append(_edit_of(_part(op, done, op[3])))
        known -= op[3]
        seq += op[3]
    return Update(FORMAT, update.agent, graph.next_seq[agent], None, tuple(rest)) if rest else None


def _ops_of(update: Update[Content], empty: Content) -> list[Op]:
    ops: list[Op] = []
    for pos, deleted, content in update.edits:
        if deleted:
            ops.append((0, DELETE if deleted > 0 else BACKSPACE, pos, abs(deleted), empty))
        if content:
            ops.append((0, INSERT, pos, len(content), content))
    return ops


def _part(op: Op, start: int, end: int) -> Op:
    """Return a part of a run of events, by offsets."""
    event, kind, pos, _, content = op
    step = {INSERT: 1, DELETE: 0, BACKSPACE: -1}[kind]
    return event + start, kind, pos + step * start, end - start, content[start:end]


def _edit_of(op: Op) -> tuple[int, int, Any]:
    _, kind, pos, length, content = op
    return pos, {INSERT: 0, DELETE: length, BACKSPACE: -length}[kind], content


def _compare(graph: EventGraph, log: OpLog[Content], agent: int, seq: int, op: Op, before: Heads) -> Heads:
    """Check that known events are those of `op` and follow `before`; return the last one as heads."""
    done, length = 0, op[3]
    while done < length:
        first = graph.number(agent, seq + done)
        _, end, _, _ = graph.agent_runs(first, first + length - done)[0]
        for start, stop, parents in graph.pieces([(first, end)]):
            if parents != before:
                raise _Reused(graph.names[agent], seq + done)
            for known in log.ops(start, stop):
                if not _is_same(known, _part(op, done, done + known[3])):
                    raise _Reused(graph.names[agent], seq + done)
                done += known[3]
            before = (stop - 1,)
    return before


def _is_same(known: Op, other: Op) -> bool:
    """Whether two runs of equal length do the same. One deletion is neither forwards nor backwards."""
    if known[3] == 1 and known[1] != INSERT != other[1]:
        return known[2] == other[2]
    return known[1:] == other[1:]


class _Reused(ProtocolViolation):
    def __init__(self, agent: bytes, seq: int) -> None:
        super().__init__(f"agent {agent.hex()} has used number {seq} for two different text edits")
