// Graphvine for pages: the verbs of the Python API as promises and callbacks.
//
//   import { open } from "./graphvine.js";
//   const graph = await open("team-wiki");
//   await graph.put("alice", { name: "Alice", age: 30 }, { labels: ["Person"] });
//   const stop = graph.live("MATCH (p:Person) RETURN p.name AS name", {}, (rows) => console.log(rows));
//
// The peer runs in Python, in a worker or (thread: "main") on this thread. Protocol, over one MessagePort, the same for both
// (the other end is pypkg/graphvine/platform/browser/rpc.py):
//   page -> peer   {id, verb, graph, args}    a call; `graph` is the number that "open" returned
//                  {cancel: id}               end a stream
//   files: transfers.js and rpc_transfers.py
//   peer -> page   MessagePack (one with a key `__proto__` inside {maps: bytes}) of {ready: true} | {failed: {name, message, …}} | {progress: {phase, fraction, how}}
//                  {id, value} | {id, error: {name, message, …}}    the answer
//                  {id, item}                 one more item of a stream (live, changes); its end is {id, value}
//                  {id, part} … {id, whole}   a large value or item (`whole` says which): see assembly.js and parcels.py
// Values cross by structured clone one way and MessagePack the other: bytes as Uint8Array, integers as Number, or BigInt beyond 2^53; temporal values
// as text. A JavaScript Number without a fraction becomes an integer. With {exact: true}, what reads gives values that can be written
// back with nothing lost: see exact.js.
//
// `thread` and `snapshot` can be set in the page's address too: ?thread=main, ?snapshot=off.

import { Unpackr } from "msgpackr";
import { Assembly } from "./assembly.js";
import { bootPython, fetchFiles, fileNames, missingFeatures, onDeath } from "./boot.js";
import { attachConnections } from "./connections.js";
import { exact, seenOf, tagOf } from "./exact.js";
import { mergeable, shared } from "./mergeables.js";
import { Presence, SharedText } from "./texts.js";
import { exportStream, importFile } from "./transfers.js";

const unpackr = new Unpackr({ useRecords: false, mapsAsObjects: true, int64AsType: "auto" });
const mapUnpackr = new Unpackr({ useRecords: false, mapsAsObjects: false, int64AsType: "auto" });
const AWAY_MS = 10_000; // out of sight for so long, and the machine may have slept
const HERE = new URL(".", import.meta.url);

/** An error of the peer: `name` is that of the Python exception, `message` says what happened and what to do. */
export class GraphvineError extends Error {
  constructor(fields) {
    super(fields.message);
    Object.assign(this, fields);
  }
}

/** A message of the peer. {maps: bytes} holds one with a key `__proto__`, which only `fromEntries` keeps as a key. */
function unpacked(block) {
  const data = unpackr.unpack(block);
  return data.maps ? objects(mapUnpackr.unpack(data.maps)) : data;
}

function objects(value) {
  if (value instanceof Map) return Object.fromEntries([...value].map(([key, item]) => [key, objects(item)]));
  return Array.isArray(value) ? value.map(objects) : value;
}

class Runtime {
  #calls = new Map();
  #next = 1;
  #port;
  #failed = null; // the error that ended it all
  #refuse; // rejects `ready`

  constructor(thread, options) {
    const channel = new MessageChannel();
    this.#port = channel.port1;
    this.ready = new Promise((resolve, reject) => {
      this.#refuse = reject;
      this.#port.onmessage = ({ data: block }) => {
        const data = block instanceof Uint8Array ? unpacked(block) : block;
        if (data.progress) options.onProgress?.(data.progress);
        else if (data.ready) resolve();
        else if (data.failed) this.#fail(new GraphvineError(data.failed));
        else this.#answer(data);
      };
      const boot = thread === "main" ? bootHere : bootInWorker;
      boot(channel.port2, { snapshot: options.snapshot, baseUrl: HERE.href }, (error) => this.#fail(error), options.onProgress);
    });
  }

