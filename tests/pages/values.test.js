import assert from "node:assert/strict";
import { test } from "node:test";
import { captionOf, compare, isSame, kindOf, parse, placedAt, textOf } from "../../site/pages/graph/values.js";

test("what is typed is understood", () => {
  assert.equal(parse("42"), 42);
  assert.equal(parse(" -1.5e3 "), -1500);
  assert.equal(parse("yes"), true);
  assert.equal(parse("Ada Lovelace"), "Ada Lovelace");
  assert.equal(parse("42", "text"), "42");
  assert.deepEqual(parse("1, two, no", "list"), [1, "two", false]);
  assert.equal(parse("9007199254740993"), 9007199254740993n);
  assert.throws(() => parse("many", "number"), TypeError);
  assert.throws(() => parse("perhaps", "yesno"), TypeError);
});

test("every value reads back as itself", () => {
  for (const value of [0, -7, 2.5, 2n ** 60n, true, false, "text", ""]) assert.deepEqual(parse(textOf(value), kindOf(value)), value);
});

test("values compare by what they hold", () => {
  assert.ok(isSame([1, "a"], [1, "a"]));
  assert.ok(!isSame([1], [1, 2]));
  assert.ok(!isSame(null, undefined));
  assert.ok(isSame(Uint8Array.of(1, 2), Uint8Array.of(1, 2)));
  assert.deepEqual([3, null, "b", 10, "a2", "a10"].sort(compare), [3, 10, "a2", "a10", "b", null]);
});

test("a vertex is called by its name, shortened, else by its id", () => {
  assert.equal(captionOf({ id: "v1", properties: { name: "Ada" } }), "Ada");
  assert.equal(captionOf({ id: "v1", properties: { name: "  " } }), "v1");
  assert.equal(captionOf({ id: "v1", properties: { name: 7 } }), "v1");
  assert.equal(captionOf({ id: "v1", properties: { title: "x".repeat(90) } }).length, 40);
});

test("nonsense places of strangers are ignored", () => {
  assert.deepEqual(placedAt({ properties: { x: 1, y: 2 } }), { x: 1, y: 2 });
  for (const properties of [{}, { x: 1 }, { x: "1", y: 2 }, { x: 1e9, y: 0 }, { x: NaN, y: 0 }, { x: 1n, y: 2n }]) assert.equal(placedAt({ properties }), null);
});
