"""The names that others rely on: they change only on purpose."""

from __future__ import annotations

import inspect

import graphvine


def test_the_public_names_are_these():
    promised = {
        "Change", "Edge", "FormatTooNew", "Graph", "GraphClosed", "GraphvineError", "InvalidValue", "LocalError",
        "QueryError", "RelayError", "Status", "StorageBlocked", "StorageDamaged", "StorageError", "StorageFull",
        "TooLarge", "Transaction", "UnsupportedPlatform", "Vertex", "open",
    }  # fmt: skip
    assert promised <= set(graphvine.__all__)
    assert sorted(graphvine.__all__) == list(graphvine.__all__)
    assert all(hasattr(graphvine, name) for name in graphvine.__all__)
    assert graphvine.__version__


def parameters(function: object) -> list[str]:
    return [name for name in inspect.signature(function).parameters if name != "self"]  # type: ignore[arg-type]


def test_open_and_the_verbs_take_what_the_documents_say():
    signature = inspect.signature(graphvine.open)
    assert list(signature.parameters)[:4] == ["space", "identity", "relay", "storage"]
    assert all(each.kind is each.KEYWORD_ONLY for name, each in signature.parameters.items() if name != "space")
    graph, tx = graphvine.Graph, graphvine.Transaction
    for owner in (graph, tx):
        assert parameters(owner.put)[:3] == ["vertex", "properties", "labels"]
        assert parameters(owner.link)[:5] == ["source", "type", "target", "properties", "edge"]
        assert parameters(owner.delete) == ["vertex"]
        assert parameters(owner.unlink) == ["edge"]
    assert parameters(graph.get) == ["vertex", "exact"]
    assert parameters(graph.query)[:2] == ["text", "parameters"]
    assert parameters(graph.live)[:2] == ["text", "parameters"]
    assert parameters(graph.changes) == ["id", "exact"]
    assert parameters(graph.flush) == parameters(graph.close) == parameters(graph.transaction) == []
    assert isinstance(graph.status, property)


def test_everything_public_has_a_docstring():
    for name in graphvine.__all__:
        thing = getattr(graphvine, name)
        assert inspect.getdoc(thing), name
        if inspect.isclass(thing):
            for attribute, member in vars(thing).items():
                if not attribute.startswith("_") and inspect.isfunction(member):
                    assert inspect.getdoc(member), f"{name}.{attribute}"


def test_every_error_can_be_caught_by_its_kind():
    for name in graphvine.__all__:
        thing = getattr(graphvine, name)
        if inspect.isclass(thing) and issubclass(thing, Exception):
            assert issubclass(thing, graphvine.GraphvineError)
            assert thing is graphvine.GraphvineError or issubclass(thing, graphvine.LocalError)
