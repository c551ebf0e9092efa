"""`graphvine.js` for pages: the same verbs with the peer in a worker and on the page, under the site's own policy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page

from tests.browser.conftest import PREFIXES, Complaints, StaticServer

MakeContext = Callable[..., BrowserContext]
THREADS = ("worker", "main")

OPEN = """async ({base, space, options}) => {
  const { open } = await import(base + "graphvine.js");
  globalThis.graph = await open(space, { relay: null, ...options });
}"""


def opened(context: BrowserContext, base: str, space: str = "shelf", **options: Any) -> Page:
    """A page of the site with `graph` open."""
    page = context.new_page()
    page.goto(base + "blank.html")
    page.evaluate(OPEN, {"base": base, "space": space, "options": options})
    return page


@pytest.mark.parametrize("thread", THREADS)
@pytest.mark.parametrize("prefix", PREFIXES)
def test_values_of_every_kind_come_back(
    site_server: StaticServer, make_context: MakeContext, prefix: str, thread: str
) -> None:
    page = opened(make_context(), site_server.url(prefix=prefix), thread=thread)
    result = page.evaluate("""async () => {
      const properties = { text: "Ünï", whole: 30, part: 0.5, yes: true, none: null, list: [1, 2, 3],
                           bytes: new Uint8Array([0, 255]), far: 2n ** 60n };
      await graph.put("alice", properties, { labels: ["Person", "Admin"] });
      const { id, labels, properties: back } = await graph.get("alice");
      const same = Object.keys(properties).length === Object.keys(back).length
        && back.bytes instanceof Uint8Array && back.bytes.join() === "0,255" && back.far === 2n ** 60n;
      return { id, labels, same, text: back.text, none: back.none, list: back.list, part: back.part,
               absent: await graph.get("nobody") };
    }""")
    assert result == {
        "id": "alice",
        "labels": ["Admin", "Person"],
        "same": True,
        "text": "Ünï",
        "none": None,
        "list": [1, 2, 3],
        "part": 0.5,
        "absent": None,
    }


# Every kind of value as it is written, and as it is read: the same. Python's own form of each checks that it is no text.
EXACT = """async (values) => {
  const bytes = { bytes: new Uint8Array([0, 255]) };
  await graph.put("v", { ...values, ...bytes }, { labels: ["L"] });
  await graph.link("v", "T", "w", values, { edge: "e" });
  const read = async () => [await graph.get("v", { exact: true }), await graph.getEdge("e", { exact: true })];
  const [vertex, edge] = await read();
  const changed = new Promise((resolve) => graph.changes("v", (change) => change.vertex && resolve(change.vertex), undefined, { exact: true }));
  await graph.delete("v");
  await graph.transaction((tx) => {
    tx.put("v", vertex.properties, { labels: vertex.labels });
    tx.link("v", "T", "w", edge.properties, { edge: "e" });
  });
  const [again, edgeAgain] = await read();
  const rows = await graph.query("MATCH (v:L) RETURN v.date AS date, {`$date`: v.float} AS map", {}, { exact: true });
  const given = await graph.query("RETURN $p.date + duration('P1D') AS date, $p.float AS float, $p.map AS map", { p: { date: values.date, float: values.float, map: { $map: { $int: 1 } } } }, { exact: true });
  const why = await graph.why("v", "date", { exact: true });
  const snapshot = await graph.snapshot({ exact: true });
  const { bytes: block, ...properties } = again.properties;
  const wrong = await graph.put("v", { x: { $date: "soon" } }).catch((error) => error.message);
  return { first: vertex.properties.bytes.join(), block: block.join(), properties, edge: edgeAgain.properties, nested: again.edges[0].properties,
           changed: (await changed).properties.date, rows, given, why: [why.value, why.winner.value], wrong,
           snapshot: [snapshot.vertices.find(({ id }) => id === "v").properties.counter, snapshot.edges[0].properties.counter],
           python: await graph.run("v = await graph.get('v'); [type(v[n]).__name__ for n in ('date', 'dateTime', 'float', 'int', 'negative')] + [(await graph.why('v', n)).kind for n in ('counter', 'set', 'map', 'list', 'text2')]") };
}"""
VALUES = {
    "text": "Ünï",
    "whole": 30,
    "part": 0.5,
    "large": 1e300,
    "yes": True,
    "none": None,
    "int": {"$int": "9007199254740993"},
    "least": {"$int": "-9223372036854775808"},
    "float": {"$float": "2.0"},
    "negative": {"$float": "-0.0"},
    "date": {"$date": "2024-05-01"},
    "far": {"$date": "-999999999-01-01"},
    "localTime": {"$localTime": "10:00:00.000000001"},
    "time": {"$time": "10:00+00:53:28"},
    "localDateTime": {"$localDateTime": "2024-05-01T10:00"},
    "dateTime": {"$dateTime": "2024-05-01T10:00:01.5+02:00[Europe/Vienna]"},
    "duration": {"$duration": "P1Y2M-3DT4H5M6.000000007S"},
    "plain": [{"$date": "2024-05-01"}, 1, {"$float": "1.0"}, "x", None],
    "counter": {"$counter": {"$int": "9007199254740993"}},
    "set": {"$set": [{"$date": "2024-05-01"}, 1.5]},
    "map": {"$map": {"$date": [1, {"$float": "2.0"}]}},
    "list": {"$list": ["b", {"$duration": "P1D"}, "b"]},
    "text2": {"$text": "😀 hi"},
}


@pytest.mark.parametrize("thread", THREADS)
def test_exact_values_can_be_written_back(site_server: StaticServer, make_context: MakeContext, thread: str) -> None:
    page = opened(make_context(), site_server.url(), thread=thread)
    result = page.evaluate(EXACT, VALUES)
    assert result["properties"] == result["edge"] == result["nested"] == VALUES
    assert (result["first"], result["block"]) == ("0,255", "0,255")
    assert result["changed"] == VALUES["date"]
    assert result["rows"] == [{"date": VALUES["date"], "map": {"$map": {"$date": VALUES["float"]}}}]
    assert result["given"] == [
        {"date": {"$date": "2024-05-02"}, "float": VALUES["float"], "map": {"$map": {"$int": 1}}}
    ]
    assert result["why"] == [VALUES["date"]] * 2
    assert result["snapshot"] == [VALUES["counter"]] * 2
    assert result["wrong"] == "$date: 'soon' is no date."
    kinds = ["date", "datetime", "float", "int", "float", "Counter", "Set", "Map", "List", "Text"]
    assert result["python"] == kinds


@pytest.mark.parametrize("thread", THREADS)
def test_names_are_only_names(site_server: StaticServer, make_context: MakeContext, thread: str) -> None:
    """What JavaScript has words for is a property like any other, in a vertex, a row, a parameter and a map."""
    page = opened(make_context(), site_server.url(), thread=thread)
    result = page.evaluate("""async () => {
      const names = ["constructor", "__proto__", "toString", "hasOwnProperty", "valueOf", "then", "__defineGetter__"];
      const given = Object.fromEntries(names.map((name, place) => [name, place]));
      await graph.put("__proto__", given, { labels: ["constructor"] });
      await graph.link("__proto__", "constructor", "__proto__", given);
      const { id, labels, properties, edges } = await graph.get("__proto__");
      const [row] = await graph.query("UNWIND $rows AS row RETURN row AS constructor, row.constructor AS __proto__", { rows: [given] });
      const held = (object) => names.map((name) => Object.hasOwn(object, name) ? object[name] : null);
      return { id, labels, vertex: held(properties), edge: held(edges[0].properties), parameter: held(row.constructor),
               column: Object.getOwnPropertyDescriptor(row, "__proto__").value, plain: ({}).polluted ?? Object.getPrototypeOf(properties) === Object.prototype,
               refused: await graph.put("x", { when: new Date() }).then(() => null, (error) => error.name) };
    }""")
    values = list(range(7))
    assert result == {
        "id": "__proto__",
        "labels": ["constructor"],
        "vertex": values,
        "edge": values,
        "parameter": values,
        "column": 0,
        "plain": True,
        "refused": "InvalidValue",
    }


@pytest.mark.parametrize("thread", THREADS)
def test_edges_and_transactions(site_server: StaticServer, make_context: MakeContext, thread: str) -> None:
    page = opened(make_context(), site_server.url(), thread=thread)
    result = page.evaluate("""async () => {
      await graph.transaction((tx) => {
        tx.put("alice", { name: "Alice" });
        tx.put("bob", { name: "Bob" });
        tx.link("alice", "KNOWS", "bob", { since: 2024 });
      });
      const edge = await graph.link("bob", "KNOWS", "alice");
      await graph.unlink(edge);
      const failed = await graph.transaction((tx) => { tx.put("carol", {}); tx.put("", {}); })
        .then(() => null, (error) => error.name);
      const { edges } = await graph.get("alice");
      await graph.delete("bob");
      return { known: edges.map(({ type, target, properties }) => [type, target, properties.since]), failed,
               carol: await graph.get("carol"), left: (await graph.vertices()).map(({ id }) => id) };
    }""")
    assert result == {"known": [["KNOWS", "bob", 2024]], "failed": "InvalidValue", "carol": None, "left": ["alice"]}


def test_a_transaction_may_wait_and_fail_in_the_middle(site_server: StaticServer, make_context: MakeContext) -> None:
    page = opened(make_context(), site_server.url())
    result = page.evaluate("""async () => {
      await graph.put("alice", { visits: 1 });
      await graph.transaction(async (tx) => {
        const { properties } = await graph.get("alice");
        tx.put("alice", { visits: properties.visits + 1 });
      });
      const failed = await graph.transaction(async (tx) => {
        tx.put("alice", { visits: 9 });
        await graph.get("alice");
        throw new TypeError("changed my mind");
      }).then(() => null, (error) => error.message);
      return { failed, visits: (await graph.get("alice")).properties.visits, usage: Object.keys(await graph.usage()).sort() };
    }""")
    assert result == {
        "failed": "changed my mind",
        "visits": 2,
        "usage": ["is_persistent", "quota_bytes", "usage_bytes"],
    }


@pytest.mark.parametrize("thread", THREADS)
def test_errors_name_what_happened(site_server: StaticServer, make_context: MakeContext, thread: str) -> None:
    page = opened(make_context(), site_server.url(), thread=thread)
    result = page.evaluate("""async () => {
      const heard = (promise) => promise.then(() => null, (error) => [error.name, error.message, error.limit ?? null]);
      const big = await heard(graph.put("a".repeat(600), {}));
      const odd = await heard(graph.put("x", {}, { colour: "red" }));
      const python = await heard(graph.run("1 / 0"));
      const syntax = await heard(graph.run("1 +"));
      await graph.close();
      return { big, odd, python, syntax, closed: await heard(graph.get("x")) };
    }""")
    assert result["big"][0] == "TooLarge"
    assert result["big"][2] == 512
    assert result["odd"][0] == "InvalidValue"
    assert result["python"][0] == "ZeroDivisionError"
    assert result["syntax"][0] == "SyntaxError"
    assert result["closed"][0] == "GraphClosed"
    assert "open" in result["closed"][1]


@pytest.mark.parametrize("thread", THREADS)
def test_run_gives_the_json_form(site_server: StaticServer, make_context: MakeContext, thread: str) -> None:
    page = opened(make_context(), site_server.url(), thread=thread)
    assert page.evaluate("graph.run('1 + 1')") == 2
    assert page.evaluate("graph.run('x = 1')") is None
    assert page.evaluate("graph.run('None')") is None
    code = """
