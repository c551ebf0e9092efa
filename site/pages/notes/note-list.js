// The notes of the space, by title; kept up to date by a live query that does not look into them.
import { make } from "../document/elements.js";
import { attempt } from "../document/notices.js";

const QUERY = "MATCH (n:Note) RETURN elementId(n) AS id, n.title AS title, n.created AS created ORDER BY created, id";
const MAX_SHOWN = 500;

export class NoteList extends EventTarget {
  notes = [];
  current = null;
  #awaited = new Map(); // id -> functions to call once it is listed

  constructor(list, graph) {
    super();
    Object.assign(this, { list, graph });
    this.addEventListener("change", () => this.#greet());
  }

  /** Resolves when the list is there. */
  start() {
    return new Promise((resolve, reject) => {
      this.graph.live(QUERY, {}, (rows) => {
        this.notes = rows;
        this.draw();
        this.dispatchEvent(new Event("change"));
        resolve();
      }, reject);
    });
  }

  /** Resolves once a note is listed: until then it looks like one that was deleted. */
  async listed(id) {
    if (!this.has(id)) await new Promise((resolve) => this.#awaited.set(id, [...(this.#awaited.get(id) ?? []), resolve]));
  }

  #greet() {
    for (const [id, greet] of this.#awaited) {
      if (!this.has(id)) continue;
      this.#awaited.delete(id);
      for (const resolve of greet) resolve();
    }
  }

  has(id) { return this.notes.some((note) => note.id === id); }
  titleOf(id) {
    const title = this.notes.find((note) => note.id === id)?.title;
    return typeof title === "string" ? title : "";
  }

  draw() {
    this.list.replaceChildren(...this.notes.slice(0, MAX_SHOWN).map(({ id, title }) => {
      const isTitled = typeof title === "string" && title.trim();
      const open = () => this.dispatchEvent(new CustomEvent("open", { detail: id }));
      const attributes = { type: "button", onclick: open, "aria-current": id === this.current ? "true" : null, class: isTitled ? null : "untitled" };
      return make("li", {}, make("button", attributes, make("span", {}, isTitled ? title : "Untitled note")));
    }));
  }

  show(id) {
    this.current = id;
    this.draw();
  }

  /** Make a note; resolves to its id, once it is listed. */
  async add() {
    const id = `note/${crypto.randomUUID()}`;
    const made = await attempt("Making a note", async () => (await this.graph.put(id, { title: "", created: Date.now() }, { labels: ["Note"] }), true));
    if (!made) return null;
    await this.listed(id);
    return id;
  }
}
