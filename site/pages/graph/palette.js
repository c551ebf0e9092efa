// What colour a vertex has, and what the colour means. Distinct for most kinds of colour blindness, in light and dark.

import { kindOf, textOf } from "./values.js";

const LIGHT = ["#2f7d4f", "#d9822b", "#3b6fd4", "#b8479b", "#0f8b8d", "#c2453a", "#7a5bd0", "#8a7a1f", "#5b6b7b", "#a0522d"];
const DARK = ["#6fcf8e", "#f0a95b", "#82aaff", "#e58fcf", "#5ccfd1", "#f28b80", "#b39bff", "#d8c65a", "#a3b3c4", "#d59a78"];
const NAMES = ["group", "type", "kind", "category", "cluster", "community"];
const MAX_KEYS = 40; // more distinct values than this say nothing as colours
const SCANNED = 2_000;

function keyFor(vertex, rule) {
  return rule === "labels" ? vertex.labels[0] : keyOf(vertex.properties[rule]);
}

/** A single value as something that can be counted; nothing for lists, bytes and what merges. */
function keyOf(value) {
  if (value === null || typeof value !== "object") return value;
  return ["list", "bytes", "shared", "other"].includes(kindOf(value)) ? undefined : textOf(value);
}

/** What the colours may mean: "labels", or the name of a property with few distinct values. */
export function colourRules(mirror) {
  const values = new Map();
  let seen = 0;
  for (const vertex of mirror.vertices.values()) {
    if ((seen += 1) > SCANNED) break;
    for (const [name, value] of Object.entries(vertex.properties)) {
      const key = keyOf(value);
      if (name === "x" || name === "y" || key === undefined || key === null) continue;
      if (!values.has(name)) values.set(name, new Set());
      if (values.get(name).size <= MAX_KEYS) values.get(name).add(key);
    }
  }
  const limit = Math.min(MAX_KEYS, Math.max(2, mirror.vertices.size / 2));
  return ["labels", ...[...values].filter(([, found]) => found.size > 1 && found.size <= limit).map(([name]) => name).sort()];
}

/** The rule to begin with: several labels speak for themselves, else a property that sounds like a group. */
export function bestRule(mirror, rules) {
  const labels = new Set();
  for (const vertex of mirror.vertices.values()) if (vertex.labels[0]) labels.add(vertex.labels[0]);
  if (labels.size > 1) return "labels";
  return NAMES.find((name) => rules.includes(name)) ?? "labels";
}

export class Palette {
  #indexByKey = new Map();
  rule = "labels";

  constructor(isDark) {
    this.isDark = isDark;
  }

  /** Give every key its colour, the most frequent first; equal ones by name, so that every browser agrees. */
  update(mirror, rule) {
    this.rule = rule;
    const counts = new Map();
    for (const vertex of mirror.vertices.values()) {
      const key = keyFor(vertex, rule);
      if (key !== undefined && key !== null) counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    const order = [...counts].sort((a, b) => b[1] - a[1] || (String(a[0]) < String(b[0]) ? -1 : 1));
    this.#indexByKey = new Map(order.map(([key], index) => [key, index]));
    this.legend = order.map(([key, count], index) => ({ key: String(key), count, colour: this.#colour(index) }));
  }

  #colour(index) {
    const colours = this.isDark ? DARK : LIGHT;
    return index === undefined ? (this.isDark ? "#8fa196" : "#7b8c82") : colours[index % colours.length];
  }

  colourOf(vertex) {
    return this.#colour(this.#indexByKey.get(keyFor(vertex, this.rule)));
  }
}
