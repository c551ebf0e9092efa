"""Numbers that tune gossip."""

from __future__ import annotations

from typing import Final

# Larger messages go on the bulk channel.
CONTROL_BYTES: Final = 32 * 1024
# Messages remembered, by content hash, and for how many seconds.
MAX_SEEN: Final = 16_384
SEEN_S: Final = 120.0
# What a message costs on top of its bytes.
OVERHEAD_BYTES: Final = 512
# Bytes that we gossip to one peer: a second, and at once. Beyond, it is skipped, and anti-entropy takes over.
SEND_BYTES_PER_S: Final = 1024 * 1024.0
SEND_BURST_BYTES: Final = 4 * 1024 * 1024.0
# Bytes that one peer may gossip to us. Far more than an honest one sends, also after its link was stuck for a while.
RECEIVE_BYTES_PER_S: Final = 2 * SEND_BYTES_PER_S
RECEIVE_BURST_BYTES: Final = 4 * SEND_BURST_BYTES
# A transaction longer than this is not gossiped at all.
MAX_GOSSIP_BYTES: Final = 1024 * 1024

# -- presence ---------------------------------------------------------------------------------------------------------

# Seconds between two facts of ours, and after which we repeat one; seconds for which a fact lasts.
PRESENCE_EVERY_S: Final = 0.1
PRESENCE_AGAIN_S: Final = 12.0
PRESENCE_LASTS_S: Final = 40.0
# Milliseconds that a fact's time may be away from our own clock. Within it, times of the last facts are remembered: of
# so many peers.
PRESENCE_WINDOW_MS: Final = 10 * 60_000
PRESENCE_REMEMBERED: Final = 4_096
# Bytes of presence that we send to one peer, and that we take from one: a second, and at once. What is beyond is
# dropped: the next fact says more.
PRESENCE_SEND_PER_S: Final = 64 * 1024.0
PRESENCE_SEND_BURST: Final = 256 * 1024.0
PRESENCE_RECEIVE_PER_S: Final = 2 * PRESENCE_SEND_PER_S
PRESENCE_RECEIVE_BURST: Final = 2 * PRESENCE_SEND_BURST
# Facts of one peer that we pass on: a second, and at once.
PRESENCE_FACTS_PER_S: Final = 2 / PRESENCE_EVERY_S
PRESENCE_FACTS_BURST: Final = 20.0
# People that one neighbour may tell us of, and facts of one neighbour that are being checked.
PRESENCE_INTRODUCED: Final = 48
PRESENCE_CHECKING: Final = 64
