import assert from "node:assert/strict";
import { test } from "node:test";
import { Edits, deletionOf, stepsBetween } from "../../site/pages/graph/edits.js";
import { Mirror } from "../../site/pages/graph/mirror.js";

const vertex = (properties, labels = []) => ({ labels, properties });
const place = { kind: "vertex", id: "a" };

/** A graph that applies steps at once and reports them, as the real one does a moment later. */
class PlainGraph {
  log = [];
  async changes(id, callback) {
    this.callback = callback;
  }
  async snapshot() {
    return { vertices: [], edges: [] };
  }
  async transaction(steps) {
    this.log.push(steps);
    for (const [verb, ...rest] of steps) this[`do_${verb}`](...rest);
  }
  do_put(id, properties, { labels, remove, unlabel }) {
    const old = this.mirror.vertex(id) ?? { labels: [], properties: {} };
    const fresh = { ...old.properties, ...properties };
    for (const name of remove) delete fresh[name];
    this.callback({ kind: "vertex", id, change: "put", isLocal: true, vertex: { id, labels: [...old.labels, ...labels].filter((label) => !unlabel.includes(label)), properties: fresh } });
  }
  do_link(source, type, target, properties, { edge }) {
    this.callback({ kind: "edge", id: edge, change: "put", isLocal: true, edge: { id: edge, type, source, target, properties } });
  }
  do_delete(id) {
    this.callback({ kind: "vertex", id, change: "delete", isLocal: true, vertex: null });
  }
  do_unlink(id) {
    this.callback({ kind: "edge", id, change: "delete", isLocal: true, edge: null });
  }
}

async function opened() {
  const graph = new PlainGraph();
  const mirror = new Mirror();
  graph.mirror = mirror;
  await mirror.start(graph);
  return { graph, mirror, edits: new Edits(graph, mirror) };
}

test("a change names only what differs", () => {
  const { steps, skipped } = stepsBetween(place, vertex({ name: "A", age: 1 }, ["P"]), vertex({ name: "B", age: 1 }, ["Q"]), vertex({ name: "A", age: 1 }, ["P"]));
  assert.deepEqual(steps, [["put", "a", { name: "B" }, { labels: ["Q"], remove: [], unlabel: ["P"] }]]);
  assert.equal(skipped, 0);
});

test("what someone else changed meanwhile stays", () => {
  const { steps, skipped } = stepsBetween(place, vertex({ name: "B", age: 2 }), vertex({ name: "A", age: 1 }), vertex({ name: "Z", age: 2 }));
  assert.deepEqual(steps, [["put", "a", { age: 1 }, { labels: [], remove: [], unlabel: [] }]]);
  assert.equal(skipped, 1);
});

test("a property that was not there before is removed again", () => {
  const { steps } = stepsBetween(place, vertex({ name: "A", age: 1 }), vertex({ name: "A" }), vertex({ name: "A", age: 1 }));
  assert.deepEqual(steps[0][3].remove, ["age"]);
});

test("undoing an addition keeps a vertex that someone else worked on, but not one that was only moved", () => {
  const made = vertex({ name: "A" });
  assert.deepEqual(stepsBetween(place, made, null, vertex({ name: "A", x: 9, y: 9 })).steps, [["delete", "a"]]);
  assert.deepEqual(stepsBetween(place, made, null, vertex({ name: "A", age: 3 })), { steps: [], skipped: 1 });
  assert.deepEqual(stepsBetween(place, made, null, null), { steps: [], skipped: 0 });
});

test("undo and redo bring a deleted vertex and its edges back and away", async () => {
  const { mirror, edits } = await opened();
  await edits.apply("add", ["a", "b"].map((id) => ({ kind: "vertex", id, before: null, after: vertex({ name: id }, ["P"]) })));
  await edits.apply("connect", [{ kind: "edge", id: "e", before: null, after: { type: "T", source: "a", target: "b", properties: { since: 1 } } }]);
  await edits.apply("delete a", deletionOf(mirror, "a"));
  assert.equal(mirror.vertex("a"), null);
  assert.equal(mirror.edge("e"), null);
  assert.equal((await edits.undo()).skipped, 0);
  assert.deepEqual(mirror.vertex("a"), { id: "a", labels: ["P"], properties: { name: "a" } });
  assert.deepEqual(mirror.edge("e"), { id: "e", type: "T", source: "a", target: "b", properties: { since: 1 } });
  await edits.redo();
  assert.equal(mirror.vertex("a"), null);
  assert.equal(edits.redoTitle, null);
  assert.equal(edits.undoTitle, "delete a");
});

