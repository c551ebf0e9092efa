// Moves vertices by hand: at once here, and live at everybody else while the hand still moves.
import { attempt } from "../document/notices.js";
import { vertexRecord } from "./edits.js";

const SHARE_KEY = "graphvine.share-moves";
const NUDGE_ENDS_MS = 600; // key presses closer together than this are one move

export class Mover {
  #id = null;
  #before = null;
  #latest = null;
  #writing = null; // one write at a time: the next one starts with whatever is latest when the last is done
  #nudgeTimer = null;

  constructor(graph, mirror, layout, edits) {
    Object.assign(this, { graph, mirror, layout, edits });
    this.isShared = readChoice();
  }

  /** Whether others see what moves here; kept for the next visit. */
  share(isShared) {
    this.isShared = isShared;
    try {
      localStorage.setItem(SHARE_KEY, String(isShared));
    } catch {
      // Private browsing may forbid it; the choice then lasts as long as the page.
    }
  }

  get held() {
    return this.#id;
  }

  start(id) {
    this.#finishNudge();
    const vertex = this.mirror.vertex(id);
    const node = this.layout.position(id);
    if (!vertex || !node) return;
    this.#id = id;
    this.#before = vertexRecord(vertex);
    Object.assign(this.#before.properties, rounded(node)); // undo brings it back to where it was seen
    this.#latest = null;
  }

  to(id, point) {
    if (id !== this.#id) return;
    this.layout.move(id, point.x, point.y);
    this.#latest = rounded(point);
    if (this.isShared) this.#writing ??= this.#write(id);
  }

  async #write(id) {
    try {
      while (this.#latest && this.#id === id) {
        const place = this.#latest;
        this.#latest = null;
        await this.graph.put(id, place);
        await new Promise((resolve) => setTimeout(resolve, 40)); // 25 a second look smooth enough
      }
    } catch (error) {
      console.warn("A move could not be shared:", error);
    } finally {
      this.#writing = null;
    }
  }

  async end(id) {
    if (id !== this.#id) return;
    const [before, node] = [this.#before, this.layout.position(id)];
    const place = node && rounded(node); // now: an echo of what was shared on the way may move it back for a moment
    this.#id = null;
    if (!this.isShared || !place) return;
    const after = { labels: before.labels, properties: { ...before.properties, ...place } };
    const written = this.#finish(id, place);
    this.edits.record("move", [{ kind: "vertex", id, before, after }], written); // at once: who undoes it means this
    await written;
  }

  async #finish(id, place) {
    await this.#writing;
    await attempt("Moving it", () => this.graph.put(id, place));
  }

  /** One step with the keyboard. */
  nudge(id, dx, dy) {
    if (this.#id !== id) this.start(id);
    const node = this.layout.position(id);
    if (!node) return;
    this.to(id, { x: node.x + dx, y: node.y + dy });
    clearTimeout(this.#nudgeTimer);
    this.#nudgeTimer = setTimeout(() => this.#finishNudge(), NUDGE_ENDS_MS);
  }

  #finishNudge() {
    clearTimeout(this.#nudgeTimer);
    if (this.#nudgeTimer && this.#id) this.end(this.#id);
    this.#nudgeTimer = null;
  }
}

function rounded({ x, y }) {
  return { x: Math.round(x), y: Math.round(y) };
}

function readChoice() {
  try {
    return localStorage.getItem(SHARE_KEY) !== "false";
  } catch {
    return true;
  }
}
