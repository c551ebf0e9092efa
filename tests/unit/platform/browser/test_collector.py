"""Collections that take long set aside what they looked at; a closed graph gives it back."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator

import pytest

from graphvine.platform.browser.collector import TOO_LONG_S, Collector


class Slow:
    """A clock on which every collection takes as long as `took`."""

    def __init__(self) -> None:
        self.took = 0.0
        self._calls = 0

    def now(self) -> float:
        self._calls += 1
        return self._calls * self.took


@pytest.fixture
def clock() -> Iterator[Slow]:
    clock = Slow()
    collector = Collector(clock.now)
    collector.start()
    yield clock
    collector.stop()


def test_short_collections_change_nothing(clock: Slow) -> None:
    before = gc.get_freeze_count()
    clock.took = TOO_LONG_S * 0.9
    gc.collect()
    assert gc.get_freeze_count() <= before  # nothing is added; what was set aside may still die


def test_a_long_one_sets_aside_what_is_there(clock: Slow) -> None:
    clock.took = TOO_LONG_S * 1.1
    before = gc.get_freeze_count()
    kept = [[each] for each in range(2_000)]
    gc.collect()
    assert gc.get_freeze_count() > before + len(kept)


def test_rings_that_were_set_aside_are_freed_when_a_graph_is_closed() -> None:
    class Node:
        ring: Node

    clock = Slow()
    collector = Collector(clock.now)
    collector.start()
    node = Node()
    node.ring = node
    seen = weakref.ref(node)
    clock.took = 1.0
    gc.collect()
    del node
    gc.collect()
    assert seen() is not None
    clock.took = 0.0
    collector.release()
    assert seen() is None
    collector.stop()
    collector.stop()
    assert gc.get_freeze_count() == 0
