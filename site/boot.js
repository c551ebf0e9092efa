// Starts Python: Pyodide with msgspec and graphvine installed, in a module worker or on the main thread.
//
//   bootPython({baseUrl, indexURL, onProgress, snapshot, silenceMs, files}) -> pyodide
//
// The quick way restores the memory of an interpreter that has imported everything already (made by
// build/make_snapshot.mjs). When that is missing, broken or turned off (`snapshot: false`), the plain way starts
// Python from nothing. onProgress gets {phase: "download" | "start" | "ready", fraction: 0..1, how: "snapshot" | "plain"}.

import { linking } from "./linking.js";
import { EMPTY_LOCK, SITE_PACKAGES, restore, unpack } from "./packages.js";

const BUILD = __GRAPHVINE_BUILD__; // written by the site build

/** The browser lacks something, or forbids it. `lacks` names it; `remedy` says what to do. */
export class BrowserLacksError extends Error {
  name = "BrowserLacksError";

  constructor(lacks, message, remedy) {
    super(`${message} ${remedy}`);
    Object.assign(this, { lacks, remedy });
  }
}

const UPDATE = "Please use a current Chrome, Edge, Firefox or Safari.";

/** What this place lacks, as a list of BrowserLacksError: empty when everything is there. `fatal` ones stop the start. */
export function missingFeatures(scope = globalThis) {
  const lacks = (name, message, remedy, fatal) => Object.assign(new BrowserLacksError(name, message, remedy), { fatal });
  const found = [];
  if (typeof WebAssembly !== "object") found.push(lacks("WebAssembly", "This browser has no WebAssembly, so Python cannot run here.", UPDATE, true));
  else if (!mayCompile()) {
    found.push(lacks("wasm-unsafe-eval", "The page's Content-Security-Policy forbids WebAssembly.", "Add 'wasm-unsafe-eval' to its script-src.", true));
  }
  if (typeof DecompressionStream !== "function") found.push(lacks("DecompressionStream", "This browser cannot unpack compressed streams.", UPDATE, false));
  if (!scope.indexedDB) found.push(lacks("IndexedDB", "This browser gives the page no storage, so nothing is kept after it closes.", "Leave private browsing, or allow site data.", false));
  if (!scope.isSecureContext) found.push(lacks("secure context", "This page came over plain http, so the browser withholds keys, locks and storage.", "Open it over https, or from 127.0.0.1.", true));
  const onPage = typeof scope.document === "object";
  if (onPage && !scope.RTCPeerConnection) found.push(lacks("RTCPeerConnection", "This browser has no WebRTC, so other browsers cannot be reached.", UPDATE, false));
  if (onPage && !scope.Worker) found.push(lacks("Worker", "This browser has no workers, so Python runs on the page itself.", UPDATE, false));
  return found;
}

function mayCompile() {
  try {
    return Boolean(new WebAssembly.Module(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0)));
  } catch {
    return false;
  }
}