await graph.put("alice", {"name": "Alice", "key": b"\\x01"}, labels=["Person"])
alice = await graph.get("alice")
{"name": alice["name"], "labels": alice.labels, "vertex": alice, "tuple": (1, 2), "nan": float("nan")}
"""
    result = page.evaluate("(code) => graph.run(code)", code)
    assert result["name"] == "Alice"
    assert result["labels"] == ["Person"]
    assert result["vertex"]["properties"] == {"name": "Alice", "key": "AQ=="}
    assert result["tuple"] == [1, 2]
    assert result["nan"] is None


def test_an_aborted_query_ends_in_the_peer_and_has_written_nothing(
    site_server: StaticServer, make_context: MakeContext
) -> None:
    page = opened(make_context(), site_server.url())
    result = page.evaluate("""async () => {
      const tasks = "sum('_answer' in repr(task.get_coro()) for task in __import__('asyncio').all_tasks())";
      await graph.query("UNWIND range(1, 200) AS n CREATE (:N {n: n})");
      const before = await graph.run(tasks);
      const stop = new AbortController();
      const long = graph.query("MATCH (a), (b), (c), (d) CREATE (:Big)", {}, { signal: stop.signal }).then(() => null, ({ name }) => name);
      while ((await graph.run(tasks)) === before) await new Promise((done) => setTimeout(done, 10));
      stop.abort();
      const name = await long;
      while ((await graph.run(tasks)) > before) await new Promise((done) => setTimeout(done, 10));
      const early = await graph.query("RETURN 1 AS one", {}, { signal: stop.signal }).then(() => null, ({ name }) => name);
      const [{ count }] = await graph.query("MATCH (n) RETURN count(n) AS count", {}, { signal: new AbortController().signal });
      return { name, early, count };
    }""")
    assert result == {"name": "AbortError", "early": "AbortError", "count": 200}


@pytest.mark.parametrize("thread", THREADS)
def test_changes_arrive_until_they_are_stopped(
    site_server: StaticServer, make_context: MakeContext, thread: str
) -> None:
    page = opened(make_context(), site_server.url(), thread=thread)
    result = page.evaluate("""async () => {
      const seen = [];
      let wake;
      const next = () => new Promise((resolve) => (wake = resolve));
      const first = next();
      const stop = graph.changes("alice", (change) => { seen.push(change); wake(); });
      await graph.status(); // the answer comes after the stream has begun
      await graph.put("bob", {});
      await graph.put("alice", { age: 1 });
      await first;
      stop();
      await graph.put("alice", { age: 2 });
      await graph.status();
      return seen.map(({ kind, id, change, properties, isLocal, vertex }) =>
        [kind, id, change, properties, isLocal, vertex.properties.age]);
    }""")
    assert result == [["vertex", "alice", "put", ["age"], True, 1]]


@pytest.mark.parametrize("thread", THREADS)
def test_what_was_written_is_there_after_a_reload(
    site_server: StaticServer, make_context: MakeContext, thread: str
) -> None:
    context = make_context()
    page = opened(context, site_server.url(), thread=thread)
    author = page.evaluate("graph.put('alice', { age: 30 }).then(() => graph.status()).then(({ author }) => author)")
    page.close()
    page = opened(context, site_server.url(), thread=thread)
    assert page.evaluate("graph.get('alice').then(({ properties }) => properties.age)") == 30
    assert page.evaluate("graph.status().then(({ author }) => author)") == author


@pytest.mark.parametrize("thread", THREADS)
def test_nobody_waits_for_a_python_that_has_crashed(
    site_server: StaticServer, make_context: MakeContext, complaints: Complaints, thread: str
) -> None:
    complaints.allow("Pyodide|RangeError|call stack|fatal|error in the worker|Uncaught")
    complaints.allow(
        "Aborted|unreachable|properties of undefined"
    )  # a timer that was set before finds nobody who could hear it
    page = opened(make_context(), site_server.url(), thread=thread)
    result = page.evaluate("""async () => {
      const heard = (promise) => promise.then(() => null, ({ name, message }) => [name, message]);
      const stream = new Promise((resolve) => graph.changes(null, () => {}, (error) => resolve(error.name)));
      const crash = heard(graph.run("import json; json.loads('[' * 100_000)"));
      return { crash: await crash, stream: await stream, later: await heard(graph.get("alice")) };
    }""")
    assert result["crash"][0] == "PythonCrashed"
    assert "Reload" in result["crash"][1]
    assert result["stream"] == "PythonCrashed"
    assert result["later"][0] == "PythonCrashed"


def test_progress_never_goes_back(site_server: StaticServer, make_context: MakeContext) -> None:
    page = make_context().new_page()
    page.goto(site_server.url("blank.html"))
    seen = page.evaluate("""async () => {
      const { open } = await import("./graphvine.js");
      const seen = [];
      await open("shelf", { relay: null, storage: ":memory:", onProgress: (progress) => seen.push(progress) });
      return seen;
    }""")
    order = ["download", "start", "ready"]
    steps = [(order.index(progress["phase"]), progress["fraction"]) for progress in seen if progress["phase"] != "open"]
    downloads = [step for step in steps if step[0] == 0]
    assert downloads == sorted(downloads)
    assert steps[-1] == (2, 1)


def test_the_policy_of_every_page_forbids_strings_of_code_and_other_hosts(
    site_server: StaticServer, make_context: MakeContext, complaints: Complaints
) -> None:
    complaints.allow("Content.Security.Policy|violates")
    page = opened(make_context(), site_server.url(), storage=":memory:")
    result = page.evaluate("""async () => {
      const blocked = [];
      addEventListener("securitypolicyviolation", (event) => blocked.push(event.effectiveDirective));
      const script = document.createElement("script");
      script.textContent = "globalThis.injected = true";
      document.body.append(script);
      await fetch("http://localhost:1/").catch(() => {});
      await new Promise((resolve) => setTimeout(resolve, 50));
      return [globalThis.injected ?? null, blocked.sort()];
    }""")
    assert result[0] is None
    assert "connect-src" in result[1]
    assert any(directive.startswith("script-src") for directive in result[1])
