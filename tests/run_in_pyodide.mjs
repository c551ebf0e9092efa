// Runs pytest inside Pyodide (CPython 3.14 in WebAssembly) under Node, on this very checkout:
//
//   node tests/run_in_pyodide.mjs WHEELS_DIR [pytest arguments]
//
// No sockets, threads or processes there: what passes is what may run in a tab.
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

const [wheels, ...args] = process.argv.slice(2);
const root = resolve(import.meta.dirname, "..");
const modules = join(root, "site", "node_modules", "pyodide");
const { loadPyodide } = await import(pathToFileURL(join(modules, "pyodide.mjs")));

async function main() {
  const pyodide = await loadPyodide({ indexURL: modules + "/", env: { HOME: "/home/pyodide", PYTHONDONTWRITEBYTECODE: "1" } });
  for (const folder of wheels.split(":")) {
    for (const name of readdirSync(folder).filter((file) => file.endsWith(".whl"))) {
      pyodide.unpackArchive(new Uint8Array(readFileSync(join(folder, name))), "wheel", { extractDir: "/lib/python3.14/site-packages" });
    }
  }
  pyodide.mountNodeFS("/repository", root);
  pyodide.globals.set("arguments", pyodide.toPy(args));
  return pyodide.runPython(PYTHON);
}

// Pyodide's event loop is the browser's and cannot be run to an end from inside. A loop without sockets can: it only
// sleeps until the next timer, which is all that asyncio.run needs here.
const PYTHON = `
import asyncio, importlib, os, sys, time
from asyncio import base_events, events, runners

class NoSockets:
    def select(self, timeout):
        time.sleep(timeout or 0)
        return []

class Loop(base_events.BaseEventLoop):
    def __init__(self):
        super().__init__()
        self._selector = NoSockets()
    def _process_events(self, ready): pass
    def _write_to_self(self): pass

events._set_running_loop(None)
def run(main):
    with runners.Runner(loop_factory=Loop) as runner:
        return runner.run(main)
asyncio.run = run
importlib.invalidate_caches()
os.chdir("/repository")
import pytest

# A test that needs what only CPython's machine has is skipped as soon as it asks for it.
class NotInATab:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("aiohttp", "aiortc", "cryptography", "playwright", "sqlite3", "uvloop"):
            pytest.skip(f"{name} is not in a tab", allow_module_level=True)

sys.meta_path.insert(0, NotInATab())
options = ["-o", "addopts=--strict-markers --import-mode=importlib", "-p", "no:cacheprovider", *arguments]
int(pytest.main(options))
`;

// Node would print the engine's source, one line of a megabyte, before the message.
main().then((status) => process.exit(status), (error) => {
  console.error(String(error.message ?? error).slice(-4000));
  process.exit(2);
});
