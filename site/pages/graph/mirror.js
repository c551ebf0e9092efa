// The page's own copy of the graph, kept current by the changes that the peer reports.

const GATHER_MS = 12; // a burst of changes is shown once
const EXACT = { exact: true }; // what is deleted here can be written back as it was

/**
 * `vertices` and `edges` are Maps by id. A "change" event tells what is new: detail {vertices, edges: Set of ids,
 * isStructural, remote: Set of vertex ids that somebody else touched}. Property values are exact.
 */
export class Mirror extends EventTarget {
  vertices = new Map();
  edges = new Map();
  #edgesAt = new Map(); // vertex id -> Set of edge ids
  #news = freshNews();
  #timer = null;
  #early = []; // changes that arrive before the first snapshot

  /** Begin: everything that is there, and from now on every change. */
  async start(graph) {
    let isFilled = false;
    await graph.changes(null, (change) => (isFilled ? this.#take(change) : this.#early.push(change)), undefined, EXACT);
    const snapshot = await graph.snapshot(EXACT);
    for (const vertex of snapshot.vertices) this.#putVertex(vertex);
    for (const edge of snapshot.edges) this.#putEdge(edge);
    isFilled = true;
    for (const change of this.#early.splice(0)) this.#take(change);
    this.#tell();
  }

  vertex(id) {
    return this.vertices.get(id) ?? null;
  }

  edge(id) {
    return this.edges.get(id) ?? null;
  }

  /** The edge with both its ends here, or null: a stray edge is not shown. */
  isWhole(edge) {
    return this.vertices.has(edge.source) && this.vertices.has(edge.target);
  }

  /** Edges that begin or end at a vertex. */
  edgesAt(id) {
    return [...(this.#edgesAt.get(id) ?? [])].map((edge) => this.edges.get(edge)).filter((edge) => this.isWhole(edge));
  }

  degree(id) {
    return this.#edgesAt.get(id)?.size ?? 0;
  }

  #take(change) {
    if (change.kind === "vertex") {
      if (change.change === "delete" || !change.vertex) this.#deleteVertex(change.id);
      else this.#putVertex(change.vertex);
      if (!change.isLocal) this.#news.remote.add(change.id);
    } else if (change.change === "delete" || !change.edge) this.#deleteEdge(change.id);
    else this.#putEdge(change.edge);
    this.#timer ??= setTimeout(() => this.#tell(), GATHER_MS);
  }

  #putVertex(vertex) {
    this.#news.isStructural ||= !this.vertices.has(vertex.id);
    this.vertices.set(vertex.id, { id: vertex.id, labels: [...vertex.labels ?? []].sort(), properties: vertex.properties ?? {} });
    this.#news.vertices.add(vertex.id);
  }

  #putEdge({ id, type, source, target, properties = {} }) {
    if (this.edges.has(id)) this.#unhook(this.edges.get(id));
    else this.#news.isStructural = true;
    this.edges.set(id, { id, type, source, target, properties });
    for (const end of [source, target]) {
      if (!this.#edgesAt.has(end)) this.#edgesAt.set(end, new Set());
      this.#edgesAt.get(end).add(id);
    }
    this.#news.edges.add(id);
  }

  #deleteVertex(id) {
    if (!this.vertices.delete(id)) return;
    for (const edge of [...(this.#edgesAt.get(id) ?? [])]) this.#deleteEdge(edge); // a delete hides the edges too
    this.#news.vertices.add(id);
    this.#news.isStructural = true;
  }

  #deleteEdge(id) {
    const edge = this.edges.get(id);
    if (!edge) return;
    this.#unhook(edge);
    this.edges.delete(id);
    this.#news.edges.add(id);
    this.#news.isStructural = true;
  }

  #unhook(edge) {
    for (const end of [edge.source, edge.target]) {
      const edges = this.#edgesAt.get(end);
      edges?.delete(edge.id);
      if (edges?.size === 0) this.#edgesAt.delete(end);
    }
  }

  #tell() {
    clearTimeout(this.#timer);
    this.#timer = null;
    const detail = this.#news;
    this.#news = freshNews();
    this.dispatchEvent(new CustomEvent("change", { detail }));
  }
}

function freshNews() {
  return { vertices: new Set(), edges: new Set(), remote: new Set(), isStructural: false };
}
