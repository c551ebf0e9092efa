"""What the tests of the query engine share: a graph to ask, and its errors."""

from __future__ import annotations

from typing import Any

import pytest
from tests.tck.graph import ScenarioGraph

from graphvine.errors import QueryError


def rows(text: str, graph: ScenarioGraph | None = None, **parameters: Any) -> list[tuple[Any, ...]]:
    return (graph or ScenarioGraph()).run(text, parameters).rows


def value(text: str, graph: ScenarioGraph | None = None, **parameters: Any) -> Any:
    ((found,),) = rows(f"RETURN {text} AS value" if not text.startswith("MATCH") else text, graph, **parameters)
    return found


def error(text: str, graph: ScenarioGraph | None = None, **parameters: Any) -> QueryError:
    with pytest.raises(QueryError) as caught:
        rows(text, graph, **parameters)
    return caught.value


def graph_of(*queries: str) -> ScenarioGraph:
    graph = ScenarioGraph()
    for query in queries:
        graph.run(query, {})
    return graph