  /** Python did not start, or is gone: nobody waits for an answer that cannot come. */
  #fail(error) {
    this.#failed ??= error;
    this.#refuse(error);
    for (const call of this.#calls.values()) call.reject(error);
    this.#calls.clear();
  }

  #answer({ id, value, item, error, part, whole }) {
    const call = this.#calls.get(id);
    if (part) return call && (call.assembly ??= new Assembly()).take(part);
    if (whole && call) {
      const { all } = call.assembly;
      call.assembly = null;
      if (whole === "item") item = all;
      else value = all;
    }
    if (item !== undefined) return call?.onItem(item);
    this.#calls.delete(id);
    if (error) call?.reject(new GraphvineError(error));
    else call?.resolve(value);
  }

  #send(verb, graph, args, onItem) {
    const id = this.#next++;
    if (this.#failed) return { id, answer: Promise.reject(this.#failed) };
    const answer = new Promise((resolve, reject) => this.#calls.set(id, { resolve, reject, onItem }));
    this.#port.postMessage({ id, verb, graph, args });
    return { id, answer };
  }

  /** Start a call that has items, and can be cancelled: {id, answer, cancel}. */
  async startCall(verb, graph, args, onItem) {
    await this.ready;
    const { id, answer } = this.#send(verb, graph, args, onItem);
    return { id, answer, cancel: () => this.#port.postMessage({ cancel: id }) };
  }

  async call(verb, graph, ...args) {
    await this.ready;
    return this.#send(verb, graph, args).answer;
  }

  /**
   * A call that tells more while it runs: `onItem(item)` for each piece. Resolves at its end. When `signal` aborts, the
   * peer stops the work and the promise rejects with the reason.
   */
  async feed(verb, graph, args, onItem, signal) {
    await this.ready;
    signal?.throwIfAborted();
    const { id, answer } = this.#send(verb, graph, args, onItem);
    const call = this.#calls.get(id);
    const stop = () => {
      this.#calls.delete(id);
      this.#port.postMessage({ cancel: id });
      call?.reject(signal.reason);
    };
    signal?.addEventListener("abort", stop, { once: true });
    return answer.finally(() => signal?.removeEventListener("abort", stop));
  }

  /** Start a stream; returns its number, and the function that ends it. */
  begin(verb, graph, args, onItem, onError = (error) => console.error(error)) {
    const { id, answer } = this.#send(verb, graph, args, onItem);
    answer.catch(onError);
    const stop = () => {
      this.#calls.delete(id);
      this.#port.postMessage({ cancel: id });
    };
    return { id, stop };
  }

  /** Start a stream; returns the function that ends it. */
  stream(...args) { return this.begin(...args).stop; }
}

async function bootHere(port, options, fail, onProgress) {
  try {
    const pyodide = await bootPython({ ...options, onProgress });
    onDeath(pyodide, fail);
    await pyodide.pyimport("graphvine.platform.browser.worker").main(port);
  } catch (error) {
    fail(error);
  }
}

function bootInWorker(port, options, fail, onProgress) {
  const name = `graphvine ${JSON.stringify({ options, files: fileNames(options) })}`;
  const worker = new Worker(new URL("worker.js", HERE), { type: "module", name }); // first: its script is small
  const files = fetchFiles({ ...options, onProgress });
  worker.onerror = ({ message }) => {
    if (message) console.error("An error in the worker:", message); // of a running worker: one task of it failed
    else fail(new GraphvineError({ name: "WorkerError", message: "The worker's script did not load. Reload the page." }));
  };
  attachConnections(worker);
  whenBack(() => worker.postMessage({ isBack: true }));
  worker.postMessage({ port }, [port]);
  for (const [file, promise] of Object.entries(files)) {
    promise.then(
      (value) => worker.postMessage({ file, value }, value.buffer ? [value.buffer] : []),
      (error) => worker.postMessage({ file, failed: error.message }));
  }
}

/** Call `tell` whenever the network may be back: as network.py does on the main thread, for a worker that sees no page. */
function whenBack(tell) {
  let hiddenAt = Infinity;
  addEventListener("online", tell);
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) hiddenAt = Date.now();
    else if (Date.now() - hiddenAt >= AWAY_MS) tell();
  });
}

