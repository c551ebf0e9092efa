// Values exactly as they are in the graph, for pages that write back what they read. What JavaScript has no type for is an object
// with one key, the tag (the other end, with the whole list, is pypkg/graphvine/platform/browser/tags.py):
//
//   const { properties } = await graph.get("post", { exact: true });   // { on: { $date: "2024-05-01" }, likes: { $counter: 2 } }
//   await graph.delete("post");
//   await graph.put("post", properties);                               // a date and a counter again
//   await graph.put("post", { on: exact.date("2024-05-02"), rate: exact.float(2) });
//
// Tags are taken wherever a value goes: put, link, the verbs of mergeable values, and parameters of queries.

/** What to write for a value that JavaScript has no type for. Times are ISO 8601 text. */
export const exact = {
  date: (text) => ({ $date: text }),
  localTime: (text) => ({ $localTime: text }),
  time: (text) => ({ $time: text }),
  localDateTime: (text) => ({ $localDateTime: text }),
  dateTime: (text) => ({ $dateTime: text instanceof Date ? text.toISOString() : text }),
  duration: (text) => ({ $duration: text }),
  int: (value) => ({ $int: String(value) }),
  float: (value) => ({ $float: Object.is(value, -0) ? "-0.0" : String(value) }),
};

/** The tag of a value, such as "$date"; null when it is what it looks like. */
export function tagOf(value) {
  if (value === null || typeof value !== "object" || Array.isArray(value) || value instanceof Uint8Array) return null;
  const keys = Object.keys(value);
  return keys.length === 1 && keys[0].startsWith("$") ? keys[0] : null;
}

/** What a value says once its tag is gone: text of times, BigInt or Number of numbers, what readers see of mergeable values. */
export function seenOf(value) {
  if (Array.isArray(value)) return value.map(seenOf);
  const tag = tagOf(value);
  if (tag === null) return value;
  const content = value[tag];
  if (tag === "$int") return BigInt(content);
  if (tag === "$float") return Number(content);
  if (tag === "$map") return Object.fromEntries(Object.entries(content).map(([name, each]) => [name, seenOf(each)]));
  return seenOf(content);
}
