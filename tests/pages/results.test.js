import assert from "node:assert/strict";
import { test } from "node:test";
import { QueryHistory } from "../../site/pages/console/history.js";
import { compareValues, countersText, entitiesOf, lineOf, placeIn, shapeOf, toCsv, toJson, withSurroundings } from "../../site/pages/console/results.js";

const ada = { kind: "vertex", id: "a", labels: ["P"], properties: { name: "Ada" } };
const bob = { kind: "vertex", id: "b", labels: [], properties: {} };
const knows = { kind: "edge", id: "e", type: "KNOWS", source: "a", target: "b", properties: { since: 1 } };
const path = { kind: "path", vertices: [ada, bob], edges: [knows] };

test("vertices and edges are found wherever they hide", () => {
  const { vertices, edges } = entitiesOf([[1, null, [ada]], [{ kind: "map", entries: { x: [knows] } }, new Uint8Array(2), "text"]]);
  assert.deepEqual([[...vertices], [...edges]], [["a"], ["e"]]);
  const deep = entitiesOf([[path]]);
  assert.deepEqual([[...deep.vertices], [...deep.edges]], [["a", "b"], ["e"]]);
});

test("a property map that looks like a vertex is none", () => {
  assert.equal(entitiesOf([[{ kind: "map", entries: { kind: "vertex", id: "a" } }]]).vertices.size, 0);
});

test("edges bring their ends, vertices alone the edges between them, and what is gone is left out", () => {
  const mirror = {
    vertices: new Map([["a", ada], ["b", bob]]),
    edge: (id) => (id === "e" ? knows : null),
    isWhole: () => true,
    edgesAt: () => [knows],
  };
  const shown = (found) => { const { vertices, edges } = withSurroundings(found, mirror); return [[...vertices], [...edges]]; };
  assert.deepEqual(shown({ vertices: new Set(), edges: new Set(["e", "gone"]) }), [["a", "b"], ["e"]]);
  assert.deepEqual(shown({ vertices: new Set(["a", "b", "gone"]), edges: new Set() }), [["a", "b"], ["e"]]);
  assert.deepEqual(shown({ vertices: new Set(["a"]), edges: new Set() }), [["a"], []]);
});

test("values in a line", () => {
  assert.deepEqual([null, true, 1n, [1, "a"], ada, knows, path, { kind: "map", entries: { a: bob } }].map(lineOf), ["null", "true", "1", "[1, a]", "Ada", "KNOWS", "Ada → b", "{a: b}"]);
});

test("CSV by the book, with nothing that a spreadsheet would run", () => {
  assert.equal(toCsv(["a", "b,c"], [[1, "x\"y"], [null, "=1+1"], [-5, " z"], [[1], ada]]),
    'a,"b,c"\r\n1,"x""y"\r\n,\'=1+1\r\n-5," z"\r\n[1],"{""id"":""a"",""labels"":[""P""],""properties"":{""name"":""Ada""}}"\r\n');
});

test("JSON without tags, large integers as text", () => {
  assert.deepEqual(JSON.parse(toJson(["n", "big", "bytes", "nan"], [[knows, 2n ** 60n, new Uint8Array([1, 2]), NaN]])),
    [{ n: { id: "e", type: "KNOWS", source: "a", target: "b", properties: { since: 1 } }, big: "1152921504606846976", bytes: "AQI=", nan: null }]);
});

test("exact values read, sort and travel as what they are", () => {
  const [day, big, two] = [{ $date: "2024-05-01" }, { $int: "1152921504606846976" }, { $float: "2.0" }];
  assert.deepEqual([day, big, two, [day], { kind: "map", entries: { d: day } }].map(lineOf), ["2024-05-01", "1152921504606846976", "2.0", "[2024-05-01]", "{d: 2024-05-01}"]);
  assert.deepEqual(JSON.parse(toJson(["d", "b", "t"], [[day, big, two]])), [{ d: "2024-05-01", b: "1152921504606846976", t: 2 }]);
  assert.equal(toCsv(["d", "n", "p"], [[day, { $int: "-9007199254740993" }, { $duration: "-PT1S" }]]), "d,n,p\r\n2024-05-01,-9007199254740993,'-PT1S\r\n");
  assert.equal(shapeOf(["n"], [[two]]), "number");
  assert.equal(shapeOf(["d", "n"], [[day, big]]), "bars");
  assert.deepEqual([big, 3, two].sort(compareValues), [two, 3, big]);
  assert.deepEqual(entitiesOf([[day, { $map: { kind: 1 } }]]).vertices.size, 0);
});

test("what a query changed, in words", () => {
  assert.equal(countersText({ vertices_created: 3, properties_set: 1 }), "3 vertices created, 1 property set");
  assert.equal(countersText({}), "");
  const written = [{ before: { properties: { a: 1, b: 2, c: 3 } }, after: { properties: { a: 2, b: 2, d: 1 } } }, { before: null, after: { properties: { a: 1 } } }];
  assert.equal(countersText({ properties_set: 3, properties_removed: 2 }, written), "3 properties set, 1 property removed");
  assert.equal(countersText({ properties_set: 1, properties_removed: 1 }, [{ before: { properties: { a: 1 } }, after: { properties: { a: 2 } } }]), "1 property set");
});

test("how live rows are shown", () => {
  assert.equal(shapeOf(["n"], [[77]]), "number");
  assert.equal(shapeOf(["n"], [["x"]]), "table");
  assert.equal(shapeOf(["g", "n"], [["a", 1], [null, 2n]]), "bars");
  assert.equal(shapeOf(["g", "n"], [["a", -1]]), "table");
  assert.equal(shapeOf(["g", "n"], []), "table");
});

test("order of the table: numbers, then the rest by text, null last", () => {
  assert.deepEqual([null, "b", 10, 9n, "a", true, 1.5].sort(compareValues), [1.5, 9n, 10, "a", "b", true, null]);
});

test("the engine's place in code points is the editor's in code units", () => {
  const text = "RETURN '🙂🙂' +\n  wrong AS x";
  assert.deepEqual(placeIn(text, 2, 3), { from: text.indexOf("wrong"), to: text.indexOf("wrong") + 5 });
  assert.deepEqual(placeIn("RETURN '🙂' + y", 1, 14), { from: 14, to: 15 });
  assert.equal(placeIn(text, 0, 0), null);
  assert.deepEqual(placeIn("RETURN", 1, 7), { from: 6, to: 6 });
  assert.deepEqual(placeIn("RETURN", 9, 9), { from: 6, to: 6 });
});

test("history: each text once, back and forth, found by words, kept where it can be", () => {
  const history = new QueryHistory("s");
  for (const text of ["one", "two", "one"]) history.add(text, { at: 1 });
  history.add("   ");
  assert.deepEqual(history.items.map(({ text }) => text), ["one", "two"]);
  assert.equal(history.older("draft"), "one");
  assert.equal(history.older("one"), "two");
  assert.equal(history.older("two"), null);
  assert.equal(history.newer(), "one");
  assert.equal(history.newer(), "draft");
  assert.equal(history.newer(), null);
  assert.deepEqual(history.search("W t").map(({ text }) => text), ["two"]);
  assert.equal(history.isKept, false); // Node has no localStorage: the blocked case
  assert.equal(new QueryHistory("s").items.length, 2);
  assert.equal(new QueryHistory("other").items.length, 0);
  for (let index = 0; index < 300; index += 1) history.add(`q${index}`);
  assert.equal(history.items.length, 200);
});