const runtimes = new Map(); // thread -> Runtime: all graphs of a page share one Python

function runtime(options) {
  const asked = new URLSearchParams(globalThis.location?.search);
  const snapshot = options.snapshot ?? asked.get("snapshot") !== "off";
  let thread = options.thread ?? asked.get("thread") ?? "worker";
  if (!globalThis.Worker) thread = "main";
  if (!runtimes.has(thread)) runtimes.set(thread, new Runtime(thread, { ...options, snapshot }));
  return runtimes.get(thread);
}

/** A transaction being written down: the same verbs, without answers. */
class Batch {
  steps = [];
  put(id, properties = {}, options = {}) { this.steps.push(["put", id, properties, options]); }
  link(source, type, target, properties = {}, options = {}) { this.steps.push(["link", source, type, target, properties, options]); }
  unlink(edge) { this.steps.push(["unlink", edge]); }
  delete(id) { this.steps.push(["delete", id]); }
  counter(target, name) { return this.#value("counter", target, name); }
  set(target, name) { return this.#value("set", target, name); }
  map(target, name) { return this.#value("map", target, name); }
  list(target, name) { return this.#value("list", target, name); }
  text(target, name) { return this.#value("text", target, name); }
  #value(...value) { return mergeable(value, (...call) => { this.steps.push(["merge", ...call]); }); }
}

export class Graph {
  #peer;
  #number;
  #presence;

  constructor(peer, number, space) {
    this.#peer = peer;
    this.#number = number;
    this.space = space;
  }

  #call(verb, ...args) { return this.#peer.call(verb, this.#number, ...args); }

  /**
   * Write properties of a vertex; what is not named stays. Options: labels to add, remove (property names), unlabel
   * (labels). Resolves when it is safe on disk.
   */
  put(id, properties = {}, options = {}) { return this.#call("put", id, properties, options); }
  /** The vertex {id, labels, properties, edges}, or null. Here and below, exact: values that can be written back, see exact.js. */
  get(id, { exact = false } = {}) { return this.#call("get", id, exact); }
  /** The edge {id, type, source, target, properties}, or null. */
  getEdge(id, { exact = false } = {}) { return this.#call("get_edge", id, exact); }
  /** All vertices, or those with a label. */
  vertices({ label = null, exact = false } = {}) { return this.#call("vertices", label, exact); }
  /** All edges, or those of a type. */
  edges({ type = null, exact = false } = {}) { return this.#call("edges", type, exact); }
  /** Everything: {vertices, edges}. */
  snapshot({ exact = false } = {}) { return this.#call("snapshot", exact); }
  /** Make or change an edge; resolves to its id. Options: edge (an id of your own), remove (property names). */
  link(source, type, target, properties = {}, options = {}) { return this.#call("link", source, type, target, properties, options); }
  unlink(edge) { return this.#call("unlink", edge); }
  delete(id) { return this.#call("delete", id); }

  /**
   * A counter, set, map or list that everybody can change at once; target: a vertex id, or {edge: id}.
   * `graph.counter("post", "likes").add(1)`; see mergeables.js for the verbs of each.
   */
  counter(target, name) { return this.#value("counter", target, name); }
  set(target, name) { return this.#value("set", target, name); }
  map(target, name) { return this.#value("map", target, name); }
  list(target, name) { return this.#value("list", target, name); }
  #value(...value) {
    return mergeable(value, (...call) => this.#call("merge", ...call), (...call) => this.#call("merged", ...call));
  }

  /**
   * A text that everybody can edit at once; target: a vertex id, or {edge: id}. Listeners: onEdits(edits),
   * onCursors(cursors), onHistory({canUndo, canRedo}). Resolves to a SharedText when it is there; see texts.js.
   */
  text(target, name, listeners = {}) {
    const begin = (onItem, onError) => this.#peer.begin("text", this.#number, [target, name], onItem, onError);
    return SharedText.open((...call) => this.#call(...call), begin, listeners);
  }

  /** Who has this space open right now, and what we show of ourselves: set, update, leave, onChange. */
  get presence() {
    this.#presence ??= new Presence((...call) => this.#call(...call), (verb, ...rest) => this.#peer.stream(verb, this.#number, ...rest));
    return this.#presence;
  }

  /**
   * Why a property is what it is: {value, kind, winner, losers, overruling, contributions, rule, text}; `text` says it all in
   * words. target: a vertex id, or {edge: id}.
   */
  why(target, name, { exact = false } = {}) { return this.#call("why", target, name, exact); }
  /** Concurrent writes of a property that lost and that nobody has seen who wrote since: [{value, author, time, …}]. */
  losers(target, name, { exact = false } = {}) { return this.#call("losers", target, name, exact); }

  /**
   * All or nothing, here and at every peer. `write` is a function that gets the verbs put, link, unlink, delete, and
   * counter, set, map, list, text (it may be async, and writes nothing when it throws); or a list of steps such as ["put", id,
   * properties, options].
   */
  async transaction(write) {
    if (Array.isArray(write)) return this.#call("transaction", write);
    const batch = new Batch();
    await write(batch);
    return this.#call("transaction", batch.steps);
  }

  /** Rows of a Cypher query, each an object. An aborted `signal` stops the query in the peer; then it has written nothing. */
  query(text, parameters = {}, { exact = false, signal } = {}) { return this.#peer.feed("query", this.#number, [text, parameters, exact], undefined, signal); }
  /**
   * Run a query whose rows come in batches: `onRows(rows)`, each row a list of exact values (see
   * exact.js) in which entities and maps say what they are ({kind: "vertex" | "edge" | "path" | "map", …}). Resolves to {columns, count, counters, plan, live, written}: what it
   * changed in numbers, its plan after EXPLAIN or PROFILE, and each vertex and edge before and after (null when too many).
   * `onHead` gets the same before the rows. An aborted `signal` stops the query in the peer.
   */
  async queryRows(text, parameters = {}, { onRows = () => {}, onHead = () => {}, signal } = {}) {
    let head = null;
    const onItem = (item) => (item.rows ? onRows(item.rows) : onHead((head = item)));
    await this.#peer.feed("query_rows", this.#number, [text, parameters], onItem, signal);
    return head;
  }
  /** Like `live`, for showing: `onNews({columns, rows, count, how})`, rows as in queryRows, at most 200 of them. */
  liveRows(text, parameters, onNews, onError) { return this.#peer.stream("live_rows", this.#number, [text, parameters], onNews, onError); }
  /** The query language as data: {keywords, functions: [{name, signature, kind}]}. */
  language() { return this.#call("language"); }
  /** Call `onRows(rows)` now and whenever the rows change; returns the function that stops it. */
  live(text, parameters, onRows, onError, { exact = false } = {}) { return this.#peer.stream("live", this.#number, [text, parameters, exact], onRows, onError); }
  /**
   * Call `onChange({kind, id, change, properties, author, isLocal, vertex | edge})` for every change of `id`, or of everything
   * (null). change is "put" or "delete"; vertex or edge is what it is now. Returns the function that stops it.
   */
  changes(id, onChange, onError, { exact = false } = {}) {
    const onOne = ({ value, is_local: isLocal, ...rest }) => onChange({ ...rest, isLocal, [rest.kind]: value });
    return this.#peer.stream("changes", this.#number, [id, exact], (batch) => batch.forEach(onOne), onError);
  }
  /**
   * The whole graph as a file: a ReadableStream of Uint8Array whose `summary` is a promise of {format, vertices, edges, bytes,
   * warnings}. format: "graphvine" (the archive), "cypher", "graphml", "jsonld", "csv", "gun". Options: onProgress({done, total,
   * bytes, fraction}). Cancel the stream to stop. `new Response(stream).blob()` makes a Blob of it.
   */
  export(format = "graphvine", options = {}) { return exportStream(this.#peer, this.#number, format, options); }
  /**
   * Take a file into the graph. source: a File or Blob, a ReadableStream of bytes, bytes, or text. Options: format (left out: found
   * out by the name and the first bytes), name, onProgress({done, total, bytes, vertices, edges, fraction}), signal (an
   * AbortSignal: whole transactions are in), asNew (an archive's contents as writes of our own), and those of the format. Resolves to {format, vertices, edges, transactions,
   * bytes, known, warnings}. An error of the file says where (line, offset) and what is in (vertices, edges, transactions).
   */
  import(source, options = {}) { return importFile(this.#peer, this.#number, source, options); }
  /** What peers, storage and sync are doing, as plain values. */
  status() { return this.#call("status"); }
  /** Call `onStatus(status)` now, when it changes, and every few seconds; returns the function that stops it. */
  onStatus(onStatus, onError) { return this.#peer.stream("statuses", this.#number, [], onStatus, onError); }
  /** What the browser says of its room: {usage_bytes, quota_bytes, is_persistent}. */
  usage() { return this.#call("usage"); }
  /** Resolves when every write acknowledged so far is on disk. */
  flush() { return this.#call("flush"); }
  close() { return this.#call("close"); }
  /** Run async Python with `graph` in scope; resolves to the JSON form of its last expression. */
  async run(code) { return JSON.parse(await this.#call("run", code)); }
}

/** The relay that whoever serves this site named in config.json (an absolute address, or one relative to the site). */
async function relayOfSite() {
  const config = await fetch(new URL("config.json", HERE)).then((response) => response.json()).catch(() => ({}));
  if (!config.relay) return null;
  const url = new URL(config.relay, HERE);
  url.protocol = url.protocol.replace("http", "ws");
  return url.href;
}

/**
 * Open a space. Options: relay (address; null: none; left out: the site's own), identity, storage (":memory:" keeps
 * nothing), thread ("worker" | "main"), snapshot (false: plain start), onProgress({phase, fraction, how}).
 */
export async function open(space, options = {}) {
  const peer = runtime(options);
  const { relay = await relayOfSite(), identity = null, storage = null } = options;
  const number = await peer.call("open", null, space, { relay, identity, storage });
  return new Graph(peer, number, space);
}

/**
 * What every page of the site does first: open the space that the page's address names (?space=…&relay=…), set
 * `globalThis.graphvine`, and keep the site for use without a network. Resolves to the graph.
 */
export function start({ space = "default", ...options } = {}) {
  const asked = new URLSearchParams(location.search);
  if (asked.has("relay")) options.relay = asked.get("relay") || null;
  const ready = open(asked.get("space") ?? space, options);
  globalThis.graphvine = {
    ready,
    graph: null,
    run: async (code) => (await ready).run(code),
    status: async () => (await ready).status(),
  };
  const opened = (graph) => Object.assign(globalThis.graphvine, { graph, openedAt: performance.now() }); // ms since navigation
  ready.then(opened, () => {}).then(keepForOffline);
  return ready;
}

/** Register the service worker. Resolves to whether the browser agreed. */
export async function keepForOffline() {
  try {
    await navigator.serviceWorker.register(new URL("service-worker.js", HERE), { updateViaCache: "none" });
    return true;
  } catch {
    return false; // no service workers here: the page works, but not without its server
  }
}

export { exact, missingFeatures, seenOf, shared, tagOf };
