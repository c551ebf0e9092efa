import assert from "node:assert/strict";
import { test } from "node:test";
import { indentAfter, isUnfinished } from "../../site/pages/play/python.js";

test("what goes on is told from what is done", () => {
  for (const code of ["1 + 1", 'print("a: b")', "x = {1: 2}", "for n in range(3):\n    print(n)\n", "# ends with:", 'await graph.get("(")']) assert.equal(isUnfinished(code), false, code);
  for (const code of ["for n in range(3):", "if x:  ", "f(", "x = [1,", 'text = """a', "a = 1 + \\", "for n in range(3):\n    print(n)", "def f():  # why"]) assert.equal(isUnfinished(code), true, code);
});

test("the next line begins where it should", () => {
  assert.equal(indentAfter("if x:"), "    ");
  assert.equal(indentAfter("if x:\n    y"), "    ");
  assert.equal(indentAfter("    f("), "        ");
  assert.equal(indentAfter("x = 1"), "");
});
