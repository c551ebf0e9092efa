"""A peer that runs longer than its certificate holds is believed all the same."""

from __future__ import annotations

import asyncio

from tests.unit.peer.kit import Neighbourhood, run, until

from graphvine.crypto.certificate import Certificate, certificate_message
from graphvine.peer.renewal import ASK_AGAIN_MS, CERTIFICATE_MS, Renewal

PEER = b"p" * 32
START = 1_700_000_000_000
DAY_S = 24 * 3600


def test_the_author_is_asked_at_half_time_and_then_again_at_half_time() -> None:
    renewal = Renewal(PEER, Certificate(START + CERTIFICATE_MS, b"old"))
    assert renewal.due_ms == START + CERTIFICATE_MS // 2
    assert renewal.wake(renewal.due_ms - 1) == []
    now = renewal.due_ms
    (sign,) = renewal.wake(now)
    assert (sign.message, sign.as_author) == (certificate_message(PEER, now + CERTIFICATE_MS), True)
    assert renewal.wake(now) == []
    assert renewal.signed(sign.token, b"new") == Certificate(now + CERTIFICATE_MS, b"new")
    assert renewal.due_ms == now + CERTIFICATE_MS // 2


def test_without_an_answer_it_asks_again_and_takes_only_the_answer_to_its_last_question() -> None:
    renewal = Renewal(PEER, Certificate(START, b"old"))
    (first,) = renewal.wake(START)
    assert renewal.due_ms == START + ASK_AGAIN_MS
    (second,) = renewal.wake(renewal.due_ms)
    assert renewal.signed(first.token, b"late") is None
    assert renewal.signed(second.token, None) is None
    (third,) = renewal.wake(renewal.due_ms)
    assert renewal.signed(third.token, b"new") == Certificate(START + ASK_AGAIN_MS * 2 + CERTIFICATE_MS, b"new")


def test_peers_that_have_been_up_for_a_hundred_days_meet_and_see_each_other() -> None:
    async def main() -> None:
        street = Neighbourhood()
        old = await street.profile("alice").open(kind="memory")
        await asyncio.sleep(100 * DAY_S)
        old.presence.set({"name": "Alice"})
        new = await street.profile("bob").open(kind="memory")
        await until(lambda: new.status.sync.state == old.status.sync.state == "converged")
        await until(lambda: [person.values.get("name") for person in new.presence.others] == ["Alice"])
        await new.close()
        await old.close()

    run(main())
