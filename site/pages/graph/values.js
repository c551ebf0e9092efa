// Property values as people see and type them. They are exact (see exact.js): a date is {$date: "2024-05-01"}, and stays one.
import { exact, seenOf, tagOf } from "../../exact.js";

const INTEGER = /^[+-]?\d{1,19}$/;
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
const ZONE = String.raw`(Z|[+-]\d\d:\d\d(:\d\d)?)`;
const CLOCK = String.raw`\d\d:\d\d(:\d\d(\.\d{1,9})?)?`;
const DAY = String.raw`[+-]?\d{4,9}-\d\d-\d\d`;
/** Kinds of times: how each is written, and an example that says so. */
const TIMES = {
  date: [new RegExp(`^${DAY}$`), "2024-05-01"],
  localTime: [new RegExp(`^${CLOCK}$`), "09:30"],
  time: [new RegExp(`^${CLOCK}${ZONE}$`), "09:30+02:00"],
  localDateTime: [new RegExp(`^${DAY}T${CLOCK}$`), "2024-05-01T09:30"],
  dateTime: [new RegExp(`^${DAY}T${CLOCK}${ZONE}(\\[[^\\]]+\\])?$`), "2024-05-01T09:30+02:00"],
  duration: [/^[+-]?P[^\s]+$/, "P1DT12H: a day and twelve hours"],
};
export const KINDS = {
  text: "Text", number: "Number", yesno: "Yes / no", list: "List", nothing: "Nothing", bytes: "Bytes",
  date: "Date", localTime: "Time", time: "Time", localDateTime: "Date, time", dateTime: "Date, time", duration: "Duration",
};
const SHARED = { $counter: "Counter", $set: "Set", $map: "Map", $list: "List", $text: "Text" };

/** "Counter", "Set", "Map", "List" or "Text" of a value that merges what everybody says; else null. */
export function sharedKindOf(value) {
  return SHARED[tagOf(value)] ?? null;
}

/** The kind of a value: a key of KINDS; "shared" for one that merges, "other" for what this page shows but cannot edit. */
export function kindOf(value) {
  if (value === null || value === undefined) return "nothing";
  if (typeof value === "string") return "text";
  if (typeof value === "number" || typeof value === "bigint") return "number";
  if (typeof value === "boolean") return "yesno";
  if (Array.isArray(value)) return "list";
  if (value instanceof Uint8Array) return "bytes";
  const tag = tagOf(value);
  if (tag === "$int" || tag === "$float") return "number";
  if (tag in SHARED) return "shared";
  return tag && tag.slice(1) in TIMES ? tag.slice(1) : "other";
}

/** Whether a page has a field to write a value of this kind. */
export const isWritable = (kind) => !["bytes", "shared", "other"].includes(kind);

/** The text of a value, for reading and editing. */
export function textOf(value) {
  switch (kindOf(value)) {
    case "nothing": return "";
    case "yesno": return value ? "yes" : "no";
    case "list": return value.map(textOf).join(", ");
    case "bytes": return `${value.length} ${value.length === 1 ? "byte" : "bytes"}`;
    case "shared": return sharedText(value[tagOf(value)]);
    case "other": return JSON.stringify(value);
    default: return String(tagOf(value) ? value[tagOf(value)] : value);
  }
}

function sharedText(content) {
  const isMap = typeof content === "object" && !Array.isArray(content) && tagOf(content) !== "$int";
  return isMap ? Object.entries(content).map(([name, each]) => `${name}: ${textOf(each)}`).join(", ") : textOf(content);
}

/** A whole number stays whole and 2.0 a float: the graph tells them apart, and so do queries. */
function parseNumber(text) {
  const plain = text.trim();
  if (INTEGER.test(plain)) {
    const whole = BigInt(plain);
    return whole >= BigInt(Number.MIN_SAFE_INTEGER) && whole <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(plain) : exact.int(whole);
  }
  if (!NUMBER.test(plain) || !Number.isFinite(Number(plain))) return undefined;
  return Number.isSafeInteger(Number(plain)) ? floatOf(Number(plain)) : Number(plain);
}

