// Property values as people see and type them.

const INTEGER = /^[+-]?\d{1,19}$/;
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
export const KINDS = { text: "Text", number: "Number", yesno: "Yes / no", list: "List", nothing: "Nothing" };

/** The kind of a value: a key of KINDS, or "other" for what this page shows but cannot edit. */
export function kindOf(value) {
  if (value === null || value === undefined) return "nothing";
  if (typeof value === "string") return "text";
  if (typeof value === "number" || typeof value === "bigint") return "number";
  if (typeof value === "boolean") return "yesno";
  if (Array.isArray(value)) return "list";
  return "other";
}

/** The text of a value, for reading and editing. */
export function textOf(value) {
  switch (kindOf(value)) {
    case "nothing": return "";
    case "yesno": return value ? "yes" : "no";
    case "list": return value.map(textOf).join(", ");
    case "other": return value instanceof Uint8Array ? `${value.length} bytes` : JSON.stringify(value);
    default: return String(value);
  }
}

function parseNumber(text) {
  const plain = text.trim();
  if (INTEGER.test(plain)) {
    const whole = BigInt(plain);
    return whole >= BigInt(Number.MIN_SAFE_INTEGER) && whole <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(plain) : whole;
  }
  return NUMBER.test(plain) && Number.isFinite(Number(plain)) ? Number(plain) : undefined;
}

/** The value that a typed text means; `kind` "auto" guesses. Raises TypeError with advice. */
export function parse(text, kind = "auto") {
  const plain = text.trim();
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
    case "list": return plain ? plain.split(",").map((part) => guess(part.trim(), part.trim())) : [];
    case "nothing": return null;
    default: return text;
  }
}

function guess(text, plain) {
  const number = parseNumber(plain);
  if (number !== undefined) return number;
  if (/^(true|yes)$/i.test(plain)) return true;
  if (/^(false|no)$/i.test(plain)) return false;
  return text;
}

/** Whether two values are the same, element by element in lists and bytes. */
export function isSame(a, b) {
  if (Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null || a.length === undefined || a.length !== b.length) return false;
  for (let index = 0; index < a.length; index += 1) if (!isSame(a[index], b[index])) return false;
  return true;
}

/** Values in table order: numbers by size, text by the alphabet of the reader, nothing last. */
export function compare(a, b) {
  const [first, second] = [kindOf(a), kindOf(b)];
  if (first === "nothing" || second === "nothing") return (first === "nothing") - (second === "nothing");
  if (first === "number" && second === "number") return a < b ? -1 : Number(a > b);
  return textOf(a).localeCompare(textOf(b), undefined, { numeric: true });
}

const CAPTION_NAMES = ["name", "title", "label", "caption", "text"];
const MAX_CAPTION = 40;

/** What a vertex is called on the page: its name if it has one, else its id. */
export function captionOf(vertex) {
  for (const name of CAPTION_NAMES) {
    const value = vertex.properties[name];
    if (typeof value === "string" && value.trim()) return value.length > MAX_CAPTION ? `${value.slice(0, MAX_CAPTION - 1)}…` : value;
  }
  return vertex.id.length > MAX_CAPTION ? `${vertex.id.slice(0, MAX_CAPTION - 1)}…` : vertex.id;
}

/** Where someone put the vertex by hand, {x, y}; null when nobody did (or a stranger wrote nonsense). */
export function placedAt(vertex) {
  const { x, y } = vertex.properties;
  const isPlace = (value) => typeof value === "number" && Math.abs(value) <= 100_000;
  return isPlace(x) && isPlace(y) ? { x, y } : null;
}
