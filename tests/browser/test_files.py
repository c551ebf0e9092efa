"""Files in and out of a page: `graph.export` and `graph.import`, in a worker and on the main thread."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext

from tests.browser.conftest import StaticServer
from tests.browser.test_javascript import THREADS, opened

MakeContext = Callable[..., BrowserContext]

FILL = """async () => {
  await graph.transaction((tx) => {
    for (let n = 0; n < 3000; n++) tx.put(`v${n}`, { name: `näme ${n}`, n, half: n / 2 }, { labels: ["Thing"] });
    for (let n = 1; n < 3000; n++) tx.link(`v${n}`, "NEXT", `v${n - 1}`, { n });
  });
}"""
ROUND = """async (format) => {
  const seen = [];
  const stream = graph.export(format, { onProgress: (progress) => seen.push(progress.fraction) });
  const blob = await new Response(stream).blob();
  const written = await stream.summary;
  const { open } = await import(BASE + "graphvine.js");
  const same = await open("another shelf", { relay: null, storage: ":memory:" });
  const taken = [];
  const file = new File([blob], `wiki.${{ csv: "csv.zip", gun: "gun.json" }[format] ?? format}`);
  const read = await same.import(file, { asNew: format === "graphvine", onProgress: ({ bytes, fraction }) => taken.push([bytes, fraction]) });
  const text = ({ vertices, edges }) => JSON.stringify([
    vertices.map(({ id, labels, properties }) => [id, labels, properties]).sort(),
    edges.map(({ id, type, source, target, properties }) => [id, type, source, target, format === "gun" ? {} : properties]).sort()]); // GUN's links have no properties
  const isSame = text(await same.snapshot()) === text(await graph.snapshot());
  await same.close();
  return { isSame, written, read, size: blob.size, rises: seen.every((x, i) => !i || x >= seen[i - 1]), steps: seen.length,
           last: taken.at(-1) };
}"""


@pytest.mark.parametrize("thread", THREADS)
@pytest.mark.parametrize("format", ["graphvine", "cypher", "graphml", "jsonld", "csv", "gun"])
def test_a_graph_goes_out_and_comes_back(
    site_server: StaticServer, make_context: MakeContext, format: str, thread: str
) -> None:
    page = opened(make_context(), site_server.url(), thread=thread)
    page.evaluate(f"globalThis.BASE = {site_server.url()!r}")
    page.evaluate(FILL)
    result = page.evaluate(ROUND, format)
    assert result["isSame"]
    left_out = {"properties of edges: left out": 2999} if format == "gun" else {}
    assert result["written"]["warnings"] == left_out
    assert (result["written"]["vertices"], result["written"]["edges"]) == (3000, 2999)
    assert (result["read"]["vertices"], result["read"]["edges"]) == (3000, 2999)
    assert result["written"]["bytes"] == result["read"]["bytes"] == result["size"]
    assert result["rises"]
    assert result["steps"] > 2
    assert result["last"] == [result["size"], 1]


def test_an_import_that_is_aborted_leaves_whole_transactions(
    site_server: StaticServer, make_context: MakeContext
) -> None:
    page = opened(make_context(), site_server.url())
    result = page.evaluate("""async () => {
      const rows = Array.from({ length: 40000 }, (_, n) => `{_id: 'v${n}', properties: {n: ${n}}}`);
      const statements = [];
      for (let n = 0; n < rows.length; n += 500)
        statements.push(`UNWIND [${rows.slice(n, n + 500)}] AS row MERGE (v {_id: row._id}) SET v += row.properties;`);
      const stop = new AbortController();
      const error = await graph.import(statements.join("\\n"), {
        format: "cypher", signal: stop.signal, onProgress: ({ vertices }) => vertices > 1000 && stop.abort() })
        .then(() => null, ({ name }) => name);
      const before = (await graph.vertices()).length;
      await graph.put("still works", {});
      return { error, before };
    }""")
    assert result["error"] == "AbortError"
    assert 1000 < result["before"] < 40000
    assert result["before"] % 500 == 0


def test_a_wrong_file_says_where_and_a_cancelled_export_ends(
    site_server: StaticServer, make_context: MakeContext
) -> None:
    page = opened(make_context(), site_server.url())
    page.evaluate(FILL)
    result = page.evaluate("""async () => {
      const wrong = await graph.import("CREATE (a {_id: 'one'});\\nCREATE (b;\\n", { name: "x.cypher" })
        .then(() => null, ({ name, line, vertices }) => ({ name, line, vertices }));
      const unknown = await graph.import("what is this", {}).then(() => null, ({ name, message }) => ({ name, message }));
      const format = await graph.export("docx").getReader().read().then(() => null, ({ name }) => name);
      const reader = graph.export("cypher").getReader();
      const { value } = await reader.read();
      await reader.cancel();
      const refused = await graph.import(5).then(() => null, ({ name }) => name);
      return { wrong, unknown, format, refused, chunk: value.length > 0, one: (await graph.get("one")).id };
    }""")
    assert result["wrong"] == {"name": "FileError", "line": 2, "vertices": 1}
    assert result["unknown"]["name"] == "FileError"
    assert "Name its format" in result["unknown"]["message"]
    assert (result["format"], result["refused"]) == ("InvalidValue", "TypeError")
    assert (result["chunk"], result["one"]) == (True, "one")
