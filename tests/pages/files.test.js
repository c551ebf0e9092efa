import assert from "node:assert/strict";
import { test } from "node:test";
import { FORMATS, fileName, newcomers, resultText } from "../../site/pages/files/formats.js";

test("names that every file system takes", () => {
  assert.equal(fileName("team wiki/2026: ä", ".graphml"), "team-wiki-2026-ä.graphml");
  assert.equal(fileName("../..", ".gun.json"), "graph.gun.json");
  assert.equal(fileName("x".repeat(300), ".csv").length, 84);
});

test("what an import did, in words", () => {
  assert.equal(resultText({ format: "graphml", vertices: 1, edges: 2_000 }), "1 vertex and 2,000 edges from a GraphML");
  assert.equal(resultText({ format: "graphvine", transactions: 3, known: 1 }), "3 transactions (1 was here already) from a Graphvine archive");
});

test("what is new, and how much that was here is different", () => {
  const [kept, old] = [{ id: "kept" }, { id: "old" }];
  const before = { vertices: new Map([["kept", kept], ["old", old]]), edges: new Map() };
  const now = { vertices: new Map([["kept", kept], ["old", { id: "old" }], ["new", {}]]), edges: new Map([["e", {}]]) };
  assert.deepEqual(newcomers(before, now), { vertices: ["new"], edges: ["e"], changed: 1 });
});

test("every format says what it is good for", () => {
  for (const { name, suffix, title, says } of FORMATS) assert.ok(name && suffix.startsWith(".") && title && says.endsWith("."), name);
});