test("a new edit ends the way forward", async () => {
  const { edits } = await opened();
  await edits.apply("one", [{ kind: "vertex", id: "a", before: null, after: vertex({}) }]);
  await edits.undo();
  assert.equal(edits.redoTitle, "one");
  await edits.apply("two", [{ kind: "vertex", id: "b", before: null, after: vertex({}) }]);
  assert.equal(edits.redoTitle, null);
});

test("an undo that fails can be tried again", async () => {
  const { edits, graph } = await opened();
  await edits.apply("one", [{ kind: "vertex", id: "a", before: null, after: vertex({}) }]);
  const { transaction } = graph;
  graph.transaction = async () => {
    throw new Error("disk full");
  };
  await assert.rejects(edits.undo(), /disk full/);
  graph.transaction = transaction;
  assert.equal(edits.undoTitle, "one");
  await edits.undo();
  assert.equal(edits.undoTitle, null);
});

test("deletes come before puts, vertices before edges", async () => {
  const { edits, graph } = await opened();
  await edits.apply("add", [{ kind: "vertex", id: "old", before: null, after: vertex({}) }]);
  await edits.apply("mixed", [
    { kind: "edge", id: "e", before: null, after: { type: "T", source: "a", target: "b", properties: {} } },
    { kind: "vertex", id: "a", before: null, after: vertex({}) },
    { kind: "vertex", id: "old", before: vertex({}), after: null },
  ]);
  assert.deepEqual(graph.log.at(-1).map(([verb]) => verb), ["delete", "put", "link"]);
});

test("a counter that is deleted or replaced comes back as a counter", () => {
  const [counted, plain] = [vertex({ n: { $counter: 5 } }), vertex({ n: 0 })];
  assert.deepEqual(stepsBetween(place, plain, counted, plain).steps, [["put", "a", { n: { $counter: 5 } }, { labels: [], remove: [], unlabel: [] }]]);
  assert.deepEqual(stepsBetween(place, null, counted, null).steps[0][2], { n: { $counter: 5 } });
  const { steps } = stepsBetween(place, vertex({ n: { $counter: 2 } }), counted, vertex({ n: { $counter: 2 } }));
  assert.deepEqual(steps.map(([, , properties, { remove }]) => [properties, remove]), [[{}, ["n"]], [{ n: { $counter: 5 } }, []]]);
  assert.equal(stepsBetween(place, plain, counted, vertex({ n: { $counter: 7 } })).skipped, 1);
});

test("acts on values that merge are undone by what takes them back", async () => {
  const { verbsOf } = await import("../../site/pages/graph/shared-values.js");
  let now = { $list: ["a", "b", "a"] };
  const list = verbsOf("List", "v", "l", () => now);
  const step = (verb, ...args) => [["merge", "list", "v", "l", verb, args]];
  const removed = list("remove", "a", 2);
  assert.deepEqual(removed.does(), step("delete", 2));
  now = { $list: ["x", "a", "b"] }; // somebody inserted meanwhile
  assert.deepEqual(removed.undoes(), step("insert", 2, "a"));
  const added = list("add", "z");
  now = { $list: ["z", "q", "z", "w"] };
  assert.deepEqual(added.undoes(), step("delete", 2));
  now = { $list: [] };
  assert.deepEqual(added.undoes(), []);
  const set = verbsOf("Set", { edge: "e" }, "s", () => ({ $set: [{ $date: "2024-05-01" }] }));
  assert.equal(set("add", { $date: "2024-05-01" }), null); // it is in: nothing to do, nothing to undo
  assert.deepEqual(set("remove", "x").undoes(), [["merge", "set", { edge: "e" }, "s", "add", ["x"]]]);
  const counter = verbsOf("Counter", "v", "n", () => ({ $counter: 1 }));
  assert.deepEqual([counter("add", -1).does(), counter("add", -1).undoes()], [[["merge", "counter", "v", "n", "add", [-1]]], [["merge", "counter", "v", "n", "add", [1]]]]);
});

test("an act is one edit, undone and done again", async () => {
  const { graph, edits } = await opened();
  graph.do_merge = () => {};
  await edits.apply("count", [{ kind: "act", does: () => [["merge", 1]], undoes: () => [["merge", -1]] }]);
  await edits.undo();
  await edits.redo();
  assert.deepEqual(graph.log, [[["merge", 1]], [["merge", -1]], [["merge", 1]]]);
});
