// Text and maps in yjs, automerge and loro: one encoded update for each edit, as when somebody types.
import * as Automerge from "@automerge/automerge/slim";
import { automergeWasmBase64 } from "@automerge/automerge/automerge.wasm.base64";
import { LoroDoc } from "loro-crdt/base64";
import * as Y from "yjs";

const yjs = {
  writer(kind) {
    const doc = new Y.Doc(), text = doc.getText("text"), map = doc.getMap("map"), updates = [];
    doc.on("update", (update) => updates.push(update));
    const type = ([at, deleted, inserted]) =>
      doc.transact(() => {
        if (deleted) text.delete(at, deleted);
        if (inserted) text.insert(at, inserted);
      });
    const set = ([key, value]) => map.set(key, value);
    return {
      edit: kind === "text" ? type : set,
      updates,
      read: () => (kind === "text" ? text.toString() : map.toJSON()),
      store: () => Y.encodeStateAsUpdate(doc),
    };
  },
  reader(kind) {
    const doc = new Y.Doc();
    return {
      apply: (update) => Y.applyUpdate(doc, update),
      read: () => (kind === "text" ? doc.getText("text").toString() : doc.getMap("map").toJSON()),
    };
  },
  open(bytes) {
    const doc = new Y.Doc();
    Y.applyUpdate(doc, bytes);
    return doc.getText("text").toString();
  },
};

// By its own lower level, without the proxies and frozen objects of `change`.
const automerge = {
  writer(kind) {
    const doc = Automerge.getBackend(Automerge.init()), held = doc.putObject("/", kind, kind === "text" ? "" : {});
    doc.commit();
    const updates = [doc.getLastLocalChange()];
    const edit = ([at, deleted, inserted]) => {
      if (kind === "text") doc.splice(held, at, deleted, inserted);
      else doc.put(held, at, deleted);
      doc.commit();
      updates.push(doc.getLastLocalChange());
    };
    const read = () => (kind === "text" ? doc.text(held) : doc.materialize(held));
    return { edit, updates, read, store: () => doc.save() };
  },
  reader(kind) {
    const doc = Automerge.getBackend(Automerge.init());
    return { apply: (update) => doc.applyChanges([update]), read: () => doc.materialize("/")[kind] };
  },
  open: (bytes) => Automerge.load(bytes).text,
};

const loro = {
  writer(kind) {
    const doc = new LoroDoc(), text = doc.getText("text"), map = doc.getMap("map"), updates = [];
    doc.subscribeLocalUpdates((update) => updates.push(update));
    const edit = ([at, deleted, inserted]) => {
      if (kind === "text") {
        if (deleted) text.delete(at, deleted);
        if (inserted) text.insert(at, inserted);
      } else map.set(at, deleted);
      doc.commit();
    };
    const read = () => (kind === "text" ? text.toString() : map.toJSON());
    return { edit, updates, read, store: () => doc.export({ mode: "snapshot" }) };
  },
  reader(kind) {
    const doc = new LoroDoc();
    const read = () => (kind === "text" ? doc.getText("text").toString() : doc.getMap("map").toJSON());
    return { apply: (update) => doc.import(update), read };
  },
  open(bytes) {
    const doc = new LoroDoc();
    doc.import(bytes);
    return doc.getText("text").toString();
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

/** kind: "text" or "map". Returns the answers (which must be everybody's), the times, and what was not waited for. */
globalThis.work = async (name, kind, edits, patience) => {
  const system = systems[name], writer = system.writer(kind), reader = system.reader(kind);
  const answers = [], times = {}, unfinished = {};
  const phase = async (what, items, run) => {
    const [took, done] = await each(items, run, patience);
    times[what] = took;
    if (done < items.length) unfinished[what] = done / items.length;
    return done === items.length;
  };
  const isWritten = await phase("edit", edits, writer.edit);
  const updates = [...writer.updates];
  if (isWritten) answers.push(writer.read());
  if ((await phase("apply", updates, reader.apply)) && isWritten) answers.push(reader.read());
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
