"""Numbers that tune anti-entropy. Bounds that protect us live in `graphvine.limits`."""

from __future__ import annotations

from typing import Final

from graphvine.limits import SEND_QUEUE_SOFT_BYTES

# Bytes and transactions that a batch aims at. A larger transaction travels alone.
BATCH_BYTES: Final = 64 * 1024
BATCH_TRANSACTIONS: Final = 512
# Batches that were sent and not yet acknowledged as applied may hold so much. The transactions are half of what
# a receiver may keep waiting for verification.
WINDOW_BYTES: Final = SEND_QUEUE_SOFT_BYTES
WINDOW_TRANSACTIONS: Final = 2_048
# Control messages longer than this go on the bulk channel.
CONTROL_BYTES: Final = 16 * 1024

# Seconds between two checks of an unchanged pair: at least, and at most that much more.
CHECK_S: Final = 10.0
CHECK_JITTER_S: Final = 10.0
# Seconds until a look that gossip asked for, and until other peers hear that anti-entropy brought news.
NUDGE_S: Final = 0.2
NEWS_S: Final = 1.0
# Seconds without an answer after which a round is given up.
ANSWER_S: Final = 30.0
# Seconds between a round and the next while digests differ. After a round that brought nothing it is twice as long each
# time, up to the maximum.
BACKOFF_S: Final = 0.5
MAX_BACKOFF_S: Final = 320.0
# Seconds for which one pull keeps others of the same space waiting, so that a newcomer with many neighbours does not
# get everything from each of them.
TURN_S: Final = 10.0

# Live sequences of a writer in one range that are named one by one, and parts that a fuller range is cut into. A whole
# answer is looked at in one step, so more of them would hold the thread.
SINGLES: Final = 64
PARTS: Final = 32
# Ranges in one question, questions in one round, and sequences asked for in one message.
RANGES_PER_ASK: Final = 16
ASKS_PER_ROUND: Final = 64
WANTS_PER_ASK: Final = 1_024
# Repairs remembered, so that the same claim does not make us fetch the same transaction twice.
MAX_FETCHED: Final = 10_000

# What a remote peer may ask: questions a second and at once. A stream is a question, and so are each
# 64 KiB of it when it is not the first. Debt makes answers wait; a debt of the burst once more is a violation.
QUESTIONS_PER_S: Final = 10.0
QUESTIONS_BURST: Final = 200.0
# Answers to questions that we gave up, at once and a second.
STRAYS_BURST: Final = 128.0
STRAYS_PER_S: Final = 1.0
