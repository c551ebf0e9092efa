"""Bounds and tuning numbers of the text engine."""

from __future__ import annotations

from typing import Final

from graphvine.limits import MAX_VALUE_BYTES, MAX_WRITERS

# Bytes of an agent's name: (author, writer) is 40.
MAX_AGENT_BYTES: Final = 64
# Agents in one document. Each costs a name and a few lists.
MAX_AGENTS: Final = MAX_WRITERS
# Bytes of one encoded update, and of all the text in it.
MAX_UPDATE_BYTES: Final = MAX_VALUE_BYTES
# Edits in one update. Everything beyond goes into the next one.
MAX_EDITS: Final = 65_536
# Versions that one update may merge: the agents who typed at once. All of them, or nobody could merge them any more.
MAX_PARENTS: Final = MAX_AGENTS
# Largest sequence number, position and count on the wire.
MAX_NUMBER: Final = 2**40
# Updates held because something they build on is missing, and their bytes. The oldest is dropped first.
MAX_HELD: Final = 1_000
MAX_HELD_BYTES: Final = 4 * 1024 * 1024
# Events and elements in one stored document: what a file may claim before we believe it.
MAX_EVENTS: Final = 2**28

# Elements of one piece of the rope. Below, moving costs too much; above, copying does.
CHUNK: Final = 2_048
# Characters after which a growing run of typing starts a new row: appending copies the row.
MAX_RUN: Final = 1_024
# Children of a leaf and of a group in the tracker.
FANOUT: Final = 32
# Steps that can be undone.
MAX_UNDO: Final = 1_000
# Events without concurrency after which a sleeping tracker is dropped.
IDLE_EVENTS: Final = 4_096
