import assert from "node:assert/strict";
import { test } from "node:test";
import { Layout } from "../../site/pages/graph/layout.js";

class Graph {
  vertices = new Map();
  edges = new Map();
  add(id, properties = {}) {
    this.vertices.set(id, { id, labels: [], properties });
    return this;
  }
  link(source, target) {
    this.edges.set(`${source}/${target}`, { id: `${source}/${target}`, type: "T", source, target, properties: {} });
    return this;
  }
  isWhole(edge) {
    return this.vertices.has(edge.source) && this.vertices.has(edge.target);
  }
  edgesAt(id) {
    return [...this.edges.values()].filter((edge) => edge.source === id || edge.target === id);
  }
  degree(id) {
    return this.edgesAt(id).length;
  }
}

const ring = (order) => order.reduce((graph, n) => graph.add(`v${n}`), new Graph());
const places = (layout) => Object.fromEntries([...layout.nodes].sort().map(([id, { x, y }]) => [id, [Math.round(x), Math.round(y)]]));

function settled(graph) {
  const layout = new Layout();
  layout.update(graph);
  layout.finish();
  return layout;
}

test("the same graph lies the same way in every browser, whatever order it came in", () => {
  const link = (graph) => [0, 1, 2, 3, 4].reduce((sum, n) => sum.link(`v${n}`, `v${(n + 1) % 5}`), graph);
  assert.deepEqual(places(settled(link(ring([0, 1, 2, 3, 4])))), places(settled(link(ring([3, 0, 4, 2, 1])))));
});

test("bursts with a rest between them belong together, unless it is long", () => {
  const graph = ring([0, 1, 2, 3, 4, 5, 6, 7]).link("v0", "v1");
  let now = 0;
  const layout = new Layout(() => now);
  layout.update(graph);
  layout.finish();
  graph.link("v2", "v3");
  now = 500;
  assert.equal(layout.update(graph), true);
  layout.finish();
  assert.deepEqual(places(layout), places(settled(graph)));
  graph.link("v4", "v5");
  now = 5_000;
  assert.equal(layout.update(graph), false);
});

test("a graph that comes in bursts lies as if it had come at once", () => {
  const order = Array.from({ length: 30 }, (_, n) => n);
  const link = (graph, n) => graph.link(`v${n}`, `v${(n * 7 + 3) % 30}`);
  const whole = settled(order.reduce(link, ring(order)));
  const graph = ring(order.slice(0, 9));
  const layout = new Layout();
  layout.update(graph);
  for (let step = 0; step < 40; step += 1) layout.tick();
  order.slice(9).forEach((n) => graph.add(`v${n}`));
  layout.update(graph);
  layout.tick();
  order.reduce(link, graph);
  layout.update(graph);
  layout.finish();
  assert.deepEqual(places(layout), places(whole));
});

test("a vertex made by hand lies where it was made, the first one too", () => {
  const layout = new Layout();
  layout.hint("mine", { x: 123, y: -45 });
  layout.update(new Graph().add("mine"));
  layout.finish();
  assert.deepEqual(places(layout).mine, [123, -45]);
});

test("what has settled stays put when a vertex comes", () => {
  const graph = ring([0, 1, 2, 3, 4, 5, 6, 7]).link("v0", "v1");
  let now = 0;
  const layout = new Layout(() => now);
  layout.update(graph);
  layout.finish();
  now = 60_000;
  const before = places(layout);
  graph.add("new").link("v0", "new");
  layout.update(graph);
  layout.finish();
  const { new: fresh, ...rest } = places(layout);
  assert.deepEqual(rest, before);
  assert.ok(Math.hypot(fresh[0] - before.v0[0], fresh[1] - before.v0[1]) < 150);
});

test("what someone placed by hand lies there, and follows", () => {
  const graph = ring([0, 1]).add("hand", { x: 500, y: -40 });
  const layout = settled(graph);
  assert.deepEqual(places(layout).hand, [500, -40]);
  graph.add("hand", { x: -9, y: 9 });
  layout.update(graph, null, ["hand"]);
  assert.deepEqual(places(layout).hand, [-9, 9]);
  graph.add("hand", { x: 77, y: 77 });
  layout.update(graph, "hand", ["hand"]); // it is in our own hand just now
  assert.deepEqual(places(layout).hand, [-9, 9]);
});
