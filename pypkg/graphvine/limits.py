"""Every hard bound on size, depth, rate and age, each with its unit and reason.

`docs/limits.md` is generated from this file: the comment block above a name is its text there.
Numbers that tune a protocol, and could change without anybody noticing, live in `<protocol>/params.py`.
"""

from __future__ import annotations

# -- names and values -------------------------------------------------------------------------------------------------

# Bytes of UTF-8 in a vertex or edge id. Ids are repeated in every operation and index.
MAX_ID_BYTES = 512
# Bytes of UTF-8 in a label, an edge type or a property name.
MAX_NAME_BYTES = 256
# Labels of one vertex.
MAX_LABELS = 64
# Properties that one operation may set. A vertex may have more, over several operations.
MAX_PROPERTIES = 1_024
# Bytes of one text or bytes value, and of one whole operation. Larger things are blobs, or several vertices.
MAX_VALUE_BYTES = 4 * 1024 * 1024
# Elements of a list value, and of all lists that one operation writes. Bytes, dates and times count for 32 of the
# others: each is checked on its own, and taking in one operation must not hold a tab.
MAX_LIST_ELEMENTS = 65_536
# Smallest and largest integer (64 bits, signed: what Cypher and every storage can hold).
MIN_INTEGER = -(2**63)
MAX_INTEGER = 2**63 - 1

# -- mergeable values -------------------------------------------------------------------------------------------------

# Bytes of one merge: what one operation says about one mergeable value.
MAX_MERGE_BYTES = 1024 * 1024
# Elements or entries that one merge may write. Each is merged on its own, so this is a few milliseconds of work.
MAX_MERGE_ENTRIES = 256
# Bytes of one element of a set: elements are repeated as keys.
MAX_ELEMENT_BYTES = 1_024
# Bytes of one value in a map or a list. Larger ones are properties of their own.
MAX_ENTRY_BYTES = 64 * 1024
# Bytes of the position of a list's element. A list whose neighbours need longer ones is spread out anew.
MAX_POSITION_BYTES = 40 * 12
# Entries of a set, map or list that readers see: the first ones in its order. More can be merged, from many writers
# at once, and come into sight as others are removed; our own writers are told before.
MAX_SHOWN_ENTRIES = MAX_LIST_ELEMENTS

# Concurrent writes of one property that are kept beside the one that won, so that they can be read.
MAX_LOSERS = 64
# Edits in one operation on a text: taking them in must not hold a tab.
MAX_TEXT_EDITS = 8_192

# -- transactions -----------------------------------------------------------------------------------------------------

# Operations in one transaction. A larger import is several transactions.
MAX_OPERATIONS = 100_000
# Bytes of one encoded transaction. It must fit in memory a few times, on a phone.
MAX_TRANSACTION_BYTES = 32 * 1024 * 1024
# Milliseconds that a stamp may lie ahead of our wall clock and still be applied at once. Clocks of phones are
# seconds apart, not minutes.
MAX_DRIFT_MS = 30_000
# Milliseconds ahead of our wall clock beyond which a transaction is refused instead of held.
MAX_HOLD_MS = 24 * 3_600_000
# Transactions held because they come from the future, and their bytes. The one furthest ahead is dropped first.
MAX_HELD = 1_000
MAX_HELD_BYTES = 16 * 1024 * 1024

# -- the wire ---------------------------------------------------------------------------------------------------------

# Bytes of one frame on a data channel: every browser takes 16 KiB, and larger frames stall fresh connections.
MAX_FRAME_BYTES = 16 * 1024
# Bytes of one message put together from frames: one transaction and its envelope.
MAX_MESSAGE_BYTES = MAX_TRANSACTION_BYTES + 64 * 1024
# Bytes of one message on channel 0, which is for what is small and urgent; larger ones go on channel 1.
MAX_CONTROL_MESSAGE_BYTES = 1024 * 1024
# Bytes that wait to be sent to one remote peer before we stop offering it bulk data, and before we hang up.
SEND_QUEUE_SOFT_BYTES = 1024 * 1024
SEND_QUEUE_HARD_BYTES = 64 * 1024 * 1024
# Bytes of an SDP description or an ICE candidate line (Chromium's descriptions have about 1 KiB).
MAX_SDP_BYTES = 12 * 1024
MAX_CANDIDATE_BYTES = 1024
# Writers (author, device slot) in one version vector. Each is about 48 bytes on the wire.
MAX_WRITERS = 20_000
# Transactions of one writer kept in mind because something before them has not come yet. Beyond, the latest are
# forgotten: the vector then says less than we know, and digests find it out.
MAX_SEQUENCE_GAPS = 2_048
# Depth of nesting in the JSON of a file that is read in. What peers send has no depth of its own; Pyodide dies for good
# at about 8,000.
MAX_DEPTH = 32
# Remote peers known, and connected at once (soft: we stop dialling; hard: we hang up on newcomers).
MAX_KNOWN_PEERS = 1_000
SOFT_CONNECTIONS = 24
HARD_CONNECTIONS = 30
# Penalty points at which a remote peer is hung up on, and seconds in which they halve.
MAX_PENALTY = 100.0
PENALTY_HALF_LIFE_S = 300.0

# People whose presence is shown, and what one of them may say: names, and bytes of all together.
MAX_PRESENT = 128
MAX_PRESENCE_VALUES = 16
MAX_PRESENCE_BYTES = 1_024

# -- storage ----------------------------------------------------------------------------------------------------------

# Bytes that a page of packed transactions aims at. Below, single puts cost too much; above, reads do.
PAGE_BYTES = 192 * 1024
# Small records that make a background compaction worthwhile, and their bytes.
COMPACT_AFTER_RECORDS = 200
COMPACT_AFTER_BYTES = 2 * 1024 * 1024

# Property indexes that one replica keeps. Each is looked at when a vertex comes or goes.
MAX_INDEXES = 64

# -- fairness ---------------------------------------------------------------------------------------------------------

# Seconds that one step of ours may hold the thread of the page; longer work is sliced.
MAX_STEP_S = 0.05