/** Fetch `url` whole and, where `inflate` is set, unpacked; `advance(bytes)` is told how much came. */
async function download(url, { advance = () => {}, inflate = false } = {}) {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url} answers ${response.status}. Is the site uploaded as a whole?`);
  if (!inflate || response.headers.has("x-graphvine-inflated")) {
    const bytes = new Uint8Array(await response.arrayBuffer()); // the service worker keeps it unpacked
    advance(Infinity);
    return bytes;
  }
  const counter = new TransformStream({ transform: (chunk, out) => (advance(chunk.length), out.enqueue(chunk)) });
  const unpacked = response.body.pipeThrough(counter).pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(unpacked).arrayBuffer());
}

const HERE = new URL(".", import.meta.url).href;

/** Whether the quick way is there at all. */
export const hasSnapshot = () => Boolean(BUILD.snapshot) && typeof DecompressionStream === "function";

const wayOf = (snapshot) => (snapshot && hasSnapshot() ? "snapshot" : "plain");

/** The names of the files that `fetchFiles` gives. */
export const fileNames = ({ snapshot = true }) => ["wasm", "packages", "stdlib", "library", ...(wayOf(snapshot) === "snapshot" ? ["snapshot"] : [])];

/**
 * Begin to fetch what a start needs: an object of promises, of a WebAssembly.Module (wasm, library) and of Uint8Arrays. A page
 * gives them to its worker, so that nothing waits for the worker to exist, and two threads share the work.
 */
export function fetchFiles({ baseUrl = HERE, indexURL, snapshot = true, onProgress = () => {} } = {}) {
  const how = wayOf(snapshot);
  const fetched = counted((phase, fraction) => onProgress({ phase, fraction, how }));
  const index = indexURL ?? new URL("pyodide/", baseUrl).href;
  const wasm = compile(`${index}pyodide.asm.wasm`);
  // It is needed first, and compiles while it streams in: what comes beside it would make it come later.
  const next = (begin) => wasm.then(begin, begin);
  const files = {
    wasm,
    library: next(() => compile(new URL(BUILD.library.url, baseUrl).href)),
    packages: next(() => fetched(BUILD.packages, baseUrl)),
    stdlib: next(() => download(`${index}python_stdlib.zip`)),
  };
  if (how === "snapshot") files.snapshot = next(() => fetched(BUILD.snapshot, baseUrl));
  for (const file of Object.values(files)) file.catch(() => {}); // whoever awaits it hears of a failure
  return files;
}

export async function bootPython({ baseUrl = HERE, indexURL, onProgress = () => {}, snapshot = true, silenceMs = 60_000, files } = {}) {
  const fatal = missingFeatures().find((lack) => lack.fatal);
  if (fatal) throw fatal;
  const place = { baseUrl, indexURL: indexURL ?? new URL("pyodide/", baseUrl).href };
  const start = (how, given) => {
    const fetched = given ?? fetchFiles({ ...place, snapshot: how === "snapshot", onProgress });
    return watched((report) => load(place, fetched, report, how === "snapshot"), { how, onProgress, silenceMs, files: fetched });
  };
  if (snapshot && hasSnapshot()) {
    try {
      return await start("snapshot", files);
    } catch (error) {
      console.warn("The quick start did not work, starting the plain way:", error);
    }
  }
  return start("plain");
}

/**
 * Run `boot`, and reject when nothing at all happened for `silenceMs` although every file had come: a promise of Pyodide
 * may never settle. While files are on their way it is the network's turn, which may take what it takes.
 */
function watched(boot, { how, onProgress, silenceMs, files }) {
  return new Promise((resolve, reject) => {
    let timer;
    let ended = false;
    const hurry = () => {
      clearTimeout(timer);
      if (!ended) timer = setTimeout(() => reject(new Error(`Python did not start: nothing happened for ${silenceMs / 1000} s after all files had come. Reload the page.`)), silenceMs);
    };
    const report = (phase, fraction) => {
      onProgress({ phase, fraction, how });
      hurry();
    };
    Promise.allSettled(Object.values(files)).then(hurry);
    boot(report)
      .then((pyodide) => (onProgress({ phase: "ready", fraction: 1, how }), resolve(pyodide)), reject)
      .finally(() => (ended = true, clearTimeout(timer)));
  });
}

async function load({ indexURL: index }, files, report, fromSnapshot) {
  const engine = import(`${index}pyodide.asm.mjs`);
  engine.catch(() => {}); // awaited below: not "unhandled" until then
  const { loadPyodide } = await import(`${index}pyodide.mjs`);
  globalThis.WasmOffsetConverter = null; // where this name exists Pyodide does not fetch its wasm file: we have it
  const started = loadPyodide({
    indexURL: index,
    lockFileContents: EMPTY_LOCK,
    packageBaseUrl: index,
    stdLibURL: `${index}pyodide-lock.json`, // any small file: the real one is on its way already (withStdlib)
    fsInit: async (FS) => unpack(FS, SITE_PACKAGES, await files.packages),
    // Only the size is asked for here; the bytes go straight into the memory, in createPyodideModule.
    _loadSnapshot: fromSnapshot ? Promise.resolve(BUILD.snapshot.memoryBytes) : undefined,
    createPyodideModule: async (settings) => {
      delete globalThis.WasmOffsetConverter;
      const { default: create } = await engine;
      const module = await create(linking(withStdlib(settings, files.stdlib), files.wasm, { path: BUILD.library.path, module: files.library }));
      report("start", 0.5);
      if (fromSnapshot) {
        const bytes = await files.snapshot;
        module.API.restoreSnapshot = () => restore(module, bytes);
        // The first line of Pyodide's start: it is in the image, and the compiler is cold (20 ms).
        const { rawRun } = module.API;
        module.API.rawRun = (code) => (code === "import _pyodide_core" ? [0, ""] : rawRun(code));
      }
      return module;
    },
  });
  const pyodide = await Promise.race([started, fails(files.wasm), fails(files.packages), fails(files.stdlib), fails(files.library)]);
  pyodide.pyimport("graphvine.platform.browser.wake").wake();
  report("start", 1);
  return pyodide;
}

/** For Python (platform/browser/answers.py): signatures by numbers. `done(number, value)` gets the answer, null on failure. */
globalThis.graphvineSignatures = (done) => {
  const answer = (number, promise) => void promise.then((value) => done(number, value), () => done(number, null));
  return {
    sign: (number, key, message) => answer(number, crypto.subtle.sign("Ed25519", key, message)),
    verify: (number, key, signature, message) => answer(number, crypto.subtle.verify("Ed25519", key, signature, message)),
  };
};

/** A `download` of the build's files that reports one fraction for all of them together. */
function counted(report) {
  const files = [];
  return (file, base) => {
    const entry = { done: 0, all: file.bytes };
    files.push(entry);
    const sum = (key) => files.reduce((total, one) => total + one[key], 0);
    const advance = (bytes) => {
      entry.done = Math.min(entry.all, entry.done + bytes);
      report("download", sum("done") / sum("all"));
    };
    return download(new URL(file.url, base), { advance, inflate: true });
  };
}

async function compile(url) {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url} answers ${response.status}. Is the site uploaded as a whole?`);
  const typed = response.headers.get("content-type")?.startsWith("application/wasm");
  return typed ? WebAssembly.compileStreaming(response) : WebAssembly.compile(await response.arrayBuffer());
}

/** Call `fail(error)` when the interpreter dies, which no `except` sees: out of memory, a stack overflow in C. */
export function onDeath(pyodide, fail) {
  pyodide._api.on_fatal = ({ message }) =>
    fail(Object.assign(new Error(`Python has crashed (${message}). What was acknowledged is on disk. Reload the page.`), { name: "PythonCrashed" }));
}

/** Put `stdlib` where Pyodide looks for its standard library, after Pyodide's own step has made the folder. */
function withStdlib(settings, stdlib) {
  const [install, ...others] = settings.preRun;
  const replace = async (module) => {
    module.addRunDependency("stdlib");
    await install(module);
    module.FS.writeFile("/lib/python314.zip", await stdlib, { canOwn: true });
    module.removeRunDependency("stdlib");
  };
  settings.preRun = [replace, ...others];
  return settings;
}

/** Settles only when `promise` fails: Emscripten waits for ever for what does not come. */
function fails(promise) {
  return new Promise((_, reject) => promise.catch(reject));
}