const floatOf = (whole) => ({ $float: `${Object.is(whole, -0) ? "-0" : whole}.0` });

/** The value that a typed text means; `kind` "auto" guesses. `old`: of a list, what it was. Raises TypeError with advice. */
export function parse(text, kind = "auto", old = []) {
  const plain = text.trim();
  if (kind in TIMES) return parseTime(plain, kind);
  switch (kind) {
    case "auto": return guess(text, plain);
    case "number": {
      const number = parseNumber(text);
      if (number === undefined) throw new TypeError(`“${plain.slice(0, 40)}” is not a number.`);
      return number;
    }
    case "yesno":
      if (/^(yes|true|1|on)$/i.test(plain)) return true;
      if (/^(no|false|0|off|)$/i.test(plain)) return false;
      throw new TypeError("Type yes or no.");
    case "list": return plain ? plain.split(",").map((part, index) => element(part.trim(), old[index])) : [];
    case "nothing": return null;
    default: return text;
  }
}

function parseTime(plain, kind) {
  const [pattern, example] = TIMES[kind];
  if (!pattern.test(plain)) throw new TypeError(`Write it like ${example}.`);
  return { [`$${kind}`]: plain };
}

/** What nobody touched in a list stays as it is: the text "5" does not become a number. */
function element(part, old) {
  return old !== undefined && textOf(old) === part ? old : guess(part, part);
}

function guess(text, plain) {
  const number = parseNumber(plain);
  if (number !== undefined) return number;
  if (/^(true|yes)$/i.test(plain)) return true;
  if (/^(false|no)$/i.test(plain)) return false;
  const time = ["date", "dateTime"].find((kind) => TIMES[kind][0].test(plain) && /^\d{4}-/.test(plain) && !Number.isNaN(Date.parse(plain)));
  return time ? parseTime(plain, time) : text;
}

/** Whether two values are the same, kind and all; element by element in lists, maps and bytes. */
export function isSame(a, b) {
  if (Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b) || a instanceof Uint8Array !== b instanceof Uint8Array) return false;
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => name in b && isSame(a[name], b[name]));
}

/** A number, also one with a tag, to compare and to draw. */
export const numberOf = (value) => (kindOf(value) === "number" ? seenOf(value) : null);

/** Values in table order: numbers by size, text by the alphabet of the reader, nothing last. */
export function compare(a, b) {
  const [first, second] = [kindOf(a), kindOf(b)];
  if (first === "nothing" || second === "nothing") return (first === "nothing") - (second === "nothing");
  if (first === "number" && second === "number") return numberOf(a) < numberOf(b) ? -1 : Number(numberOf(a) > numberOf(b));
  return textOf(a).localeCompare(textOf(b), undefined, { numeric: true });
}

const CAPTION_NAMES = ["name", "title", "label", "caption", "text"];
const MAX_CAPTION = 40;

/** What a vertex is called on the page: its name if it has one, else its id. */
export function captionOf(vertex) {
  for (const name of CAPTION_NAMES) {
    const value = seenOf(vertex.properties[name]);
    if (typeof value === "string" && value.trim()) return value.length > MAX_CAPTION ? `${value.slice(0, MAX_CAPTION - 1)}…` : value;
  }
  return vertex.id.length > MAX_CAPTION ? `${vertex.id.slice(0, MAX_CAPTION - 1)}…` : vertex.id;
}

/** Where someone put the vertex by hand, {x, y}; null when nobody did (or a stranger wrote nonsense). */
export function placedAt(vertex) {
  const [x, y] = [seenOf(vertex.properties.x), seenOf(vertex.properties.y)];
  const isPlace = (value) => typeof value === "number" && Math.abs(value) <= 100_000;
  return isPlace(x) && isPlace(y) ? { x, y } : null;
}
