// The dedicated worker in which the peer lives. The page sends {port, options} (of bootPython) and then {file, value} for
// each file that it fetches meanwhile; all further talk with the page goes over the port (protocol: graphvine.js).
// A message {connections} is the port of connections.js; Python finds it as `self.graphvineConnections`. {isBack} says that the
// network may be back.
import { bootPython, onDeath } from "./boot.js";

const arrivals = new Map(); // file -> the functions that settle its promise

self.addEventListener("message", ({ data }) => {
  if (data.connections) self.graphvineConnections = data.connections; // before main: port_connections.py looks for it
  if (data.port) main(data.port, data.options, data.files);
  if (data.isBack) self.dispatchEvent(new Event("graphvineback")); // network.py listens
  if (data.file) arrivals.get(data.file)[data.value ? "resolve" : "reject"](data.value ?? new Error(data.failed));
});

/** A promise for each file that the page is fetching. */
function expected(names) {
  const promise = (name) => new Promise((resolve, reject) => arrivals.set(name, { resolve, reject }));
  const files = Object.fromEntries(names.map((name) => [name, promise(name)]));
  for (const file of Object.values(files)) file.catch(() => {});
  return files;
}

async function main(port, options, names) {
  const onProgress = (progress) => port.postMessage({ progress });
  const fail = ({ name, message, lacks, remedy }) => port.postMessage({ failed: { name, message, lacks, remedy } });
  try {
    const pyodide = await bootPython({ ...options, onProgress, files: names && expected(names) });
    onDeath(pyodide, fail);
    await pyodide.pyimport("graphvine.platform.browser.worker").main(port);
  } catch (error) {
    fail(error);
  }
}
