"""A social graph from a seed, and an engine over it: for tests and for ``python -m tests.unit.query.bench``."""

from __future__ import annotations

import itertools
import random
import time
from typing import Any

from tests.tck.graph import ScenarioGraph

from graphvine.crdt.graph import GraphState
from graphvine.query.engine import Engine
from graphvine.query.run import Limits, Outside
from graphvine.store.builder import TransactionBuilder


def outside(seed: int = 7, clock: Any = time.perf_counter) -> Outside:
    ids = itertools.count(1)
    return Outside(
        now_ms=lambda: 1_700_000_000_000,
        clock=clock,
        random=random.Random(seed),
        new_id=lambda: f"n{next(ids):019}",
    )


def social_state(persons: int, friends: int = 10, seed: int = 7) -> GraphState:
    """`persons` people in 50 cities; each knows about `friends` others."""
    dice = random.Random(seed)
    graph = ScenarioGraph()
    builder = TransactionBuilder()
    for city in range(50):
        builder.put_vertex(f"c{city}", {"name": f"City {city}"}, ["City"])
    for person in range(persons):
        about = {"name": f"Person {person}", "age": dice.randrange(10, 90), "score": dice.random()}
        builder.put_vertex(f"p{person}", about, ["Person"])
        builder.put_edge(f"l{person}", "LIVES_IN", f"p{person}", f"c{dice.randrange(50)}")
        if len(builder) > 40_000:
            graph.apply(builder)
            builder = TransactionBuilder()
    graph.apply(builder)
    builder = TransactionBuilder()
    for edge in range(persons * friends // 2):
        source, target = dice.randrange(persons), dice.randrange(persons)
        if source != target:
            builder.put_edge(f"k{edge}", "KNOWS", f"p{source}", f"p{target}", {"since": dice.randrange(1990, 2025)})
        if len(builder) > 40_000:
            graph.apply(builder)
            builder = TransactionBuilder()
    graph.apply(builder)
    return graph.state


def social_engine(persons: int, **limits: Any) -> Engine:
    return Engine(social_state(persons), outside(), limits=Limits(**limits))
