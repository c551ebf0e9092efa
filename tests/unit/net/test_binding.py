from __future__ import annotations

import pytest

from graphvine.net.binding import fingerprints, link_binding

ALICE = "v=0\r\na=fingerprint:sha-256 AA:01\r\nm=application\r\na=fingerprint:sha-256 AA:01\r\n"
BOB = "v=0\r\na=fingerprint:sha-256 BB:02\r\n"
MALLORY = "v=0\r\na=fingerprint:sha-256 EE:99\r\n"


def test_both_ends_compute_the_same() -> None:
    assert link_binding(ALICE, BOB) == link_binding(BOB, ALICE)
    assert len(link_binding(ALICE, BOB)) == 32


def test_spelling_and_repetition_do_not_matter() -> None:
    other = "v=0\na=FINGERPRINT:SHA-256  aa:01  \n"
    assert link_binding(other, BOB) == link_binding(ALICE, BOB)


@pytest.mark.parametrize(
    "seen",
    [
        MALLORY,
        BOB + "a=fingerprint:sha-256 EE:99\r\n",
        "a=fingerprint:sha-256 EE:99\r\n" + BOB,
        BOB.replace("sha-256", "sha-1"),
    ],
)
def test_a_relay_that_swaps_or_adds_a_fingerprint_changes_it(seen: str) -> None:
    assert link_binding(ALICE, seen) != link_binding(ALICE, BOB)


def test_two_middles_do_not_cancel_out() -> None:
    assert link_binding(ALICE, MALLORY) != link_binding(MALLORY, BOB)


def test_fingerprints_do_not_wander_between_the_ends() -> None:
    both = ALICE + "a=fingerprint:sha-256 CC:03\r\n"
    moved = BOB + "a=fingerprint:sha-256 CC:03\r\n"
    assert link_binding(both, BOB) != link_binding(ALICE, moved)


@pytest.mark.parametrize("sdp", ["", "v=0\r\n", "a=fingerprint\r\n", "x a=fingerprint:sha-256 AA\r\n"])
def test_a_description_without_fingerprint_binds_nothing(sdp: str) -> None:
    assert link_binding(ALICE, sdp) == b""
    assert link_binding(sdp, ALICE) == b""


def test_all_algorithms_count() -> None:
    sdp = "a=fingerprint:sha-512 CC\r\na=fingerprint:sha-256 AA\r\na=fingerprint:sha-256 BB\r\n"
    assert fingerprints(sdp) == ("sha-256 aa", "sha-256 bb", "sha-512 cc")
