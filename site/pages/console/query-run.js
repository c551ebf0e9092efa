// One run of a query: started, told about, cancelled. No elements here.

/** What to show of an error: {title, text, place: {line, column} | null}. */
export function describeError(error) {
  if (error?.name === "AbortError") return { title: "Stopped", text: "", place: null };
  const [first, ...rest] = String(error?.message ?? error).split("\n");
  const title = [error?.kind, error?.detail].filter(Boolean).join(": ") || error?.name || "Error";
  const when = error?.phase === "runtime" ? "while running" : error?.phase ? "before running: nothing was changed" : "";
  return { title, when, text: first, picture: rest.join("\n"), place: error?.line ? { line: error.line, column: error.column } : null };
}

/** Parameters as an object from their JSON text; raises a SyntaxError with advice. */
export function readParameters(text) {
  if (!text.trim()) return {};
  let value;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new SyntaxError(`The parameters are not JSON: ${error.message}. They look like {"name": "Cosette", "least": 3}.`);
  }
  if (value === null || typeof value !== "object" || Array.isArray(value)) throw new SyntaxError('The parameters are an object: {"name": "Cosette"}.');
  return value;
}

export class QueryRun {
  #control = new AbortController();
  #since = performance.now();
  rows = [];
  head = null;

  constructor(graph, text, parameters) {
    Object.assign(this, { graph, text, parameters });
  }

  get elapsedMs() {
    return performance.now() - this.#since;
  }

  /** Resolves to the head when all rows are here; `onHead(head)`, `onRows(rows)` on the way. */
  async start(onHead, onRows) {
    this.head = await this.graph.queryRows(this.text, this.parameters, {
      signal: this.#control.signal,
      onHead,
      onRows: (rows) => {
        for (const row of rows) this.rows.push(row);
        onRows(rows);
      },
    });
    return this.head;
  }

  cancel() {
    this.#control.abort();
  }
}
