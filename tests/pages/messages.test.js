import assert from "node:assert/strict";
import { test } from "node:test";
import { Messages, messageOf } from "../../site/pages/chat/messages.js";

const vertex = (id, at, by = "grace", text = id) => ({ id, labels: ["Message"], properties: { text, at, by, name: by } });

async function opened(vertices = []) {
  const messages = new Messages();
  const written = [];
  let tell;
  const graph = {
    changes: async (id, callback) => (tell = callback),
    vertices: async () => vertices,
    put: async (id, properties, { labels }) => written.push({ id, properties, labels }),
  };
  await messages.start(graph, "ada");
  return { messages, written, tell: (it, change = "put") => tell({ kind: "vertex", id: it.id, change, vertex: change === "put" ? it : null }) };
}

test("what is no message is none, whoever wrote it", () => {
  assert.equal(messageOf(null), null);
  assert.equal(messageOf({ id: "a", labels: [], properties: { text: "x", at: 1 } }), null);
  for (const properties of [{ at: 1 }, { text: 7, at: 1 }, { text: "x" }, { text: "x", at: "1" }, { text: "x", at: Infinity }, { text: "x", at: 1e300 }]) {
    assert.equal(messageOf({ id: "a", labels: ["Message"], properties }), null);
  }
  assert.equal(messageOf({ id: "a", labels: ["Message"], properties: { text: "x", at: 1, name: {} } }).name, "Somebody");
});

test("messages stand in the order of their time, whatever the order they come in", async () => {
  const { messages, tell } = await opened([vertex("c", 30), vertex("a", 10)]);
  tell(vertex("b", 20));
  tell(vertex("b2", 20));
  assert.deepEqual(messages.list.map(({ id }) => id), ["a", "b", "b2", "c"]);
});

test("a message heard twice stands once; an edited one changes; a deleted one goes", async () => {
  const { messages, tell } = await opened([vertex("a", 10)]);
  tell(vertex("a", 10));
  tell(vertex("a", 10, "grace", "edited"));
  assert.deepEqual(messages.list.map(({ text }) => text), ["edited"]);
  tell(vertex("a", 10), "delete");
  assert.deepEqual(messages.list, []);
});

test("an answer comes after its question even when our clock is behind", async () => {
  const { messages, written } = await opened([vertex("q", Date.now() + 5_000)]);
  await messages.send("answer", "Ada");
  assert.equal(written[0].properties.at, messages.list[0].at + 1);
  assert.deepEqual(written[0].labels, ["Message"]);
  assert.equal(written[0].properties.by, "ada");
});

test("a message from the far future does not drag us along", async () => {
  const { written, messages } = await opened([vertex("evil", Date.now() + 1e9)]);
  await messages.send("hello", "Ada");
  assert.ok(written[0].properties.at <= Date.now());
});

test("the name of an author is the one used last", async () => {
  const { messages, tell } = await opened([vertex("a", 10)]);
  tell({ id: "b", labels: ["Message"], properties: { text: "x", at: 20, by: "grace", name: "Grace H." } });
  assert.equal(messages.nameOf("grace"), "Grace H.");
  assert.equal(messages.nameOf("nobody"), null);
});
