import assert from "node:assert/strict";
import { test } from "node:test";
import { Mirror } from "../../site/pages/graph/mirror.js";

const A = { id: "a", labels: [], properties: {} };
const B = { id: "b", labels: [], properties: {} };
const EDGE = { id: "e", type: "T", source: "a", target: "b", properties: {} };

async function opened(snapshot, early = []) {
  const mirror = new Mirror();
  let tell;
  await mirror.start({
    changes: async (id, callback) => (tell = callback),
    snapshot: async () => {
      early.forEach((change) => tell(change));
      return snapshot;
    },
  });
  return { mirror, tell };
}

test("a change that comes before the snapshot is not lost, and wins over it", async () => {
  const newer = { ...A, properties: { name: "new" } };
  const { mirror } = await opened({ vertices: [A], edges: [] }, [{ kind: "vertex", id: "a", change: "put", vertex: newer }]);
  assert.deepEqual(mirror.vertex("a").properties, { name: "new" });
});

test("deleting a vertex takes its edges along", async () => {
  const { mirror, tell } = await opened({ vertices: [A, B], edges: [EDGE] });
  assert.equal(mirror.degree("b"), 1);
  tell({ kind: "vertex", id: "a", change: "delete", vertex: null });
  assert.equal(mirror.edge("e"), null);
  assert.equal(mirror.degree("b"), 0);
});

test("an edge that comes before its ends is shown when they come", async () => {
  const { mirror, tell } = await opened({ vertices: [A], edges: [EDGE] });
  assert.deepEqual(mirror.edgesAt("a"), []);
  tell({ kind: "vertex", id: "b", change: "put", vertex: B });
  assert.equal(mirror.edgesAt("a").length, 1);
});

test("a burst of changes is one piece of news, which tells others' changes apart", async () => {
  const { mirror, tell } = await opened({ vertices: [], edges: [] });
  const news = [];
  mirror.addEventListener("change", ({ detail }) => news.push(detail));
  tell({ kind: "vertex", id: "a", change: "put", isLocal: true, vertex: A });
  tell({ kind: "vertex", id: "b", change: "put", isLocal: false, vertex: B });
  await new Promise((resolve) => mirror.addEventListener("change", resolve, { once: true }));
  assert.equal(news.length, 1);
  assert.deepEqual([...news[0].vertices], ["a", "b"]);
  assert.deepEqual([...news[0].remote], ["b"]);
  assert.equal(news[0].isStructural, true);
});
