// The dedicated worker in which the peer lives. The page sends one message {port, ...options of bootPython}; all
// further talk with the page goes over that port (protocol: graphvine.js). Other messages belong to connections.js.
import { bootPython } from "./boot.js";

self.addEventListener("message", async ({ data: { port, options } }) => {
  const onProgress = (progress) => port.postMessage({ progress });
  try {
    const pyodide = await bootPython({ ...options, onProgress });
    pyodide.pyimport("graphvine.platform.browser.worker").main(port);
  } catch (error) {
    port.postMessage({ failed: { name: error.name, message: error.message, lacks: error.lacks, remedy: error.remedy } });
  }
}, { once: true });
