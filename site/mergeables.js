// Mergeable values for pages: counters, sets, maps and lists that everybody can change at once.
//
//   await graph.counter("post", "likes").add(1);           await graph.counter("post", "likes").value();      // 1
//   await graph.set("post", "tags").add("python");         await graph.map("shirt", "stock").put({ M: 3 });
//   await graph.list("trip", "stops").append("Vienna");    await graph.list({ edge: "e1" }, "stops").move(0, 2);
//
// The first argument is the id of a vertex, or {edge: id}. Inside graph.transaction the same verbs take effect with it.

/** What each kind can do. */
const VERBS = {
  counter: ["add"],
  set: ["add", "discard"],
  map: ["put", "remove"],
  list: ["insert", "append", "replace", "delete", "move"],
};

/**
 * The value that `[kind, target, name]` names. `merge(kind, target, name, verb, args)` performs a verb; `read(kind, target,
 * name)` resolves to what the value is now (left out in a transaction).
 */
export function mergeable(named, merge, read) {
  const value = {};
  for (const verb of VERBS[named[0]]) value[verb] = (...args) => merge(...named, verb, args);
  if (read) value.value = () => read(...named);
  return value;
}
