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
