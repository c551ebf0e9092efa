"""What a page may call on mergeable values: the verbs of each kind, on vertices and edges, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.peer.kit import Neighbourhood, run

from graphvine.errors import InvalidValue
from graphvine.platform.browser.mergeables import merge, read
from graphvine.platform.browser.rpc import Server


def test_every_verb_of_every_kind():
    async def main() -> None:
        graph = await Neighbourhood().profile("alice").open()
        await merge(graph, "counter", "v", "n", "add", [])
        await merge(graph, "counter", "v", "n", "add", [2])
        await merge(graph, "set", "v", "s", "add", ["a", "b"])
        await merge(graph, "set", "v", "s", "discard", ["a"])
        await merge(graph, "map", "v", "m", "put", [{"k": 1, "l": 2}])
        await merge(graph, "map", "v", "m", "remove", ["k"])
        for verb, args in (("append", ["a", "c"]), ("insert", [1, "b"]), ("replace", [0, "A"]), ("move", [0, 2])):
            await merge(graph, "list", "v", "l", verb, args)
        await merge(graph, "list", "v", "l", "delete", [0])
        assert [await read(graph, kind, "v", kind[0] if kind != "counter" else "n") for kind in KINDS] == [
            3,
            ["b"],
            {"l": 2},
            ["c", "A"],
        ]
        await graph.link("v", "T", "w", edge="e")
        await merge(graph, "counter", {"edge": "e"}, "n", "add", [7])
        assert await read(graph, "counter", {"edge": "e"}, "n") == 7
        await graph.close()

    run(main())


KINDS = ("counter", "set", "map", "list")


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (("number", "v", "n", "add", []), "no mergeable value of kind 'number'"),
        (("__init__", "v", "n", "add", []), "no mergeable value of kind"),
        (("counter", "v", "n", "__class__", []), "A counter has no verb '__class__'; it has add"),
        (("counter", 5, "n", "add", []), "Name a vertex by its id"),
        (("counter", {"vertex": "v"}, "n", "add", []), "Name a vertex by its id"),
        (("counter", {"edge": "nobody"}, "n", "add", []), "no edge 'nobody'"),
        (("list", "v", "n", "move", [1]), "list.move: .*argument"),
    ],
)
def test_anything_else_is_refused_with_a_reason(call: tuple[Any, ...], message: str):
    async def main() -> None:
        graph = await Neighbourhood().profile("alice").open()
        with pytest.raises(InvalidValue, match=message):
            await merge(graph, *call)
        await graph.close()

    run(main())


def test_a_transaction_of_a_page_merges_too():
    async def main() -> None:
        graph = await Neighbourhood().profile("alice").open()
        posted: list[dict[str, Any]] = []
        server = Server(None, None, posted.append)  # type: ignore[arg-type]
        server._graphs[1] = (graph, None)  # type: ignore[assignment]
        steps = [["put", "v", {"a": 1}, {}], ["merge", "counter", "v", "n", "add", [2]]]
        await server._perform(1, "transaction", 1, [steps])
        assert (await graph.get("v")).properties == {"a": 1, "n": 2}
        assert await server._perform(2, "merged", 1, ["counter", "v", "n"]) == 2
        await server._perform(3, "merge", 1, ["counter", "v", "n", "add", [1]])
        assert (await graph.get("v")).properties == {"a": 1, "n": 3}
        await graph.close()

    run(main())
