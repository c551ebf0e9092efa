// Files in and out, for graphvine.js: streams of bytes on this side, calls that keep the pace on the other
// (pypkg/graphvine/platform/browser/rpc_transfers.py). `peer` is the Runtime of graphvine.js.

/** The bytes of a Blob, stream, buffer or text as a stream, with what is known of them. */
function opened(source) {
  if (typeof source === "string" || source instanceof ArrayBuffer || ArrayBuffer.isView(source)) source = new Blob([source]);
  if (source instanceof Blob) return { stream: source.stream(), total: source.size, name: source.name ?? "" };
  if (source instanceof ReadableStream) return { stream: source, total: 0, name: "" };
  throw new TypeError("graph.import takes a File, a Blob, a ReadableStream of bytes, bytes, or text.");
}

/** See Graph.import. */
export async function importFile(peer, graph, source, { format = null, name, asNew = false, onProgress, signal, ...options } = {}) {
  signal?.throwIfAborted();
  const file = opened(source);
  const about = { ...options, ...(asNew && { as_new: true }), format, name: name ?? file.name, total: file.total };
  const reader = file.stream.getReader();
  const call = await peer.startCall("import", graph, [about], (progress) => onProgress?.(progress));
  const abort = () => call.cancel();
  signal?.addEventListener("abort", abort);
  let isOver = false;
  const ended = call.answer.finally(() => { isOver = true; });
  ended.catch(() => {}); // it is awaited below
  try {
    for (;;) {
      const { done, value } = await reader.read();
      const isRead = isOver ? false : await peer.call("import_chunk", graph, call.id, done ? null : value);
      if (done || !isRead) break;
    }
    return await ended;
  } catch (error) {
    if (!isOver) call.cancel(); // the file broke off: what is missing must not count as its end
    signal?.throwIfAborted();
    throw error;
  } finally {
    signal?.removeEventListener("abort", abort);
    reader.cancel().catch(() => {});
  }
}

/** See Graph.export. */
export function exportStream(peer, graph, format, { onProgress } = {}) {
  let call;
  let settle;
  const summary = new Promise((resolve, reject) => { settle = { resolve, reject }; });
  summary.catch(() => {}); // the stream fails as well
  let isFirst = true;
  let isCancelled = false;
  const stream = new ReadableStream({
    async start(controller) {
      call = await peer.startCall("export", graph, [format], ({ chunk, progress }) => {
        if (isCancelled) return;
        onProgress?.(progress);
        controller.enqueue(chunk);
      });
      call.answer.then(
        (result) => { settle.resolve(result); if (!isCancelled) controller.close(); },
        (error) => { settle.reject(error); controller.error(error); });
    },
    async pull() {
      if (isFirst) isFirst = false; // the first chunk comes unasked
      else await peer.call("export_more", graph, call.id);
    },
    cancel() {
      isCancelled = true;
      call.cancel();
      settle.reject(new DOMException("The export was cancelled.", "AbortError"));
    },
  }, { highWaterMark: 1 });
  return Object.assign(stream, { summary });
}
