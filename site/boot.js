// Starts Python: Pyodide with msgspec and graphvine installed, in a module worker or on the main thread.
//
//   bootPython({baseUrl, indexURL, onProgress, snapshot, silenceMs}) -> pyodide
//
// The quick way restores the memory of an interpreter that has imported everything already (made by
// build/make_snapshot.mjs). When that is missing, broken or turned off (`snapshot: false`), the plain way starts
// Python from nothing. onProgress gets {phase: "download" | "start" | "ready", fraction: 0..1, how: "snapshot" | "plain"}.

import { EMPTY_LOCK, SITE_PACKAGES, restore, startupLibrary, unpack } from "./packages.js";

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

/** Fetch `url` whole; `advance(bytes)` is told how much came. */
async function download(url, advance, inflate) {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url} answers ${response.status}. Is the site uploaded as a whole?`);
  const packed = inflate && !response.headers.has("x-graphvine-inflated"); // the service worker keeps it unpacked
  const size = Number(response.headers.get("content-length"));
  if (!packed && !advance) return new Uint8Array(await response.arrayBuffer());
  let body = response.body.pipeThrough(new TransformStream({ transform: (chunk, out) => (advance?.(chunk.length, size), out.enqueue(chunk)) }));
  if (packed) body = body.pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(body).arrayBuffer());
}

export async function bootPython({ baseUrl = new URL(".", import.meta.url).href, indexURL, onProgress = () => {}, snapshot = true, silenceMs = 60_000 } = {}) {
  const fatal = missingFeatures().find((lack) => lack.fatal);
  if (fatal) throw fatal;
  const place = { base: baseUrl, index: indexURL ?? new URL("pyodide/", baseUrl).href };
  if (snapshot && BUILD.snapshot && typeof DecompressionStream === "function") {
    try {
      return await guarded("snapshot", onProgress, silenceMs, (report) => start(place, report, true));
    } catch (error) {
      console.warn("The quick start did not work, starting the plain way:", error);
    }
  }
  return guarded("plain", onProgress, silenceMs, (report) => start(place, report, false));
}

/** Run `boot`, and reject when nothing at all happened for `silenceMs` (a promise of Pyodide may never settle). */
function guarded(how, onProgress, silenceMs, boot) {
  return new Promise((resolve, reject) => {
    let timer;
    const report = (phase, fraction) => {
      clearTimeout(timer);
      if (phase !== "ready") timer = setTimeout(() => reject(new Error(`Python did not start: nothing happened for ${silenceMs / 1000} s in phase "${phase}". Reload the page.`)), silenceMs);
      onProgress({ phase, fraction, how });
    };
    report("download", 0);
    boot(report).then((pyodide) => (report("ready", 1), resolve(pyodide)), (error) => (clearTimeout(timer), reject(error)));
  });
}

async function start({ base, index }, report, fromSnapshot) {
  let done = 0;
  const total = BUILD.packages.bytes + (fromSnapshot ? BUILD.snapshot.bytes : 0);
  const advance = (bytes) => report("download", Math.min(1, (done += bytes) / total));
  const packages = download(new URL(BUILD.packages.url, base), advance, true);
  const image = fromSnapshot ? download(new URL(BUILD.snapshot.url, base), advance, true) : null;
  image?.catch(() => {}); // awaited below; a failure before that is not "unhandled"
  const [{ loadPyodide }, { default: create }] = await Promise.all([import(`${index}pyodide.mjs`), import(`${index}pyodide.asm.mjs`)]);
  const library = new URL(BUILD.library.url, base).href;
  const pyodide = await loadPyodide({
    indexURL: index,
    lockFileContents: EMPTY_LOCK,
    packageBaseUrl: index,
    fsInit: async (FS) => unpack(FS, SITE_PACKAGES, await packages),
    // Only the size is asked for here; the bytes go straight into the memory, in createPyodideModule.
    _loadSnapshot: fromSnapshot ? Promise.resolve(BUILD.snapshot.memoryBytes) : undefined,
    createPyodideModule: async (settings) => {
      const module = await create(startupLibrary(settings, BUILD.library.path, library));
      report("start", 0.5);
      if (fromSnapshot) {
        const bytes = await image;
        module.API.restoreSnapshot = () => restore(module, bytes);
      }
      return module;
    },
  });
  pyodide.runPython(WAKE);
  report("start", 1);
  return pyodide;
}

// A restored interpreter would draw the same "random" numbers in every tab.
const WAKE = "import random, sys\nrandom.seed()\nsys.modules['__main__'].__dict__.pop('random')\nsys.modules['__main__'].__dict__.pop('sys')";
