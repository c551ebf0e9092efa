// Mergeable values for pages: counters, sets, maps and lists that everybody can change at once.
//
//   await graph.counter("post", "likes").add(1);           await graph.counter("post", "likes").value();      // 1
//   await graph.set("post", "tags").add("python");         await graph.map("shirt", "stock").put({ M: 3 });
//   await graph.list("trip", "stops").append("Vienna");    await graph.list({ edge: "e1" }, "stops").move(0, 2);
//
// The first argument is the id of a vertex, or {edge: id}. Inside graph.transaction the same verbs take effect with it,
// and those of a text: tx.text("note", "body").insert(0, "Hello"), with offsets of JavaScript strings.
//
// To begin a value, or to add to it, in a put or a link:
//
//   await graph.put("post", { title: "Graphs", likes: shared.counter(), tags: shared.set(["new"]), body: shared.text("Hello") });

/** What each kind can do. */
const VERBS = {
  counter: ["add"],
  set: ["add", "discard"],
  map: ["put", "remove"],
  list: ["insert", "append", "replace", "delete", "move"],
  text: ["insert", "delete", "replace"],
};

/**
 * What to put into a property so that everybody can change it at once. Put again, it adds: a counter its amount, a set, map or
 * list its elements; a text begins where none is yet. They are plain objects, such as { $counter: 2 }.
 */
export const shared = {
  counter: (amount = 0) => ({ $counter: amount }),
  set: (elements = []) => ({ $set: [...elements] }),
  map: (entries = {}) => ({ $map: entries instanceof Map ? Object.fromEntries(entries) : { ...entries } }),
  list: (elements = []) => ({ $list: [...elements] }),
  text: (content = "") => ({ $text: content }),
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
