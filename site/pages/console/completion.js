// What can come at a place of a Cypher text: pure, so that it can be tested without an editor.
import { nameOf, quoteName, tokenize, variablesOf } from "./tokens.js";

const STARTERS = ["MATCH", "OPTIONAL MATCH", "WHERE", "RETURN", "WITH", "UNWIND", "CREATE", "MERGE", "SET", "REMOVE", "DELETE", "DETACH DELETE", "ORDER BY", "LIMIT", "SKIP", "CALL", "EXPLAIN", "PROFILE", "UNION"];
const COMES_WITH = { ORDER: "ORDER BY", OPTIONAL: "OPTIONAL MATCH", DETACH: "DETACH DELETE", STARTS: "STARTS WITH", ENDS: "ENDS WITH", GROUP: "GROUP BY" };

/**
 * Suggestions for the place `position` of `text`: {from, options: [{label, apply, detail, type, boost}]}, or null.
 * `knows`: {keywords, functions: [{name, signature, kind}], labels: Map name -> count, types: Map, properties(labels or
 * null) -> names of vertices with such labels, edgeProperties(types or null) -> names, parameters: names}.
 */
export function complete(text, position, knows) {
  const tokens = tokenize(text.slice(0, position));
  const last = tokens.at(-1);
  if (last && ["comment", "string"].includes(last.kind) && !isClosed(last, position)) return null;
  if (last?.kind === "parameter" && last.end === position) return found(last.start, knows.parameters.map((name) => option(`$${quoteName(name)}`, "parameter", "variable")));
  if (last?.kind === "number" && last.end === position) return null;
  const isWord = last && ["name", "quoted"].includes(last.kind) && last.end === position;
  const from = isWord ? last.start : position;
  const before = isWord ? tokens.slice(0, -1) : tokens;
  const around = tokenize(text).filter((token) => token.end < from || token.start > position); // names further down count as well
  return found(from, optionsAt(before, around, knows));
}

function isClosed(token, position) {
  if (token.kind === "comment") return token.text.startsWith("/*") ? token.text.length > 3 && token.text.endsWith("*/") : token.end < position;
  return token.end < position || (token.text.length > 1 && token.text.at(-1) === token.text[0] && !/(^|[^\\])(\\\\)*\\.$/s.test(token.text));
}

function found(from, options) {
  return options.length ? { from, options } : null;
}

function option(label, detail, type, boost = 0) {
  return { label, apply: label, detail, type, boost };
}

function optionsAt(before, around, knows) {
  const [second, last] = [before.at(-2), before.at(-1)];
  if (last?.text.toUpperCase() === "CALL" || inProcedure(before)) return procedures(before, knows);
  if (last?.text === "." && second && ["name", "quoted"].includes(second.kind)) return members(before, around, knows);
  const bracket = openBracket(before);
  if (last?.text === ":" || (["|", "&", "!"].includes(last?.text) && bracket?.hasColon)) return bracket?.text === "[" ? names(knows.types, "edge", "edges") : names(knows.labels, "vertex", "vertices");
  if (bracket?.text === "{" && bracket.isPattern && ["{", ","].includes(last.text)) return properties(bracket.isEdge ? knows.edgeProperties(bracket.names) : knows.properties(bracket.names), ": ");
  return anything(before, knows);
}

const names = (counts, one, many) => [...counts].sort((a, b) => b[1] - a[1]).map(([name, count], index) => ({ ...option(name, `${count} ${count === 1 ? one : many}`, "type", 10 - Math.min(9, index)), apply: quoteName(name) }));
const properties = (found, after = "") => found.map((name, index) => ({ ...option(name, "property", "property", 10 - Math.min(9, index)), apply: quoteName(name) + after }));

/** After `name.`: properties of what the name stands for, and functions such as date.truncate. */
function members(before, around, knows) {
  const owner = nameOf(before.at(-2));
  const bound = bindingOf(owner, [...before, ...around]);
  const own = bound?.isEdge ? knows.edgeProperties(bound.names) : knows.properties(bound?.names ?? null);
  const prefix = `${owner.toLowerCase()}.`;
  const functions = knows.functions.filter(({ name, kind }) => kind === "function" && name.toLowerCase().startsWith(prefix));
  return [...properties(own), ...functions.map(({ name, signature }) => ({ ...option(name.slice(prefix.length), signature, "function", 1), apply: `${name.slice(prefix.length)}(` }))];
}

