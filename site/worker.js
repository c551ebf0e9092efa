// The dedicated worker in which the peer lives. What it starts with is in its name, so that it need not wait for the page, whose first
// message may come 70 ms later: "graphvine {options of bootPython, files: names of what the page fetches meanwhile}". The page
// sends {port}, over which all further talk goes (protocol: graphvine.js), and {file, value} for each file.
// A message {connections} is the port of connections.js; Python finds it as `self.graphvineConnections`. {isBack} says that the
// network may be back.
import { bootPython, onDeath } from "./boot.js";

const arrivals = new Map(); // file -> the functions that settle its promise
let takePort;
const port = new Promise((resolve) => (takePort = resolve));

self.addEventListener("message", ({ data }) => {
  if (data.connections) self.graphvineConnections = data.connections; // before the port: port_connections.py looks for it
  if (data.port) takePort(data.port);
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

async function main({ options, files }) {
  const tell = async (message) => (await port).postMessage(message);
  const fail = ({ name, message, lacks, remedy }) => tell({ failed: { name, message, lacks, remedy } });
  try {
    const pyodide = await bootPython({ ...options, onProgress: (progress) => tell({ progress }), files: expected(files) });
    onDeath(pyodide, fail);
    await pyodide.pyimport("graphvine.platform.browser.worker").main(await port);
  } catch (error) {
    fail(error);
  }
}

main(JSON.parse(self.name.slice(self.name.indexOf("{"))));
