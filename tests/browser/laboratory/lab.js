// A page without a graph: `lab(thread, code)` runs async Python on the "main" thread or in a "worker" and gives back JSON text.
import { bootPython } from "./boot.js";
import { attachConnections } from "./connections.js";

let here = null;
let worker = null;
const waiting = new Map();

function startWorker() {
  worker = new Worker("lab-worker.js", { type: "module" });
  worker.addEventListener("message", ({ data }) => {
    const call = waiting.get(data.id);
    waiting.delete(data.id);
    if (data.error) call.reject(new Error(data.error));
    else call.resolve(data.value);
  });
  attachConnections(worker);
}

globalThis.lab = async (thread, code) => {
  if (thread === "main") {
    here ??= bootPython();
    return (await here).runPythonAsync(code);
  }
  if (!worker) startWorker();
  return new Promise((resolve, reject) => {
    const id = waiting.size + Math.random();
    waiting.set(id, { resolve, reject });
    worker.postMessage({ id, code });
  });
};
globalThis.endWorker = () => worker.terminate();
