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
