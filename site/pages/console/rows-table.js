// Rows of a query as a table: 100,000 of them scroll smoothly, because only those in sight are in the page.
import { make } from "../document/elements.js";
import { captionOf, kindOf } from "../graph/values.js";
import { compareValues, lineOf } from "./results.js";

const ROW_HEIGHT = 32; // CSS pixels, as in console.css
const BEYOND = 12; // rows drawn above and below what is in sight
const SAMPLE = 200;
const CHARACTER = 7.6;
const MIN_WIDTH = 76;
const MAX_WIDTH = 380;
const MAX_CHIPS = 12;

/** `actions`: select({kind, id}). */
export class RowsTable {
  #columns = [];
  #rows = [];
  #order = null; // sorted copy of the rows, or null for the order of the query
  #sort = { column: -1, isDown: false };
  #drawn = { from: 0, to: -1 };
  #isAsked = false;

  constructor(actions) {
    this.actions = actions;
    this.head = make("tr");
    this.above = make("tr", { class: "space", "aria-hidden": "true" }, make("td"));
    this.below = make("tr", { class: "space", "aria-hidden": "true" }, make("td"));
    this.body = make("tbody", {}, this.above, this.below);
    this.columnGroup = make("colgroup");
    this.table = make("table", { class: "rows" }, this.columnGroup, make("thead", {}, this.head), this.body);
    this.root = make("div", { class: "rows-scroller", tabindex: 0, role: "region", "aria-label": "Rows" }, this.table);
    this.root.addEventListener("scroll", () => this.#ask(), { passive: true });
    new ResizeObserver(() => this.#ask()).observe(this.root);
    this.body.addEventListener("click", ({ target }) => {
      const chip = target.closest("[data-id]");
      if (chip) this.actions.select({ kind: chip.dataset.kind, id: chip.dataset.id });
    });
  }

  get columns() {
    return this.#columns;
  }

  /** Rows in the order that is shown. */
  get rows() {
    return this.#order ?? this.#rows;
  }

  begin(columns) {
    this.#columns = columns;
    this.#rows = [];
    this.#order = null;
    this.#sort = { column: -1, isDown: false };
    this.root.scrollTop = this.root.scrollLeft = 0;
    this.#drawHead();
    this.#redraw();
  }

  add(rows) {
    const isFirst = this.#rows.length === 0;
    for (const row of rows) this.#rows.push(row);
    if (isFirst) {
      this.#setWidths();
      this.#drawHead();
    }
    if (this.#sort.column >= 0) this.#sortRows();
    this.table.setAttribute("aria-rowcount", this.#rows.length + 1);
    this.#drawn = { from: 0, to: -1 };
    this.#ask();
  }

  /** All rows are here: what is wide further down counts as well. */
  end() {
    this.#setWidths();
  }

  #setWidths() {
    const stride = Math.max(1, Math.ceil(this.#rows.length / SAMPLE));
    const sample = this.#rows.filter((_, index) => index % stride === 0 || index > this.#rows.length - 3);
    const widths = this.#columns.map((name, index) => {
      const longest = sample.reduce((most, row) => Math.max(most, lineOf(row[index]).length + (row[index]?.kind ? 4 : 0)), name.length + 3);
      return Math.min(MAX_WIDTH, Math.max(MIN_WIDTH, Math.round(longest * CHARACTER) + 26));
    });
    this.columnGroup.replaceChildren(...widths.map((width) => {
      const column = make("col");
      column.style.width = `${width}px`;
      return column;
    }), make("col")); // takes what is left, so that columns don't spread
    this.table.style.minWidth = `${widths.reduce((sum, width) => sum + width, 0)}px`;
  }

  #drawHead() {
    const cell = (name, index) => {
      const direction = index !== this.#sort.column ? "none" : this.#sort.isDown ? "descending" : "ascending";
      const isNumber = kindOf(this.#rows[0]?.[index]) === "number";
      return make("th", { scope: "col", "aria-sort": direction, class: isNumber ? "number" : null }, make("button", { type: "button", class: "quiet", title: `Sort by ${name}`, onclick: () => this.#sortBy(index) }, make("span", {}, name)));
    };
    this.head.replaceChildren(...this.#columns.map(cell), make("td", { class: "rest" }));
  }

  #sortBy(column) {
    const { column: present, isDown } = this.#sort;
    if (column !== present) this.#sort = { column, isDown: false };
    else this.#sort = isDown ? { column: -1, isDown: false } : { column, isDown: true };
    this.#sortRows();
    this.#drawHead();
    this.head.querySelectorAll("button")[column]?.focus();
    this.#drawn = { from: 0, to: -1 };
    this.#redraw();
  }

  #sortRows() {
    const { column, isDown } = this.#sort;
    const sign = isDown ? -1 : 1;
    this.#order = column < 0 ? null : [...this.#rows].sort((a, b) => sign * compareValues(a[column], b[column]));
  }

  #ask() {
    if (this.#isAsked) return;
    this.#isAsked = true;
    requestAnimationFrame(() => {
      this.#isAsked = false;
      this.#redraw();
    });
  }

  /** Put the rows in sight into the page; those above and below are two empty rows of the right height. */
  #redraw() {
    const { rows } = this;
    const first = Math.floor(this.root.scrollTop / ROW_HEIGHT);
    const from = Math.max(0, Math.min(first - BEYOND, rows.length));
    const to = Math.min(rows.length, first + Math.ceil((this.root.clientHeight || 400) / ROW_HEIGHT) + BEYOND);
    if (from === this.#drawn.from && to === this.#drawn.to) return;
    this.#drawn = { from, to };
    const drawn = rows.slice(from, to).map((row, index) => this.#row(row, from + index));
    this.above.firstChild.style.height = `${from * ROW_HEIGHT}px`;
    this.below.firstChild.style.height = `${(rows.length - to) * ROW_HEIGHT}px`;
    this.above.hidden = from === 0;
    this.below.hidden = to === rows.length;
    this.body.replaceChildren(this.above, ...drawn, this.below);
  }

  #row(row, index) {
    return make("tr", { "aria-rowindex": index + 2 }, row.map((value) => {
      const isNumber = kindOf(value) === "number";
      return make("td", { class: isNumber ? "number" : value === null ? "nothing" : null, title: lineOf(value).slice(0, 500) }, valueNodes(value));
    }), make("td", { class: "rest" }));
  }
}

/** A value as nodes: vertices, edges and the parts of paths can be pressed. */
export function valueNodes(value) {
  if (value?.kind === "path") {
    const parts = value.vertices.slice(0, MAX_CHIPS).flatMap((vertex, index) => (index ? [arrow(value, index - 1), chip(vertex)] : [chip(vertex)]));
    return value.vertices.length > MAX_CHIPS ? [...parts, ` … ${value.vertices.length - MAX_CHIPS} more`] : parts;
  }
  if (value?.kind === "vertex" || value?.kind === "edge") return [chip(value)];
  if (Array.isArray(value) && value.length && value.every((each) => each?.kind === "vertex" || each?.kind === "edge")) {
    return [...value.slice(0, MAX_CHIPS).map(chip), ...(value.length > MAX_CHIPS ? [` … ${value.length - MAX_CHIPS} more`] : [])];
  }
  return [lineOf(value)];
}

function chip(entity) {
  const text = entity.kind === "vertex" ? captionOf(entity) : entity.type;
  return make("button", { type: "button", class: `entity ${entity.kind}`, data: { id: entity.id, kind: entity.kind }, title: entity.kind === "vertex" ? entity.labels.map((label) => `:${label}`).join("") || "vertex" : `edge ${entity.type}` }, text);
}

function arrow(path, index) {
  const edge = path.edges[index];
  const isForward = edge.source === path.vertices[index].id;
  return make("button", { type: "button", class: "entity step", data: { id: edge.id, kind: "edge" }, title: edge.type, "aria-label": `edge ${edge.type}` }, isForward ? "→" : "←");
}
