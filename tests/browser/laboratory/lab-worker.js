// The worker of lab.js.
import { bootPython } from "./boot.js";

const python = bootPython();

self.addEventListener("message", async ({ data: { id, code, connections } }) => {
  if (connections) self.graphvineConnections = connections;
  if (!code) return;
  try {
    self.postMessage({ id, value: await (await python).runPythonAsync(code) });
  } catch (error) {
    self.postMessage({ id, error: String(error.message ?? error) });
  }
});
