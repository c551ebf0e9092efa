"""Numbers that tune links. Hard bounds are in `graphvine.limits`; these could change without a new wire version."""

from __future__ import annotations

from typing import Final

# -- back-pressure ----------------------------------------------------------------------------------------------------

# Bytes that a transport may hold unsent on one channel. Larger marks freeze a fresh Chromium connection for seconds.
HIGH_WATER_BYTES: Final = 64 * 1024
# Bytes at which a transport reports `link_drained`. Must be below the high mark, or that report never comes.
LOW_WATER_BYTES: Final = 16 * 1024
# Seconds that a full channel may make no progress. Chromium's worst cold start was measured at 13 s.
STALL_S: Final = 20.0

# -- from dial to ready -----------------------------------------------------------------------------------------------

# Seconds from the dial to an open link, and from there to both sides having proven who they are.
DIAL_TIMEOUT_S: Final = 15.0
HANDSHAKE_TIMEOUT_S: Final = 10.0
# Links of ours that may be opening at once. Twice as many may be opening because others dial us.
MAX_DIALS: Final = 8
MAX_ACCEPTS: Final = 16
# Offers that we answer: a second, and at once. Each costs a connection object that browsers free late.
ACCEPTS_PER_S: Final = 2.0
ACCEPTS_BURST: Final = 30.0

# -- retries ----------------------------------------------------------------------------------------------------------

# Wait before the first retry, doubled up to the cap; half of it is dice.
RETRY_S: Final = 1.0
MAX_RETRY_S: Final = 60.0
# Failures in a row after which we stop trying until somebody asks again.
MAX_FAILURES: Final = 8
# A link that held so long was good: losing it is answered by a dial at once, spread over so many seconds.
STABLE_S: Final = 10.0
SPREAD_S: Final = 0.3
# Seconds that we keep away from a peer that said bye, and that we refuse one whom we hung up on.
AFTER_BYE_S: Final = 10.0
QUIET_S: Final = 30.0

# -- liveness ---------------------------------------------------------------------------------------------------------

# Seconds of silence after which we ask, and after which the link is dead.
PING_AFTER_S: Final = 1.5
DEAD_AFTER_S: Final = 5.0
# Seconds between pings on a busy link, to know its round-trip time.
MEASURE_EVERY_S: Final = 10.0
# A wake so many seconds late means that we slept: the other side gets another chance, so many times in a row.
SLEPT_S: Final = 1.0
MAX_CHANCES: Final = 2

# -- signaling --------------------------------------------------------------------------------------------------------

# Bytes of one offer, answer, candidate or bye: a relay takes 12,000, sealing and its envelope need some.
MAX_SIGNAL_BYTES: Final = 11_800
# Candidates of one side of one session, and of sessions whose offer has not come yet.
MAX_CANDIDATES: Final = 64
MAX_EARLY_SESSIONS: Final = 16
# Sessions of one remote peer that we remember as over, so that a repeated offer is not answered twice.
MAX_FINISHED: Final = 8

# -- preference -------------------------------------------------------------------------------------------------------

# Kinds of transport, the best first; kinds not named come last, all alike.
PREFERRED: Final = ("tab",)
