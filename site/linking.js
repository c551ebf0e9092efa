// How Emscripten links what it starts from, quicker than it does by itself. Shared by boot.js (in a tab) and build/make_snapshot.mjs
// (in Node): an image fits only where every function has the same place in the table, so both must link alike.

import { SITE_PACKAGES } from "./packages.js";

/** Prepare the settings of Emscripten. wasm: a promise of Pyodide's WebAssembly.Module. library: {path, module}, see `startupLibrary`. */
export function linking(settings, wasm, library) {
  const mark = Symbol("error"); // these two imports are Pyodide's own mark for "a JavaScript error"
  settings.instantiateWasm = (imports, receive) => {
    Object.assign(imports.env, { Jsv_GetError_import: () => mark, JsvError_Check: (value) => value === mark });
    const take = async (module) => receiveQuickly(settings, imports.env, await WebAssembly.instantiate(module, imports), module, receive);
    wasm.then(take).catch(() => {}); // whoever boots races with `wasm` itself
    return {};
  };
  return startupLibrary(settings, library.path, library.module);
}

/**
 * Make Emscripten link `path` of site-packages before anything else: the same address every time. library: a promise of
 * its WebAssembly.Module, which is made while Pyodide itself is on its way; Emscripten would fetch it after that.
 */
function startupLibrary(settings, path, library) {
  const name = `${SITE_PACKAGES}/${path}`;
  const flags = { loadAsync: true, global: true, nodelete: true, allowUndefined: true }; // as for dynamicLibraries
  // Emscripten keeps here what is linked already, and awaits it: so `then` is called when the library's turn has come.
  const linked = { then: (take, fail) => void library.then((module) => settings.loadWebAssemblyModule(module, flags, name)).then(take, fail) };
  const keep = (table) => Object.defineProperty(settings, "preloadedWasm", { value: Object.assign(table, { [name]: linked }) });
  Object.defineProperty(settings, "preloadedWasm", { set: keep, configurable: true });
  settings.dynamicLibraries = [name];
  return settings;
}

/**
 * Let Emscripten receive Pyodide's instance. By itself it gives each of its 8,500 exports an entry in `GOT`, the table of
 * addresses for libraries, and a place in the table of functions, though a library asks for a few hundred. Here an export gets them
 * when somebody asks: `GOT` inherits from a proxy. And the environment inherits the exports, in place of a copy of each.
 */
function receiveQuickly(module, environment, instance, compiled, receive) {
  const { exports } = instance;
  const { GOT } = module;
  const isOurs = (name) => typeof name === "string" && Object.hasOwn(exports, name) && !module.isInternalSym(name);
  let isReceiving = true;
  const get = (_, name) => {
    if (isReceiving) return PRESENT; // Emscripten goes over the exports
    if (!isOurs(name)) return undefined;
    const value = exports[name];
    const address = typeof value === "function" ? module.addFunction(value) : value.value;
    if (typeof address === "number") return (GOT[name] = new WebAssembly.Global({ value: "i32", mutable: true }, address));
  };
  Object.setPrototypeOf(GOT, new Proxy({}, { get }));
  Object.setPrototypeOf(environment, exports);
  receive(instance, compiled);
  isReceiving = false;
  wrapAtOnce(module, environment);
}

const PRESENT = { value: 0 }; // what stands for an entry that nobody has asked for yet

// Functions written in JavaScript whose address is asked for go into the table inside of a wasm function, and Emscripten
// compiles a module for each. One module does for all.
function wrapAtOnce(module, environment) {
  const wanted = Object.entries(module.GOT).filter(([name, { value }]) => value === -1 && environment[name]?.sig);
  if (!wanted.length) return;
  const functions = wanted.map(([name]) => environment[name]);
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(wrappers(functions)), { e: functions });
  wanted.forEach(([, entry], at) => (entry.value = module.addFunction(exports[at])));
}

const TYPES = { i: 127, p: 127, j: 126, f: 125, d: 124, e: 111 }; // of the letters in Emscripten's signatures; "p" is a pointer

/** The bytes of a module that exports each function as it imports it from "e": `0`, `1`, ... */
export function wrappers(functions) {
  const vector = (items) => [...unsigned(items.length), ...items.flat()];
  const section = (id, items) => [id, ...((body) => [...unsigned(body.length), ...body])(vector(items))];
  const name = (text) => [...unsigned(text.length), ...new TextEncoder().encode(text)];
  const type = ({ sig: [result, ...taken] }) => [96, ...vector(taken.map((each) => [TYPES[each]])), ...(result === "v" ? [0] : [1, TYPES[result]])];
  const imports = functions.map((_, at) => [...name("e"), ...name(`${at}`), 0, ...unsigned(at)]);
  const exports = functions.map((_, at) => [...name(`${at}`), 0, ...unsigned(at)]);
  return Uint8Array.from([0, 97, 115, 109, 1, 0, 0, 0, ...section(1, functions.map(type)), ...section(2, imports), ...section(7, exports)]);
}

/** LEB128. */
function unsigned(number) {
  return number < 128 ? [number] : [(number % 128) | 128, ...unsigned(number >>> 7)];
}
