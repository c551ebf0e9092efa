// Shared by boot.js (in a tab) and build/make_snapshot.mjs (in Node): both must lay out files and memory alike. So is linking.js.

export const SITE_PACKAGES = "/lib/python3.14/site-packages";

export const EMPTY_LOCK = {
  info: { abi_version: "2026_0", arch: "wasm32", platform: "emscripten_5_0_3", python: "3.14.2", version: "314.0.7" },
  packages: {},
};

/** Write every file of packages.bin below `root` of Pyodide's file system. */
export function unpack(FS, root, bytes) {
  const length = new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0, true);
  const index = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length)));
  const folders = new Map();
  let offset = 4 + length;
  for (const [path, size] of index) {
    const cut = path.lastIndexOf("/");
    const name = `${root}/${path.slice(0, cut)}`;
    if (!folders.has(name)) {
      FS.mkdirTree(name);
      folders.set(name, FS.lookupPath(name).node);
    }
    // What FS.writeFile comes to in a file system in memory; by way of open, write and close it takes ten times as long.
    const folder = folders.get(name);
    const file = folder.node_ops.mknod(folder, path.slice(cut + 1), 0o100644, 0);
    file.contents = bytes.subarray(offset, offset + size);
    file.usedBytes = size;
    offset += size;
  }
}

// A memory image is half zeros. snapshot.bin keeps the rest: a JSON head, its length first, then the runs end to end.
//   u32 length of the head · head {memoryBytes, state, runs: [[address, bytes], ...]} · padding to 8 · data

const PAGE = 1024;

/** The sparse form of a Pyodide snapshot (`makeMemorySnapshot()`), made at build time. */
export function sparse(image) {
  const [, memoryAt, stateBytes] = new Uint32Array(image.buffer, image.byteOffset, 4);
  const state = JSON.parse(new TextDecoder().decode(image.subarray(48, 48 + stateBytes)));
  const memory = image.subarray(memoryAt);
  const words = new BigUint64Array(memory.slice().buffer);
  const runs = [];
  for (let at = 0; at < memory.length; at += PAGE) {
    if (words.subarray(at / 8, (at + PAGE) / 8).every((word) => word === 0n)) continue;
    const last = runs.at(-1);
    if (last && last[0] + last[1] === at) last[1] += PAGE;
    else runs.push([at, PAGE]);
  }
  const text = JSON.stringify({ memoryBytes: memory.length, state, runs });
  const head = new TextEncoder().encode(text + " ".repeat((12 - (text.length % 8)) % 8));
  const parts = runs.map(([at, bytes]) => memory.subarray(at, at + bytes));
  return { head: Uint8Array.from([...new Uint8Array(Uint32Array.of(head.length).buffer), ...head]), parts };
}

// Where CPython keeps the function by which it calls functions written in C. It belongs to the engine and not to the image: Pyodide
// makes one in wasm where the engine can, and 0 stands for a detour through JavaScript (60 ns a call in place of 34).
function trampolineSlot({ HEAP32, __PyRuntime, __PyEM_EMSCRIPTEN_TRAMPOLINE_OFFSET }) {
  return (__PyRuntime + HEAP32[__PyEM_EMSCRIPTEN_TRAMPOLINE_OFFSET >>> 2]) >>> 2;
}

/** Put a sparse snapshot into the memory of `module`; returns what Pyodide needs to finish its start. */
export function restore(module, bytes) {
  const length = new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0, true);
  const { state, runs, memoryBytes } = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length)));
  if (module.HEAPU8.length < memoryBytes) module.growMemory(memoryBytes);
  const trampoline = trampolineSlot(module);
  const quick = module.HEAP32[trampoline];
  const used = module._sbrk(0); // memory above was never written, so it is zero already
  let from = 4 + length;
  let end = 0;
  for (const [at, size] of runs) {
    if (end < used) module.HEAPU8.fill(0, end, Math.min(at, used));
    module.HEAPU8.set(bytes.subarray(from, from + size), at);
    from += size;
    end = at + size;
  }
  if (end < used) module.HEAPU8.fill(0, end, used);
  module.HEAP32[trampoline] = quick;
  return state;
}
