// Text and maps in yjs, automerge and loro: one encoded update for each edit, as when somebody types.
import * as Automerge from "@automerge/automerge/slim";
import { automergeWasmBase64 } from "@automerge/automerge/automerge.wasm.base64";
import { LoroDoc } from "loro-crdt/base64";
import * as Y from "yjs";

// What an edit of each kind does to a value of each system, and how the value is read. A kind that a system lacks is not
// in its table.
const yKinds = {
  text: (doc) => {
    const text = doc.getText("v");
    const edit = ([at, deleted, inserted]) => {
      if (deleted) text.delete(at, deleted);
      if (inserted) text.insert(at, inserted);
    };
    return { edit, read: () => text.toString() };
  },
  map: (doc) => {
    const map = doc.getMap("v");
    return { edit: ([key, value]) => map.set(key, value), read: () => map.toJSON() };
  },
  list: (doc) => {
    const list = doc.getArray("v");
    const edit = ([verb, at]) => (verb === "push" ? list.push([at]) : list.delete(at, 1));
    return { edit, read: () => list.toJSON() };
  },
};
const yjs = {
  kinds: yKinds,
  writer(kind) {
    const doc = new Y.Doc(), updates = [], value = yKinds[kind](doc);
    doc.on("update", (update) => updates.push(update));
    const edit = (what) => doc.transact(() => value.edit(what));
    return { edit, updates, read: value.read, store: () => Y.encodeStateAsUpdate(doc) };
  },
  reader(kind) {
    const doc = new Y.Doc(), value = yKinds[kind](doc);
    return { apply: (update) => Y.applyUpdate(doc, update), read: value.read };
  },
  open(bytes) {
    const doc = new Y.Doc();
    Y.applyUpdate(doc, bytes);
    return doc.getText("v").toString();
  },
};

// By its own lower level, without the proxies and frozen objects of `change`.
const aKinds = {
  text: ["", (doc, v) => ([at, deleted, inserted]) => doc.splice(v, at, deleted, inserted)],
  map: [{}, (doc, v) => ([key, value]) => doc.put(v, key, value)],
  list: [
    [],
    (doc, v) => ([verb, at]) => (verb === "push" ? doc.push(v, at) : doc.delete(v, at)),
  ],
  counter: [{}, (doc, v) => ([amount]) => doc.increment(v, "count", amount)],
};
const automerge = {
  kinds: aKinds,
  writer(kind) {
    const [empty, editor] = aKinds[kind];
    const doc = Automerge.getBackend(Automerge.init()), held = doc.putObject("/", "v", empty), change = editor(doc, held);
    if (kind === "counter") doc.put(held, "count", 0, "counter");
    doc.commit();
    const updates = [doc.getLastLocalChange()];
    const edit = (what) => {
      change(what);
      doc.commit();
      updates.push(doc.getLastLocalChange());
    };
    return { edit, updates, read: () => aRead(doc, kind), store: () => doc.save() };
  },
  reader(kind) {
    const doc = Automerge.getBackend(Automerge.init());
    return { apply: (update) => doc.applyChanges([update]), read: () => aRead(doc, kind) };
  },
  open: (bytes) => Automerge.load(bytes).v,
};
const aRead = (doc, kind) => {
  const value = doc.materialize("/").v;
  return kind === "counter" ? Number(value.count) : value;
};

const lKinds = {
  text: (doc) => {
    const text = doc.getText("v");
    const edit = ([at, deleted, inserted]) => {
      if (deleted) text.delete(at, deleted);
      if (inserted) text.insert(at, inserted);
    };
    return { edit, read: () => text.toString() };
  },
  map: (doc) => {
    const map = doc.getMap("v");
    return { edit: ([key, value]) => map.set(key, value), read: () => map.toJSON() };
  },
  list: (doc) => {
    const list = doc.getMovableList("v");
    const edit = ([verb, at, to]) =>
      verb === "push" ? list.push(at) : verb === "move" ? list.move(at, to) : list.delete(at, 1);
    return { edit, read: () => list.toJSON() };
  },
  counter: (doc) => {
    const counter = doc.getCounter("v");
    return { edit: ([amount]) => counter.increment(amount), read: () => counter.value };
  },
};
lKinds.moves = lKinds.list;
const loro = {
  kinds: lKinds,
  writer(kind) {
    const doc = new LoroDoc(), updates = [], value = lKinds[kind](doc);
    doc.subscribeLocalUpdates((update) => updates.push(update));
    const edit = (what) => {
      value.edit(what);
      doc.commit();
    };
    return { edit, updates, read: value.read, store: () => doc.export({ mode: "snapshot" }) };
  },
  reader(kind) {
    const doc = new LoroDoc();
    return { apply: (update) => doc.import(update), read: () => lKinds[kind](doc).read() };
  },
  open(bytes) {
    const doc = new LoroDoc();
    doc.import(bytes);
    return doc.getText("v").toString();
  },
};

const systems = { yjs, automerge, loro };

globalThis.prepare = () => Automerge.initializeBase64Wasm(automergeWasmBase64);

/** Let what the platform has put off be done, so that it is not counted in what comes next. */
const settle = () => new Promise((resolve) => setTimeout(resolve, 20));

/** Do something for each item, for at most `patience` ms. Returns the time, and how many were done. */
async function each(items, run, patience) {
  await settle();
  const start = performance.now();
  let done = 0;
  for (const item of items) {
    run(item);
    if (!(++done & 255) && performance.now() - start > patience) break;
  }
  return [performance.now() - start, done];
}

/**
 * kind: what the edits are of. rounds: how often everything is done; the best times count. Returns the answers (which
 * must be everybody's), the times, and what was not waited for; null where the system has no such kind.
 */
globalThis.work = async (name, kind, edits, patience, rounds) => {
  const system = systems[name];
  if (!(kind in system.kinds)) return null;
  const answers = [], times = {}, unfinished = {};
  const phase = async (what, items, run) => {
    const [took, done] = await each(items, run, patience);
    if (done < items.length) unfinished[what] = done / items.length;
    if (!(took > times[what])) times[what] = took;
    return done === items.length;
  };
  let writer, isWritten;
  for (let round = 0; round < rounds && !(times.edit + times.apply > patience / 4); round++) {
    writer = system.writer(kind);
    const reader = system.reader(kind);
    isWritten = await phase("edit", edits, writer.edit);
    const isRead = await phase("apply", [...writer.updates], reader.apply);
    if (isWritten) answers.push(writer.read());
    if (isWritten && isRead) answers.push(reader.read());
  }
  if (kind === "text" && isWritten) {
    const bytes = writer.store();
    times.bytes = bytes.length;
    times.load = Infinity;
    for (let round = 0; round < 5; round++) {
      await settle();
      const start = performance.now();
      answers.push(system.open(bytes));
      times.load = Math.min(times.load, performance.now() - start);
    }
  }
  return { answers, times, unfinished };
};
