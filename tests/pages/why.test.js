import assert from "node:assert/strict";
import { test } from "node:test";
import { canTake, momentText, writeText } from "../../site/pages/graph/why-view.js";

test("whatever was put can be taken", () => {
  assert.deepEqual([{ does: "put", value: 30 }, { does: "put", value: { $date: "2024-05-01" } }, { does: "put", value: null }].map(canTake), [true, true, true]);
  assert.deepEqual([{ does: "remove", value: null }, { does: "merge", value: "x" }, { does: "delete", value: null }].map(canTake), [false, false, false]);
});

test("writes and moments in words", () => {
  assert.equal(writeText({ does: "put", value: 31 }), "31");
  assert.equal(writeText({ does: "put", value: { $date: "2024-05-01" } }), "2024-05-01");
  assert.equal(writeText({ does: "put", value: null }), "nothing");
  assert.equal(writeText({ does: "merge", value: { put: { a: { $date: "2024-05-01" }, b: 1 } } }), "put a 2024-05-01, b 1");
  assert.equal(writeText({ does: "remove", value: null }), "removed it");
  assert.equal(writeText({ does: "merge", value: "add 3" }), "add 3");
  assert.equal(writeText({ does: "merge", value: { total: 2, by: ["a"] } }), "total 2, by a");
  assert.match(momentText("2026-03-01T10:00:05.120Z", "en-GB"), /1 Mar 2026, \d\d:\d\d:05\.120/);
  assert.equal(momentText("long ago"), "long ago");
});
