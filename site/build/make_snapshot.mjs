// Makes what a tab needs to start Python at once: packages.bin.gz (files for site-packages, bytecode included) and
// snapshot.bin.gz (the memory of an interpreter that has already imported them).
//
//   node make_snapshot.mjs PYODIDE_DIR WHEEL_FILES_DIR OUT_DIR MODULE...
//
// A snapshot cannot hold a wasm side module by itself. So msgspec's is named as a *start-up library* here and in
// boot.js: both load it before anything else, at the same address, and the memory image then fits.
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { gzipSync } from "node:zlib";
import { pathToFileURL } from "node:url";

const [pyodideDir, filesDir, outDir, ...modules] = process.argv.slice(2);
const indexURL = resolve(pyodideDir) + "/";
const { loadPyodide } = await import(pathToFileURL(join(indexURL, "pyodide.mjs")));
const shared = (name) => import(pathToFileURL(resolve(import.meta.dirname, "..", name)));
const { EMPTY_LOCK, SITE_PACKAGES, sparse, unpack } = await shared("packages.js");
const { linking } = await shared("linking.js");
const createPyodideModule = (await import(pathToFileURL(join(indexURL, "pyodide.asm.mjs")))).default;

function walk(dir, prefix = "") {
  const entries = readdirSync(dir, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  return entries.flatMap((entry) =>
    entry.isDirectory()
      ? walk(join(dir, entry.name), `${prefix}${entry.name}/`)
      : [[prefix + entry.name, readFileSync(join(dir, entry.name))]]);
}

// packages.bin: u32 length of the index, the index as JSON [[path, size], ...], then all bytes.
function pack(files) {
  const index = Buffer.from(JSON.stringify(files.map(([path, bytes]) => [path, bytes.length])));
  const head = Buffer.alloc(4);
  head.writeUInt32LE(index.length);
  return Buffer.concat([head, index, ...files.map(([, bytes]) => bytes)]);
}

const quiet = { stdout: () => {}, lockFileContents: EMPTY_LOCK, packageBaseUrl: indexURL };

async function compiled(files) {
  const pyodide = await loadPyodide({ indexURL, ...quiet, fsInit: (FS, { sitePackages }) => unpack(FS, sitePackages, pack(files)) });
  const pairs = pyodide.runPython(`
import compileall, pathlib, py_compile
from pyodide.ffi import to_js
root = pathlib.Path("/lib/python3.14/site-packages")
compileall.compile_dir(root, quiet=2, invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH)
to_js([[str(p.relative_to(root)), p.read_bytes()] for p in sorted(root.rglob("*.pyc"))])
`);
  return [...files, ...pairs.map(([path, bytes]) => [path, Buffer.from(bytes)])];
}

async function snapshot(packages, library) {
  const pyodide = await loadPyodide({
    indexURL, ...quiet, _makeSnapshot: true,
    createPyodideModule: (settings) => createPyodideModule(linking(settings, WebAssembly.compile(readFileSync(join(indexURL, "pyodide.asm.wasm"))), library)),
  });
  unpack(pyodide.FS, SITE_PACKAGES, packages); // not in fsInit: Pyodide would then hold a list of them
  pyodide.globals.set("wanted", pyodide.toPy(modules));
  const left = pyodide.runPython(`
import importlib, gc, sys
importlib.invalidate_caches()
left = []
for name in wanted:
    try:
        importlib.import_module(name)
    except Exception as error:
        left.append(f"{name}: {type(error).__name__}: {error}")
del wanted, importlib
gc.collect()
"\\n".join(left)
`);
  if (left) console.error("not in the snapshot:\n" + left);
  pyodide.runPython("del left, gc, sys");
  pyodide.pyimport("graphvine.platform.browser.wake").prepare();
  zeroFreeMemory(pyodide._module);
  return pyodide.makeMemorySnapshot();
}

// Freed memory still holds what was in it. Take all of it, wipe it and give it back: zeros cost nothing in a snapshot.
function zeroFreeMemory(module) {
  const limit = module._sbrk(0);
  const taken = [];
  for (let size = 1 << 20; size >= 64; size >>= 1) {
    for (;;) {
      const at = module._malloc(size);
      if (at + size <= limit) module.HEAPU8.fill(0, at, at + size);
      taken.push(at);
      if (at + size > limit) break;
    }
  }
  taken.forEach((at) => module._free(at));
}

const notInATab = /\.pyi$|^graphvine_relay|^graphvine\/(cli|__main__)\.py|^graphvine\/platform\/native/;
const files = await compiled(walk(filesDir).filter(([path]) => !notInATab.test(path)));
const so = files.find(([path]) => path.endsWith(".so"));
// Python must find the library's file, but never reads it: it is loaded already.
const packages = pack(files.map((file) => (file === so ? [so[0], Buffer.alloc(0)] : file)));
const image = await snapshot(packages, { path: so[0], module: WebAssembly.compile(so[1]) });
const { head, parts } = sparse(image);
const save = (name, bytes) => writeFileSync(join(outDir, name), gzipSync(bytes, { level: 9 }));
save("packages.bin.gz", packages);
save("snapshot.bin.gz", Buffer.concat([head, ...parts]));
writeFileSync(join(outDir, "library.so"), so[1]);
const memoryBytes = JSON.parse(new TextDecoder().decode(head.subarray(4))).memoryBytes;
writeFileSync(join(outDir, "boot.json"), JSON.stringify({ library: so[0], memoryBytes }));
process.exit(0);