/** The labels or types that a pattern gives to a variable: {isEdge, names}, or null. */
function bindingOf(owner, tokens) {
  for (let index = 1; index < tokens.length; index += 1) {
    const opens = tokens[index - 1].text;
    if (!["(", "["].includes(opens) || !["name", "quoted"].includes(tokens[index].kind) || nameOf(tokens[index]) !== owner) continue;
    const labels = labelsAfter(tokens, index + 1);
    if (labels.length || opens === "[") return { isEdge: opens === "[", names: labels.length ? labels : null };
  }
  return null;
}

function labelsAfter(tokens, start) {
  const labels = [];
  for (let index = start; [":", "|", "&"].includes(tokens[index]?.text) && tokens[index + 1]; index += 2) labels.push(nameOf(tokens[index + 1]));
  return labels;
}

/** The innermost bracket that is open: {text, hasColon, isPattern, isEdge, names}; null outside all. */
function openBracket(tokens) {
  const open = [];
  tokens.forEach(({ text, kind }, index) => {
    if (kind !== "symbol") return;
    if ("([{".includes(text)) open.push(index);
    else if (")]}".includes(text)) open.pop();
  });
  if (!open.length) return null;
  const at = open.at(-1);
  const inside = tokens.slice(at + 1);
  const outer = open.length > 1 ? tokens[open.at(-2)].text : null;
  const text = tokens[at].text;
  const isPattern = text === "{" && (outer === "(" || outer === "[") && isPatternBefore(tokens, open.at(-2), at);
  const owner = isPattern ? tokens.slice(open.at(-2) + 1, at) : [];
  const colon = owner.findIndex((token) => token.text === ":");
  const named = colon >= 0 ? labelsAfter(owner, colon) : [];
  return { text, hasColon: inside.some((token) => token.text === ":"), isPattern, isEdge: outer === "[", names: named.length ? named : null };
}

/** Whether a { after ( or [ begins the properties of a pattern: nothing but a name and labels is in between. */
function isPatternBefore(tokens, outer, at) {
  const before = tokens[outer - 1];
  if (before?.kind === "name" && !["MATCH", "CREATE", "MERGE"].includes(before.text.toUpperCase())) return false; // a call
  return tokens.slice(outer + 1, at).every(({ kind, text }) => ["name", "quoted"].includes(kind) || [":", "|", "&"].includes(text));
}

function inProcedure(before) {
  let index = before.length - 1;
  while (index >= 0 && (before[index].text === "." || before[index].kind === "name") && before[index].text.toUpperCase() !== "CALL") index -= 1;
  return index >= 0 && index < before.length - 1 && before.at(-1).text === "." && before[index].text.toUpperCase() === "CALL";
}

function procedures(before, knows) {
  const path = [];
  for (let index = before.length - 1; index >= 0 && before[index].text.toUpperCase() !== "CALL"; index -= 1) path.unshift(before[index].text);
  const prefix = path.join("");
  const fitting = knows.functions.filter(({ name, kind }) => kind === "procedure" && name.toLowerCase().startsWith(prefix.toLowerCase()));
  return fitting.map(({ name, signature }) => ({ ...option(name.slice(prefix.length), signature, "function", 5), apply: `${name.slice(prefix.length)}()` }));
}

function anything(before, knows) {
  const variables = variablesOf(before).map((name) => ({ ...option(name, "variable", "variable", 20), apply: quoteName(name) }));
  const starters = STARTERS.map((label) => option(label, "", "keyword", before.length ? 2 : 9));
  const others = knows.keywords.filter((word) => !STARTERS.some((starter) => starter.split(" ").includes(word))).map((word) => option(COMES_WITH[word] ?? word, "", "keyword"));
  const functions = before.length ? knows.functions.filter(({ kind }) => kind !== "procedure").map(({ name, signature }) => ({ ...option(name, signature, "function", -1), apply: `${name}(` })) : [];
  return [...variables, ...starters, ...others, ...functions];
}
