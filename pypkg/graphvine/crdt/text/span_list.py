"""All elements that concurrent events talk about, deleted ones too, in document order, run by run.

A three-level tree (groups, leaves, spans) with two counts per node: what is visible in the *prepare* version (the one
that the next event was made in) and in the *effect* version (all that was applied). The tree finds a place by prepare
position and says the effect position of it; a sorted list of first ids finds a span by id.

Elements that were there before the tracker started have no known ids: they get negative ones (`PLACEHOLDER` and up).
"""

from __future__ import annotations

from bisect import bisect_right, insort

from graphvine.crdt.text.params import FANOUT

# Origins: the start of the document (left) or its end (right), and the unknown left origin of placeholders.
EDGE = -1
UNKNOWN = -2
PLACEHOLDER = -(2**50)


class Span:
    """A run of elements with consecutive ids that were always treated alike.

    state: in the prepare version: 0 not inserted yet, 1 visible, k > 1 deleted by k - 1 events.
    dead:  deleted in the effect version.
    left:  id of the element that the first one was inserted after, or EDGE. Each later one follows the one before.
    right: id of the element that they were all inserted before, or EDGE.
    """

    __slots__ = ("count", "dead", "id", "leaf", "left", "right", "state")

    def __init__(self, id_: int, count: int, left: int, right: int, state: int, dead: bool) -> None:
        self.id = id_
        self.count = count
        self.left = left
        self.right = right
        self.state = state
        self.dead = dead
        self.leaf: Leaf


class Leaf:
    """Up to FANOUT spans and what is visible of them. `next` is the leaf after this one."""

    __slots__ = ("current", "effect", "group", "next", "spans")

    def __init__(self, spans: list[Span]) -> None:
        self.group: Group
        self.next: Leaf | None = None
        self.take(spans)

    def take(self, spans: list[Span]) -> None:
        """Hold these spans from now on."""
        self.spans = spans
        self.current = sum(span.count for span in spans if span.state == 1)
        self.effect = sum(span.count for span in spans if not span.dead)
        for span in spans:
            span.leaf = self


class Group:
    """Up to FANOUT leaves and what is visible of them."""

    __slots__ = ("current", "effect", "leaves")

    def __init__(self, leaves: list[Leaf]) -> None:
        self.take(leaves)

    def take(self, leaves: list[Leaf]) -> None:
        """Hold these leaves from now on."""
        self.leaves = leaves
        self.current = sum(leaf.current for leaf in leaves)
        self.effect = sum(leaf.effect for leaf in leaves)
        for leaf in leaves:
            leaf.group = self


