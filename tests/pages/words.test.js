import assert from "node:assert/strict";
import { test } from "node:test";
import { whoIsHere } from "../../site/pages/notes/words.js";

test("who is in a note is said in one line, with the nameless counted", () => {
  for (const [names, said] of [
    [[], ""],
    [["Ada"], "Ada is in this note"],
    [["Ada", "Ada"], "Ada is in this note"],
    [[null], "Somebody is in this note"],
    [[null, ""], "2 others are in this note"],
    [["Ada", "Grace"], "Ada, Grace are in this note"],
    [["Ada", null], "Ada and somebody else are in this note"],
    [["Ada", null, null], "Ada and 2 others are in this note"],
    [["A", "B", "C", "D", "E", null], "A, B, C, D and 2 others are in this note"],
  ]) assert.equal(whoIsHere(names), said);
});
