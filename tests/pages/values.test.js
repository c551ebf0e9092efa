import assert from "node:assert/strict";
import { test } from "node:test";
import { captionOf, compare, isSame, kindOf, parse, placedAt, sharedKindOf, textOf } from "../../site/pages/graph/values.js";

test("what is typed is understood", () => {
  assert.equal(parse("42"), 42);
  assert.equal(parse(" -1.25 "), -1.25);
  assert.equal(parse("yes"), true);
  assert.equal(parse("Ada Lovelace"), "Ada Lovelace");
  assert.equal(parse("42", "text"), "42");
  assert.deepEqual(parse("1, two, no", "list"), [1, "two", false]);
  assert.deepEqual(parse("9007199254740993"), { $int: "9007199254740993" });
  assert.deepEqual([parse("2.0"), parse("-1.5e3"), parse("-0.0")], [{ $float: "2.0" }, { $float: "-1500.0" }, { $float: "-0.0" }]);
  assert.deepEqual(parse("2024-05-01"), { $date: "2024-05-01" });
  assert.deepEqual(parse("2024-05-01T09:30Z"), { $dateTime: "2024-05-01T09:30Z" });
  assert.equal(parse("2024-13-01"), "2024-13-01");
  assert.equal(parse("2024-05-01", "text"), "2024-05-01");
  assert.throws(() => parse("many", "number"), TypeError);
  assert.throws(() => parse("perhaps", "yesno"), TypeError);
});

test("every value reads back as itself", () => {
  const times = { $date: "-0044-03-15", $localTime: "09:30", $time: "09:30:01.000000001+02:00", $localDateTime: "2024-05-01T09:30", $dateTime: "2024-05-01T09:30+02:00[Europe/Vienna]", $duration: "P1DT-2.5S" };
  const tagged = Object.entries(times).map(([tag, text]) => ({ [tag]: text }));
  for (const value of [0, -7, 2.5, 1e300, true, false, "text", "", { $int: "1152921504606846976" }, { $float: "2.0" }, { $float: "-0.0" }, ...tagged]) assert.deepEqual(parse(textOf(value), kindOf(value)), value);
});

test("a time that is none is refused with an example", () => {
  assert.throws(() => parse("tomorrow", "date"), /2024-05-01/);
  assert.throws(() => parse("2024-05-01", "dateTime"), /T09:30/);
});

test("what nobody touched in a list stays what it was", () => {
  const old = ["5", { $float: "2.0" }, { $date: "2024-05-01" }, "x"];
  assert.deepEqual(parse("5, 2.0, 2024-05-01, y, 7", "list", old), ["5", { $float: "2.0" }, { $date: "2024-05-01" }, "y", 7]);
});

test("values that merge say what they are and read as what they hold", () => {
  const values = [{ $counter: { $int: "9007199254740993" } }, { $set: ["a", { $date: "2024-05-01" }] }, { $map: { k: [1, 2], $date: "x" } }, { $list: [] }, { $text: "hi" }];
  assert.deepEqual(values.map(sharedKindOf), ["Counter", "Set", "Map", "List", "Text"]);
  assert.deepEqual(values.map(textOf), ["9007199254740993", "a, 2024-05-01", "k: 1, 2, $date: x", "", "hi"]);
  assert.deepEqual(values.map(kindOf), Array(5).fill("shared"));
  assert.equal(sharedKindOf(2), null);
});

test("values compare by what they hold", () => {
  assert.ok(isSame([1, "a"], [1, "a"]));
  assert.ok(!isSame([1], [1, 2]));
  assert.ok(!isSame(null, undefined));
  assert.ok(isSame(Uint8Array.of(1, 2), Uint8Array.of(1, 2)));
  assert.ok(isSame({ $map: { a: [1], b: 2 } }, { $map: { b: 2, a: [1] } }));
  assert.ok(!isSame({ $date: "2024-05-01" }, "2024-05-01"));
  assert.ok(!isSame({ $float: "2.0" }, 2));
  assert.ok(!isSame({ $set: ["a"] }, { $list: ["a"] }));
  assert.ok(!isSame([], {}));
  assert.deepEqual([3, null, "b", 10, "a2", "a10"].sort(compare), [3, 10, "a2", "a10", "b", null]);
  assert.deepEqual([{ $int: "9007199254740993" }, { $float: "2.0" }, 1].sort(compare), [1, { $float: "2.0" }, { $int: "9007199254740993" }]);
});

test("a vertex is called by its name, shortened, else by its id", () => {
  assert.equal(captionOf({ id: "v1", properties: { name: "Ada" } }), "Ada");
  assert.equal(captionOf({ id: "v1", properties: { name: "  " } }), "v1");
  assert.equal(captionOf({ id: "v1", properties: { name: 7 } }), "v1");
  assert.equal(captionOf({ id: "v1", properties: { title: "x".repeat(90) } }).length, 40);
});

test("nonsense places of strangers are ignored", () => {
  assert.deepEqual(placedAt({ properties: { x: 1, y: { $float: "2.0" } } }), { x: 1, y: 2 });
  for (const properties of [{}, { x: 1 }, { x: "1", y: 2 }, { x: 1e9, y: 0 }, { x: NaN, y: 0 }, { x: 1n, y: 2n }]) assert.equal(placedAt({ properties }), null);
});
