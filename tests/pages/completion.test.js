import assert from "node:assert/strict";
import { test } from "node:test";
import { complete } from "../../site/pages/console/completion.js";
import { parametersOf, quoteName, tokenize, variablesOf } from "../../site/pages/console/tokens.js";

const KNOWS = {
  keywords: ["MATCH", "WHERE", "STARTS", "ORDER", "BY", "AND", "OPTIONAL"],
  functions: [
    { name: "toUpper", signature: "(String) → String", kind: "function" },
    { name: "date.truncate", signature: "(Any) → Date", kind: "function" },
    { name: "count", signature: "(Any) → Integer", kind: "aggregate" },
    { name: "db.labels", signature: "() → label: String", kind: "procedure" },
  ],
  labels: new Map([["Person", 3], ["Odd name", 1]]),
  types: new Map([["KNOWS", 2]]),
  properties: (labels) => (labels?.includes("Person") ? ["name", "age"] : ["age", "name", "title"]),
  edgeProperties: () => ["since"],
  parameters: ["least"],
};

/** Labels offered where the text has a "|"-free marker ^. */
function offered(marked) {
  const position = marked.indexOf("^");
  const text = marked.replace("^", "");
  return complete(text, position, KNOWS)?.options.map(({ apply }) => apply) ?? [];
}

test("labels, the most used first, in back quotes where needed", () => {
  assert.deepEqual(offered("MATCH (p:^"), ["Person", "`Odd name`"]);
  assert.deepEqual(offered("MATCH (p:Per^) RETURN p"), ["Person", "`Odd name`"]);
  assert.deepEqual(offered("MATCH (p) WHERE p:^"), ["Person", "`Odd name`"]);
  assert.deepEqual(offered("MATCH (p:Person|^"), ["Person", "`Odd name`"]);
});

test("edge types in square brackets", () => {
  assert.deepEqual(offered("MATCH (p)-[k:^"), ["KNOWS"]);
  assert.deepEqual(offered("MATCH (p)<-[:KNOWS|^]-()"), ["KNOWS"]);
});

test("properties of what a variable stands for, also when it is bound further down", () => {
  assert.deepEqual(offered("MATCH (p:Person) RETURN p.^"), ["name", "age"]);
  assert.deepEqual(offered("MATCH (p:Person) RETURN p.na^"), ["name", "age"]);
  assert.deepEqual(offered("MATCH (p)-[k:KNOWS]->() RETURN k.^"), ["since"]);
  assert.deepEqual(offered("MATCH (p) RETURN p.^"), ["age", "name", "title"]);
  assert.deepEqual(offered("RETURN p.^ MATCH (p:Person)"), ["name", "age"]);
});

test("properties in a pattern, with the colon", () => {
  assert.deepEqual(offered("MATCH (p:Person {^"), ["name: ", "age: "]);
  assert.deepEqual(offered("MATCH (p:Person {age: 1, ^}) RETURN p"), ["name: ", "age: "]);
  assert.deepEqual(offered("MATCH ()-[:KNOWS {^"), ["since: "]);
  assert.ok(!offered("RETURN {^").includes("name: "));
});

test("parameters, procedures, functions of a family", () => {
  assert.deepEqual(offered("RETURN $^"), ["$least"]);
  assert.deepEqual(offered("RETURN $le^"), ["$least"]);
  assert.deepEqual(offered("CALL ^"), ["db.labels()"]);
  assert.deepEqual(offered("CALL db.^"), ["labels()"]);
  assert.ok(offered("RETURN date.^").includes("truncate("));
});

test("nothing inside texts, comments and numbers", () => {
  for (const text of ["RETURN 'a^", "RETURN \"x.^", "// MATCH (p:^", "/* a ^", "RETURN 12^"]) assert.deepEqual(offered(text), [], text);
  assert.notDeepEqual(offered("RETURN 'a' AS b ^"), []);
});

test("at the start clauses come, later variables and functions too", () => {
  assert.ok(offered("^").includes("MATCH"));
  assert.ok(!offered("^").includes("toUpper("));
  const later = offered("MATCH (p:Person)-[k]->(q) WHERE ^");
  assert.deepEqual(later.slice(0, 3), ["p", "k", "q"]);
  assert.ok(later.includes("toUpper(") && later.includes("count(") && !later.includes("db.labels()"));
});

test("WITH passes on what it names", () => {
  const at = (text) => variablesOf(tokenize(text));
  assert.deepEqual(at("MATCH (a)-[k]->(b) WITH a, count(*) AS many WHERE "), ["a", "many"]);
  assert.deepEqual(at("MATCH (a) WITH * MATCH (b) RETURN "), ["a", "b"]);
  assert.deepEqual(at("MATCH (a) WHERE a.name STARTS WITH 'x' RETURN "), ["a"]);
  assert.deepEqual(at("UNWIND [1] AS x RETURN "), ["x"]);
  assert.deepEqual(at("MATCH path = (a)-[*]->(b) RETURN "), ["path", "a", "b"]);
  assert.deepEqual(at("MATCH (a) RETURN a UNION MATCH (c) RETURN "), ["c"]);
  assert.deepEqual(at("RETURN [x IN [1] | "), ["x"]);
});

test("tokens cover every text without its spaces, and never fail", () => {
  const text = "MATCH (`a b`)-->(é:Ä) /* c */ WHERE 'it\\'s' =~ $p.x + 0x1F 1.5e3 // end\n🙂";
  assert.equal(tokenize(text).map((token) => token.text).join("").replace(/\s/g, ""), text.replace(/\s/g, ""));
  for (const broken of ["'", "\"\\", "`", "/*", "$", "$`", "\u0000", "\ud800"]) assert.ok(tokenize(broken).length > 0, broken);
});

test("parameters of a text, and names that need quotes", () => {
  assert.deepEqual(parametersOf("RETURN $a + $`b c` + $a + '$no' // $neither"), ["a", "b c"]);
  assert.equal(quoteName("a`b"), "`a``b`");
  assert.equal(quoteName("größe_1"), "größe_1");
});
