// Rows of a query as people and other programs read them: pure.
import { seenOf, tagOf } from "../../exact.js";
import { captionOf, isSame, kindOf, numberOf, textOf } from "../graph/values.js";

/** Ids of the vertices and edges that rows hold, also inside lists, maps and paths. */
export function entitiesOf(rows) {
  const found = { vertices: new Set(), edges: new Set() };
  for (const row of rows) for (const value of row) collect(value, found);
  return found;
}

function collect(value, found) {
  if (value === null || typeof value !== "object" || value instanceof Uint8Array) return;
  if (Array.isArray(value)) value.forEach((each) => collect(each, found));
  else if (value.kind === "vertex") found.vertices.add(value.id);
  else if (value.kind === "edge") found.edges.add(value.id);
  else if (value.kind === "path") [...value.vertices, ...value.edges].forEach((each) => collect(each, found));
  else if (value.kind === "map") Object.values(value.entries).forEach((each) => collect(each, found));
}

/** Edges bring their ends with them, and two vertices that are shown alone are no picture without the edges between. */
export function withSurroundings({ vertices, edges }, mirror) {
  const all = { vertices: new Set([...vertices].filter((id) => mirror.vertices.has(id))), edges: new Set() };
  for (const id of edges) {
    const edge = mirror.edge(id);
    if (!edge || !mirror.isWhole(edge)) continue;
    all.edges.add(id);
    all.vertices.add(edge.source).add(edge.target);
  }
  if (!edges.size) {
    for (const id of all.vertices) for (const edge of mirror.edgesAt(id)) if (all.vertices.has(edge.source) && all.vertices.has(edge.target)) all.edges.add(edge.id);
  }
  return all;
}

/** A value in one line. */
export function lineOf(value) {
  if (value === null || value === undefined) return "null";
  if (typeof value === "boolean") return String(value);
  if (typeof value !== "object") return String(value);
  if (value instanceof Uint8Array || tagOf(value)) return textOf(value);
  if (Array.isArray(value)) return `[${value.map(lineOf).join(", ")}]`;
  switch (value.kind) {
    case "vertex": return captionOf(value);
    case "edge": return value.type;
    case "path": return value.vertices.map(captionOf).join(" → ");
    default: return `{${Object.entries(value.entries ?? {}).map(([name, each]) => `${name}: ${lineOf(each)}`).join(", ")}}`;
  }
}

/** A value as JSON knows it: large integers as text, bytes in base64. */
export function plainOf(value) {
  if (typeof value === "bigint") return value.toString();
  if (value === null || typeof value !== "object") return Number.isNaN(value) ? null : value ?? null;
  if (value instanceof Uint8Array) return btoa(String.fromCharCode(...value.subarray(0, 65_536)));
  if (Array.isArray(value)) return value.map(plainOf);
  if (tagOf(value)) return plainOf(seenOf(value));
  const entries = (map) => Object.fromEntries(Object.entries(map).map(([name, each]) => [name, plainOf(each)]));
  switch (value.kind) {
    case "vertex": return { id: value.id, labels: value.labels, properties: entries(value.properties) };
    case "edge": return { id: value.id, type: value.type, source: value.source, target: value.target, properties: entries(value.properties) };
    case "path": return { vertices: value.vertices.map(plainOf), edges: value.edges.map(plainOf) };
    default: return entries(value.entries ?? {});
  }
}

export function toJson(columns, rows) {
  return JSON.stringify(rows.map((row) => Object.fromEntries(columns.map((name, index) => [name, plainOf(row[index])]))), null, 1);
}

/** RFC 4180; entities, lists and maps as JSON in their cell, null as nothing. A leading = + - @ of a text is defused. */
export function toCsv(columns, rows) {
  const cell = (value) => {
    const plain = plainOf(value);
    const text = plain === null ? "" : typeof plain === "object" ? JSON.stringify(plain) : String(plain);
    const safe = typeof plain === "string" && /^[=+\-@\t]/.test(text) && kindOf(value) !== "number" ? `'${text}` : text;
    return /[",\r\n]/.test(safe) || safe !== safe.trim() ? `"${safe.replaceAll('"', '""')}"` : safe;
  };
  return [columns.map(cell), ...rows.map((row) => row.map(cell))].map((cells) => `${cells.join(",")}\r\n`).join("");
}

const COUNTED = [
  ["vertices_created", "vertex created", "vertices created"], ["vertices_deleted", "vertex deleted", "vertices deleted"],
  ["edges_created", "edge created", "edges created"], ["edges_deleted", "edge deleted", "edges deleted"],
  ["properties_set", "property set", "properties set"], ["properties_removed", "property removed", "properties removed"],
  ["labels_added", "label added", "labels added"], ["labels_removed", "label removed", "labels removed"],
];

/** Properties that have another value than before: the engine counts each as removed and as set. */
function replacedIn(written) {
  const count = ({ before, after }) => (before && after ? Object.keys(after.properties).filter((name) => name in before.properties && !isSame(before.properties[name], after.properties[name])).length : 0);
  return (written ?? []).reduce((sum, place) => sum + count(place), 0);
}

/** What a query changed, in words; "" when nothing. written: each vertex and edge before and after, if that is known. */
export function countersText(changed, written) {
  const counters = { ...changed, properties_removed: (changed.properties_removed ?? 0) - replacedIn(written) };
  return COUNTED.filter(([name]) => counters[name]).map(([name, one, many]) => `${counters[name].toLocaleString("en")} ${counters[name] === 1 ? one : many}`).join(", ");
}

/** How live rows are best shown: "number" (one cell), "bars" (a text and a number), "table". */
export function shapeOf(columns, rows) {
  const isNumber = (value) => numberOf(value) !== null;
  if (rows.length === 1 && columns.length === 1 && (isNumber(rows[0][0]) || rows[0][0] === null)) return "number";
  const isName = (value) => value === null || ["string", "boolean"].includes(typeof value) || isNumber(value) || tagOf(value) !== null || ["vertex", "edge"].includes(value?.kind) || Array.isArray(value);
  if (columns.length === 2 && rows.length && rows.every(([name, count]) => isName(name) && isNumber(count) && numberOf(count) >= 0)) return "bars";
  return "table";
}

/** Values in the order of the table: null last, numbers by size, everything else by its text. */
export function compareValues(a, b) {
  const [first, second] = [rank(a), rank(b)];
  if (first !== second) return first - second;
  if (first === 2) return 0;
  const [left, right] = first === 0 ? [numberOf(a), numberOf(b)] : [lineOf(a), lineOf(b)];
  return left < right ? -1 : Number(left > right);
}

function rank(value) {
  if (value === null || value === undefined) return 2;
  return numberOf(value) !== null ? 0 : 1;
}

/** Where the engine's place (line and column, 1-based, in code points) is in the text, as {from, to} in code units. */
export function placeIn(text, line, column) {
  if (!line) return null;
  const lines = text.split("\n");
  const start = lines.slice(0, line - 1).reduce((sum, each) => sum + each.length + 1, 0);
  const shown = lines[line - 1] ?? "";
  const offset = [...shown].slice(0, column - 1).join("").length;
  const rest = shown.slice(offset);
  const word = /^(?:[\p{L}_$][\p{L}\p{N}_]*|`[^`]*`|'[^']*'|"[^"]*"|\d+|\S)/u.exec(rest)?.[0] ?? "";
  const from = Math.min(start + offset, text.length);
  return { from, to: Math.min(from + word.length, text.length) };
}
