"""Values that merge, and reasons, from the JavaScript of a page: two tabs of one browser that count at once."""

from __future__ import annotations

from tests.browser.conftest import StaticServer
from tests.browser.opened_page import until
from tests.browser.test_javascript import MakeContext, opened


def test_every_kind_in_javascript(site_server: StaticServer, make_context: MakeContext) -> None:
    page = opened(make_context(), site_server.url())
    result = page.evaluate("""async () => {
      await graph.put("v", { plain: 1 }, { labels: ["L"] });
      await Promise.all([1, 2, 3].map((amount) => graph.counter("v", "n").add(amount)));
      await graph.set("v", "s").add("b", "a", "b");
      await graph.set("v", "s").discard("b");
      await graph.map("v", "m").put({ k: [1, 2], l: "x" });
      await graph.map("v", "m").remove("l");
      await graph.list("v", "l").append("x", "y", "z");
      await graph.list("v", "l").move(0, -1);
      await graph.link("v", "T", "w", {}, { edge: "e" });
      await graph.transaction((tx) => {
        tx.counter({ edge: "e" }, "n").add(5);
        tx.list("v", "l").replace(0, "Y");
      });
      const wrong = await graph.list("v", "l").replace(7, "x").catch((error) => error.message);
      const { properties } = await graph.get("v");
      const rows = await graph.query("MATCH (v:L) RETURN v.n + 1 AS n, v.m.k[1] AS k, size(v.l) AS c");
      return { properties, rows, wrong, edge: await graph.counter({ edge: "e" }, "n").value() };
    }""")
    assert result == {
        "properties": {"plain": 1, "n": 6, "s": ["a"], "m": {"k": [1, 2]}, "l": ["Y", "z", "x"]},
        "rows": [{"n": 7, "k": 2, "c": 3}],
        "wrong": "There is no index 7 in this list: it has 3 elements.",
        "edge": 5,
    }


def test_two_tabs_count_at_once_and_a_page_can_ask_why(site_server: StaticServer, make_context: MakeContext) -> None:
    context = make_context()
    pages = [opened(context, site_server.url(), space="counting") for _ in range(2)]
    for page in pages:
        page.evaluate("() => { for (let n = 0; n < 20; n++) graph.counter('v', 'n').add(1); }")
    for page in pages:
        until(page, "async () => (await graph.counter('v', 'n').value()) === 40")
        why = page.evaluate("() => graph.why('v', 'n')")
        assert (why["value"], why["kind"]) == (40, "Counter")
        assert sorted(write["value"]["total"] for write in why["contributions"]) == [20, 20]
        assert why["text"].startswith("v.n is 40, a Counter\n  counts  merge of {'total': 20} by ")
    assert pages[0].evaluate("() => graph.losers('v', 'n')") == []
    assert pages[0].evaluate("() => graph.why('nobody', 'n')")["kind"] == "nothing"


def test_put_begins_values_and_a_transaction_edits_a_text(site_server: StaticServer, make_context: MakeContext) -> None:
    page = opened(make_context(), site_server.url())
    result = page.evaluate("""async () => {
      const { shared } = await import("./graphvine.js");
      const values = () => ({
        n: shared.counter(2), s: shared.set(new Set(["b", "a"])), m: shared.map(new Map([["k", 1]])), l: shared.list(["x"]),
        t: shared.text("😀 hi"), plain: 1,
      });
      await graph.put("v", values());
      await graph.link("v", "T", "w", { n: shared.counter() }, { edge: "e" });
      await graph.transaction((tx) => {
        tx.put("v", values());
        tx.text("v", "t").insert(2, "!");
        tx.text("v", "t").replace(4, 2, "ho");
        tx.text("v", "t").delete(0, 2);
      });
      const wrong = await graph.put("v", { n: shared.counter("2") }).catch((error) => error.message);
      const { properties } = await graph.get("v");
      return { properties, wrong, edge: (await graph.getEdge("e")).properties };
    }""")
    assert result == {
        "properties": {"n": 4, "s": ["a", "b"], "m": {"k": 1}, "l": ["x", "x"], "t": "! ho", "plain": 1},
        "wrong": "$counter takes a whole number, not '2'.",
        "edge": {"n": 0},
    }