class SpanList:
    """The spans in document order.

    current, effect: elements visible in the prepare and in the effect version.
    """

    def __init__(self, placeholders: int) -> None:
        spans = [Span(PLACEHOLDER, placeholders, UNKNOWN, EDGE, 1, False)] if placeholders else []
        self.first = Leaf(spans)
        self._groups = [Group([self.first])]
        self._ids = [span.id for span in spans]
        self._span_by_id = {span.id: span for span in spans}
        self.current = self.effect = placeholders

    # -- finding ------------------------------------------------------------------------------------------------------

    def find(self, pos: int) -> tuple[Leaf, int, int, int]:
        """Return where the element at prepare position `pos` is: leaf, place in it, offset in the span, and the
        effect position of the span's start.
        """
        effect = 0
        for group in self._groups:
            if pos < group.current:
                break
            pos -= group.current
            effect += group.effect
        for leaf in group.leaves:
            if pos < leaf.current:
                break
            pos -= leaf.current
            effect += leaf.effect
        place = 0
        for span in leaf.spans:
            if span.state == 1:
                if pos < span.count:
                    break
                pos -= span.count
            if not span.dead:
                effect += span.count
            place += 1
        return leaf, place, pos, effect

    def span_of(self, id_: int) -> Span:
        """Return the span that holds an id."""
        return self._span_by_id[self._ids[bisect_right(self._ids, id_) - 1]]

    def effect_position(self, span: Span) -> int:
        """Return the effect position of a span's start."""
        leaf = span.leaf
        position = 0
        for other in leaf.spans:
            if other is span:
                break
            if not other.dead:
                position += other.count
        for sibling in leaf.group.leaves:
            if sibling is leaf:
                break
            position += sibling.effect
        for group in self._groups:
            if group is leaf.group:
                break
            position += group.effect
        return position

    def order(self, span: Span) -> tuple[int, int, int]:
        """Return a key that compares as document order does."""
        leaf = span.leaf
        return self._groups.index(leaf.group), leaf.group.leaves.index(leaf), leaf.spans.index(span)

    def spans(self) -> list[Span]:
        """Return all spans in document order."""
        return [span for group in self._groups for leaf in group.leaves for span in leaf.spans]

    # -- changing -----------------------------------------------------------------------------------------------------

    def add(self, leaf: Leaf, place: int, span: Span) -> None:
        """Put a new span into a leaf at `place`."""
        leaf.spans.insert(place, span)
        span.leaf = leaf
        self._name(span)
        if span.state == 1:
            self.count_current(leaf, span.count)
        if not span.dead:
            self.count_effect(leaf, span.count)
        if len(leaf.spans) > FANOUT:
            self._split_leaf(leaf)

    def extend(self, span: Span, count: int) -> None:
        """Let a visible span grow by `count` elements with the next ids."""
        span.count += count
        self.count_current(span.leaf, count)
        self.count_effect(span.leaf, count)

    def split(self, span: Span, offset: int) -> Span:
        """Cut a span before its element `offset`; return the second part. Neither count changes."""
        id_ = span.id + offset
        left = UNKNOWN if id_ < EDGE else id_ - 1
        rest = Span(id_, span.count - offset, left, span.right, span.state, span.dead)
        span.count = offset
        leaf = span.leaf
        leaf.spans.insert(leaf.spans.index(span) + 1, rest)
        rest.leaf = leaf
        self._name(rest)
        if len(leaf.spans) > FANOUT:
            self._split_leaf(leaf)
        return rest

    def shift(self, start: int, end: int, step: int) -> None:
        """Move the state of the elements with ids from `start` up to `end` by +1 (their event is seen) or -1 (it is
        not, any more). Ids that name no element are skipped.
        """
        ids = self._ids
        place = max(bisect_right(ids, start) - 1, 0)
        if ids[place] < start:
            span = self._span_by_id[ids[place]]
            if span.id + span.count > start:
                self.split(span, start - span.id)
            place += 1
        while place < len(ids) and ids[place] < end:
            span = self._span_by_id[ids[place]]
            if span.id + span.count > end:
                self.split(span, end - span.id)
            state = span.state
            span.state = state + step
            if state == 1:
                self.count_current(span.leaf, -span.count)
            elif span.state == 1:
                self.count_current(span.leaf, span.count)
            place += 1

    def shrink_end(self, excess: int) -> None:
        """Take `excess` placeholders off the last span, which was made too long."""
        span = self._groups[-1].leaves[-1].spans[-1]
        span.count -= excess
        self.count_current(span.leaf, -excess if span.state == 1 else 0)
        self.count_effect(span.leaf, -excess)

    def count_current(self, leaf: Leaf, change: int) -> None:
        """Note that `change` more elements of a leaf are visible in the prepare version."""
        leaf.current += change
        leaf.group.current += change
        self.current += change

    def count_effect(self, leaf: Leaf, change: int) -> None:
        """Note that `change` more elements of a leaf are visible in the effect version."""
        leaf.effect += change
        leaf.group.effect += change
        self.effect += change

    def _name(self, span: Span) -> None:
        if not self._ids or span.id > self._ids[-1]:
            self._ids.append(span.id)
        else:
            insort(self._ids, span.id)
        self._span_by_id[span.id] = span

    def _split_leaf(self, leaf: Leaf) -> None:
        half = len(leaf.spans) // 2
        right = Leaf(leaf.spans[half:])
        leaf.take(leaf.spans[:half])
        right.next, leaf.next = leaf.next, right
        group = leaf.group
        right.group = group
        group.leaves.insert(group.leaves.index(leaf) + 1, right)
        if len(group.leaves) > FANOUT:
            half = len(group.leaves) // 2
            after = Group(group.leaves[half:])
            group.take(group.leaves[:half])
            self._groups.insert(self._groups.index(group) + 1, after)
