from __future__ import annotations

import random

from graphvine.crdt.text.event_graph import EventGraph


def diamond() -> EventGraph:
    """0-1 | 2-3 and 4-5 side by side | 6 merges | 7."""
    graph = EventGraph()
    one, two = graph.agent(b"one"), graph.agent(b"two")
    graph.add(one, 2, ())
    graph.add(one, 2, (1,))
    graph.add(two, 2, (1,))
    graph.add(one, 1, (3, 5))
    graph.add(one, 1, (6,))
    return graph


def random_graph(dice: random.Random, size: int) -> tuple[EventGraph, list[set[int]]]:
    """A graph, and for each event the set of its ancestors with itself."""
    graph = EventGraph()
    closure: list[set[int]] = []
    for index in range(size):
        agent = graph.agent(b"%d" % dice.randrange(4))
        picked = [dice.randrange(max(0, index - 12), index) for _ in range(dice.choice([1, 1, 2, 3]))] if index else []
        if index and dice.random() < 0.5:
            picked = [index - 1]
        parents = graph.minimal(picked)
        graph.add(agent, 1, parents)
        closure.append({index}.union(*(closure[parent] for parent in parents)))
    return graph, closure


def expand(ranges: list[tuple[int, int]]) -> set[int]:
    return {number for start, end in ranges for number in range(start, end)}


def test_runs_grow_while_events_follow_each_other() -> None:
    graph = diamond()
    assert graph.starts == [0, 4, 6]
    assert graph.parents == [(), (1,), (3, 5)]
    assert graph.solo == [True, False, True]
    assert graph.heads == (7,)
    assert graph.agent_runs(1, 8) == [(1, 4, 0, 1), (4, 6, 1, 0), (6, 8, 0, 4)]


def test_names_and_numbers() -> None:
    graph = diamond()
    assert [graph.name_of(number) for number in (0, 3, 4, 6)] == [(0, 0), (0, 3), (1, 0), (0, 4)]
    for number in range(graph.size):
        assert graph.number(*graph.name_of(number)) == number
    assert graph.next_seq == [6, 2]
    assert graph.last == [7, 5]
    assert graph.known_agent(b"three") is None
    assert graph.events_of(0, 3) == [(3, 4), (6, 8)]
    assert graph.events_of(0, 6) == graph.events_of(1, 2) == []
    assert graph.events_of(1, 0) == [(4, 6)]


def test_differences_are_those_of_sets(seed: int) -> None:
    dice = random.Random(f"graph {seed}")
    for _ in range(40):
        graph, closure = random_graph(dice, 40)
        for _ in range(20):
            a = graph.minimal([dice.randrange(40) for _ in range(dice.randint(0, 3))])
            b = graph.minimal([dice.randrange(40) for _ in range(dice.randint(0, 3))])
            in_a = set().union(*(closure[head] for head in a))
            in_b = set().union(*(closure[head] for head in b))
            only_a, only_b = graph.difference(a, b)
            assert (expand(only_a), expand(only_b)) == (in_a - in_b, in_b - in_a)
            for ranges in (only_a, only_b):
                assert ranges == sorted(ranges, reverse=True)
            number = dice.randrange(40)
            assert graph.contains(a, number) == (number in in_a)
            assert expand(graph.ancestors(a)) == in_a


def test_minimal_heads_have_no_ancestors_among_them(seed: int) -> None:
    dice = random.Random(f"heads {seed}")
    graph, closure = random_graph(dice, 60)
    for _ in range(100):
        picked = [dice.randrange(60) for _ in range(4)]
        heads = graph.minimal(picked)
        assert set().union(*(closure[head] for head in heads)) == set().union(*(closure[head] for head in picked))
        assert not any(a in closure[b] for a in heads for b in heads if a != b)


def test_critical_versions_have_nothing_concurrent_across_them(seed: int) -> None:
    dice = random.Random(f"critical {seed}")
    for _ in range(30):
        graph, closure = random_graph(dice, 30)
        critical = [
            number
            for number in range(30)
            if closure[number] == set(range(number + 1))
            and all(number in closure[later] for later in range(number + 1, 30))
        ]
        for limit in range(-1, 30):
            assert graph.last_critical(limit) == max((number for number in critical if number <= limit), default=-1)


def test_pieces_know_their_parents() -> None:
    graph = diamond()
    assert graph.pieces([(1, 5), (5, 7)]) == [(1, 4, (0,)), (4, 5, (1,)), (5, 6, (4,)), (6, 7, (3, 5))]


def test_an_older_graph_goes_first() -> None:
    whole = diamond()
    past, rest = EventGraph(), EventGraph()
    for graph in (past, rest):
        graph.agent(b"one")
        graph.agent(b"two")
    past.add(0, 4, ())
    past.add(1, 2, (1,))
    rest.size, rest.heads, rest.next_seq, rest.last = 6, past.heads, list(past.next_seq), list(past.last)
    three = rest.agent(b"three")
    rest.add(0, 2, (3, 5))
    rest.add(three, 1, (7,))
    rest.prepend(past)
    whole.add(whole.agent(b"three"), 1, (7,))
    assert (rest.starts, rest.parents, rest.solo) == (whole.starts, whole.parents, whole.solo)
    assert [rest.number(*rest.name_of(number)) for number in range(9)] == list(range(9))
