from __future__ import annotations

import random

import pytest

from graphvine.crdt.text import span_list as span_list_module
from graphvine.crdt.text.span_list import EDGE, Span, SpanList


class Naive:
    """One entry per element: [id, state, dead]."""

    def __init__(self, spans: SpanList) -> None:
        self.elements = [
            [span.id + offset, span.state, span.dead] for span in spans.spans() for offset in range(span.count)
        ]

    def prepared(self) -> list[int]:
        return [id_ for id_, state, _ in self.elements if state == 1]

    def effect_position(self, wanted: int) -> int:
        position = 0
        for id_, _, dead in self.elements:
            if id_ == wanted:
                return position
            position += not dead
        raise KeyError(wanted)


def check(spans: SpanList) -> None:
    """All counts and places agree with a plain list."""
    naive = Naive(spans)
    visible = naive.prepared()
    assert spans.current == len(visible)
    assert spans.effect == sum(not dead for _, _, dead in naive.elements)
    for pos, id_ in enumerate(visible):
        leaf, place, offset, effect = spans.find(pos)
        span = leaf.spans[place]
        assert span.id + offset == id_
        assert effect == naive.effect_position(span.id) == spans.effect_position(span)
        assert spans.span_of(id_) is span
    in_order = spans.spans()
    assert [spans.order(span) for span in in_order] == sorted(spans.order(span) for span in in_order)


def add_anywhere(spans: SpanList, dice: random.Random, next_id: int) -> int:
    """Add a span after some visible element; return the next free id."""
    leaf, place = spans.first, 0
    if spans.current:
        leaf, place, offset, _ = spans.find(dice.randrange(spans.current))
        span = leaf.spans[place]
        if offset:
            spans.split(span, offset)
        leaf = span.leaf
        place = leaf.spans.index(span) + 1
    count = dice.randint(1, 4)
    spans.add(leaf, place, Span(next_id, count, EDGE, EDGE, 1, False))
    return next_id + count


@pytest.mark.parametrize("fanout", [2, 4, 32])
def test_the_tree_counts_like_a_list(fanout: int, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(span_list_module, "FANOUT", fanout)
    dice = random.Random(f"spans {fanout} {seed}")
    spans = SpanList(dice.choice([0, 7]))
    next_id = 0
    for step in range(120):
        kind = dice.random()
        if kind < 0.5 or not spans.spans():
            next_id = add_anywhere(spans, dice, next_id)
        elif kind < 0.6:
            span = dice.choice(spans.spans())
            if span.state == 1 and not span.dead and span.id + span.count == next_id:
                spans.extend(span, 2)
                next_id += 2
        elif kind < 0.7:
            span = dice.choice(spans.spans())
            if not span.dead:
                span.dead = True
                spans.count_effect(span.leaf, -span.count)
        elif next_id:
            start = dice.randrange(next_id)
            end = dice.randint(start + 1, min(next_id, start + 6))
            states = [state for id_, state, _ in Naive(spans).elements if start <= id_ < end]
            spans.shift(start, end, -1 if min(states) > 0 and dice.random() < 0.6 else 1)
        if step % 6 == 0:
            check(spans)
    check(spans)


def test_placeholders_that_were_too_many_go() -> None:
    spans = SpanList(1_000)
    leaf, place, offset, _ = spans.find(10)
    spans.split(leaf.spans[place], offset)
    spans.shrink_end(985)
    assert (spans.current, spans.effect) == (15, 15)
    check(spans)


def test_a_span_cut_in_two_keeps_its_origins() -> None:
    spans = SpanList(0)
    spans.add(spans.first, 0, Span(5, 4, 3, 2, 1, False))
    rest = spans.split(spans.span_of(6), 2)
    assert [(span.id, span.count, span.left, span.right) for span in spans.spans()] == [(5, 2, 3, 2), (7, 2, 6, 2)]
    assert spans.span_of(8) is rest
