// The search box: finds vertices by name, id, label or any property, and offers them in a list (a combobox).
import { make } from "../document/elements.js";
import { captionOf, textOf } from "./values.js";

const MAX_HITS = 8;
const MAX_MARKED = 500;

/** All vertices that hold `text`, those whose name begins with it first. */
export function find(mirror, text) {
  const wanted = text.trim().toLowerCase();
  if (!wanted) return [];
  const hits = [];
  for (const vertex of mirror.vertices.values()) {
    const caption = captionOf(vertex).toLowerCase();
    if (caption.startsWith(wanted)) hits.push([0, caption, vertex]);
    else if (caption.includes(wanted)) hits.push([1, caption, vertex]);
    else if (holds(vertex, wanted)) hits.push([2, caption, vertex]);
  }
  hits.sort((a, b) => a[0] - b[0] || (a[1] < b[1] ? -1 : 1));
  return hits.slice(0, MAX_MARKED).map(([, , vertex]) => vertex);
}

function holds(vertex, wanted) {
  if (vertex.id.toLowerCase().includes(wanted) || vertex.labels.some((label) => label.toLowerCase().includes(wanted))) return true;
  return Object.entries(vertex.properties).some(([name, value]) => name !== "x" && name !== "y" && textOf(value).toLowerCase().includes(wanted));
}

/** `actions`: found(vertices or null, text), choose(id). */
export class Search {
  #hits = [];
  #active = -1;

  constructor(input, mirror, actions) {
    Object.assign(this, { input, mirror, actions });
    this.list = make("ul", { class: "hits", id: "search-hits", role: "listbox", "aria-label": "Found vertices", hidden: true });
    input.after(this.list);
    for (const [name, value] of Object.entries({ role: "combobox", "aria-expanded": "false", "aria-controls": "search-hits", "aria-autocomplete": "list" })) input.setAttribute(name, value);
    input.addEventListener("input", () => this.#look());
    input.addEventListener("focus", () => input.value && this.#look());
    input.addEventListener("keydown", (event) => this.#key(event));
    input.addEventListener("blur", () => setTimeout(() => this.#open(false), 150)); // a press on a hit comes first
  }

  #look() {
    const text = this.input.value;
    const found = find(this.mirror, text);
    this.#hits = found.slice(0, MAX_HITS);
    this.#active = this.#hits.length ? 0 : -1;
    this.#draw(text.trim() && !found.length);
    this.actions.found(text.trim() ? found : null, text.trim());
  }

  #draw(isEmpty) {
    const rows = this.#hits.map((vertex, index) =>
      make(
        "li",
        { role: "option", id: `hit-${index}`, "aria-selected": String(index === this.#active), onpointerdown: (event) => (event.preventDefault(), this.#choose(vertex)) },
        make("span", {}, captionOf(vertex)),
        make("span", { class: "hint" }, vertex.labels.join(", ")),
      ),
    );
    this.list.replaceChildren(...rows, ...(isEmpty ? [make("li", { class: "hint" }, "Nothing found")] : []));
    this.#open(rows.length > 0 || isEmpty);
  }

  #open(isOpen) {
    this.list.hidden = !isOpen;
    this.input.setAttribute("aria-expanded", String(Boolean(isOpen)));
    if (isOpen && this.#active >= 0) this.input.setAttribute("aria-activedescendant", `hit-${this.#active}`);
    else this.input.removeAttribute("aria-activedescendant");
  }

  #key(event) {
    if (event.key === "Escape") this.clear();
    else if (event.key === "Enter" && this.#hits[this.#active]) this.#choose(this.#hits[this.#active]);
    else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      const count = this.#hits.length;
      if (!count) return;
      this.#active = (this.#active + (event.key === "ArrowDown" ? 1 : count - 1)) % count;
      this.#draw(false);
    } else return;
    event.preventDefault();
  }

  #choose(vertex) {
    this.clear();
    this.actions.choose(vertex.id);
  }

  clear() {
    this.input.value = "";
    this.#hits = [];
    this.#open(false);
    this.actions.found(null, "");
  }
}
