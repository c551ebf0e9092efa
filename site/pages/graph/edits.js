// What this person changed, as places with a before and an after; so that each edit can be undone and done again. Values are
// exact, so what comes back is what was there: a date a date, a counter a counter.
import { isSame, sharedKindOf } from "./values.js";

const MAX_HISTORY = 200;
const POSITION = new Set(["x", "y"]);

/**
 * One place that an edit touches: {kind: "vertex" | "edge", id, before, after}. A record is null (does not exist),
 * {labels, properties} of a vertex, or {type, source, target, properties} of an edge. A place may also be {kind: "act", does,
 * undoes}, functions that return steps: for values that merge, where there is no before, only what takes it back.
 *
 * steps: the transaction's steps that bring the place from one record to another, given what is there now.
 * skipped: how many differences are left alone because someone else changed them meanwhile.
 */
export function stepsBetween({ kind, id }, from, to, current) {
  if (!to) return remove(kind, id, from, current);
  if (!from) return { steps: current ? [] : [put(kind, id, to, to.properties, [], to.labels ?? [], [])], skipped: current ? 1 : 0 };
  if (!current) return { steps: [], skipped: 1 };
  return change(kind, id, from, to, current);
}

function remove(kind, id, from, current) {
  if (!current) return { steps: [], skipped: 0 };
  if (from && !isUntouched(from, current)) return { steps: [], skipped: 1 };
  return { steps: [kind === "vertex" ? ["delete", id] : ["unlink", id]], skipped: 0 };
}

/** Where a vertex lies in the picture does not count: moving is not editing. */
function isUntouched(record, current) {
  const names = new Set([...Object.keys(record.properties), ...Object.keys(current.properties)]);
  for (const name of names) if (!POSITION.has(name) && !isSame(record.properties[name], current.properties[name])) return false;
  return isSame([...(record.labels ?? [])].sort(), [...(current.labels ?? [])].sort());
}

function change(kind, id, from, to, current) {
  const properties = {};
  const removed = [];
  let skipped = 0;
  for (const name of new Set([...Object.keys(from.properties), ...Object.keys(to.properties)])) {
    if (isSame(from.properties[name], to.properties[name])) continue;
    if (!isSame(current.properties[name], from.properties[name])) skipped += 1;
    else if (name in to.properties) properties[name] = to.properties[name];
    else removed.push(name);
  }
  const fresh = Object.keys(properties).filter((name) => sharedKindOf(properties[name]) && sharedKindOf(current.properties[name]));
  const labels = (to.labels ?? []).filter((label) => !(from.labels ?? []).includes(label));
  const unlabelled = (from.labels ?? []).filter((label) => !(to.labels ?? []).includes(label));
  const isNothing = !removed.length && !labels.length && !unlabelled.length && !Object.keys(properties).length;
  if (isNothing) return { steps: [], skipped };
  const reset = fresh.length ? [put(kind, id, current, {}, fresh, [], [])] : []; // put would add to what is there
  return { steps: [...reset, put(kind, id, current, properties, removed, labels, unlabelled)], skipped };
}

function put(kind, id, record, properties, removed, labels, unlabelled) {
  if (kind === "vertex") return ["put", id, properties, { labels, remove: removed, unlabel: unlabelled }];
  return ["link", record.source, record.type, record.target, properties, { edge: id, remove: removed }];
}

const ORDER = { unlink: 0, delete: 1, put: 2, link: 3, merge: 4 };

/** Performs edits on `graph` and remembers them. A "history" event says that undo and redo changed. */
export class Edits extends EventTarget {
  #done = [];
  #undone = [];

  constructor(graph, mirror) {
    super();
    this.graph = graph;
    this.mirror = mirror;
  }

  get undoTitle() {
    return this.#done.at(-1)?.title ?? null;
  }

  get redoTitle() {
    return this.#undone.at(-1)?.title ?? null;
  }

  /** Do it, and remember how to undo it. */
  async apply(title, places) {
    await this.#perform(places, "before", "after");
    this.record(title, places);
  }

  /** Remember what happened already, such as a drag that was shown live. written: resolves when all of it is written. */
  record(title, places, written = null) {
    this.#done.push({ title, places, written });
    this.#done.splice(0, this.#done.length - MAX_HISTORY);
    this.#undone = [];
    this.#tell();
  }

  /** Undo the last edit; resolves to {title, skipped}, or null when there is none. */
  undo() {
    return this.#move(this.#done, this.#undone, "after", "before");
  }

  redo() {
    return this.#move(this.#undone, this.#done, "before", "after");
  }

  async #move(source, sink, from, to) {
    const edit = source.pop();
    if (!edit) return null;
    try {
      await edit.written;
      const skipped = await this.#perform(edit.places, from, to);
      sink.push(edit);
      return { title: edit.title, skipped };
    } catch (error) {
      source.push(edit);
      throw error;
    } finally {
      this.#tell();
    }
  }

  async #perform(places, from, to) {
    const steps = [];
    let skipped = 0;
    for (const place of places) {
      if (place.kind === "act") {
        steps.push(...(to === "after" ? place.does() : place.undoes()));
        continue;
      }
      const current = place.kind === "vertex" ? this.mirror.vertex(place.id) : this.mirror.edge(place.id);
      const result = stepsBetween(place, place[from], place[to], current);
      steps.push(...result.steps);
      skipped += result.skipped;
    }
    steps.sort((a, b) => ORDER[a[0]] - ORDER[b[0]]);
    if (steps.length) await this.graph.transaction(steps);
    return skipped;
  }

  #tell() {
    this.dispatchEvent(new Event("history"));
  }
}

/** The records of a vertex and of all its edges going away. */
export function deletionOf(mirror, vertexId) {
  const { labels, properties } = mirror.vertex(vertexId);
  const edges = mirror.edgesAt(vertexId).map((edge) => ({ kind: "edge", id: edge.id, before: edgeRecord(edge), after: null }));
  return [{ kind: "vertex", id: vertexId, before: { labels, properties }, after: null }, ...edges];
}

export function vertexRecord({ labels, properties }) {
  return { labels: [...labels], properties: { ...properties } };
}

export function edgeRecord({ type, source, target, properties }) {
  return { type, source, target, properties: { ...properties } };
}
