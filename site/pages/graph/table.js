// The graph as a table: vertices or edges, sorted, filtered, edited in place.
import { make } from "../document/elements.js";
import { edgeRecord, vertexRecord } from "./edits.js";
import { notify } from "../document/notices.js";
import { compare, isWritable, kindOf, parse, textOf } from "./values.js";

const MAX_COLUMNS = 14; // properties beyond the most frequent ones are in the panel
const CHUNK = 120; // rows added at a time while scrolling
const MAX_REVEALED = 2_000; // a selected row further down is not scrolled to: all rows above it would have to be made

const COLUMNS = {
  vertex: [["id", (row) => row.id], ["labels", (row) => row.labels]],
  edge: [["source", (row) => row.source], ["type", (row) => row.type], ["target", (row) => row.target]],
};

/** `actions`: change(title, places), select(target). */
export class Table {
  #kind = "vertex";
  #sort = { column: null, isDown: false };
  #filter = "";
  #rows = [];
  #shown = 0;
  #selected = null;

  constructor(root, mirror, actions) {
    Object.assign(this, { root, mirror, actions });
    this.head = make("thead");
    this.body = make("tbody");
    this.count = make("p", { class: "hint", role: "status" });
    this.scroller = make("div", { class: "scroller" }, make("table", {}, this.head, this.body));
    this.switches = [this.#switch("vertex", "Vertices"), this.#switch("edge", "Edges")];
    root.append(make("div", { class: "table-bar" }, make("div", { class: "segments", role: "group", "aria-label": "Rows" }, this.switches), this.count), this.scroller);
    this.scroller.addEventListener("scroll", () => this.#fill());
    this.body.addEventListener("click", (event) => this.#click(event));
    this.body.addEventListener("dblclick", (event) => this.#edit(event.target.closest("td")));
    this.body.addEventListener("keydown", (event) => this.#key(event));
    mirror.addEventListener("change", () => this.#isBusy() || this.render());
  }

  #switch(kind, text) {
    return make("button", { type: "button", "aria-pressed": String(kind === this.#kind), data: { kind }, onclick: () => this.#show(kind) }, text);
  }

  #show(kind) {
    this.#kind = kind;
    this.#sort = { column: null, isDown: false };
    for (const button of this.switches) button.setAttribute("aria-pressed", String(button.dataset.kind === kind));
    this.scroller.scrollTop = 0;
    this.render();
  }

  /** Only rows that hold `text` somewhere. */
  filter(text) {
    this.#filter = text.toLowerCase();
    this.render();
  }

  select(target) {
    this.#selected = target;
    if (target && target.kind !== this.#kind) this.#show(target.kind);
    for (const row of this.body.rows) row.classList.toggle("is-selected", row.dataset.id === target?.id);
    this.reveal();
  }

  /** Bring the row that is selected into sight, if the table is shown and has it. */
  reveal() {
    const { root, scroller } = this;
    const index = root.hidden || !this.#selected ? -1 : this.#rows.findIndex(({ id }) => id === this.#selected.id);
    if (index < 0 || index >= MAX_REVEALED) return;
    this.#fill(index + 1);
    const row = this.body.rows[index].getBoundingClientRect();
    const { top, bottom } = scroller.getBoundingClientRect();
    const headBottom = top + this.head.offsetHeight; // it stays while the rows scroll
    if (row.bottom <= headBottom || row.top >= bottom) scroller.scrollTop += row.top - (headBottom + bottom) / 2;
  }

  #isBusy() {
    return this.root.hidden || this.body.querySelector("input") !== null;
  }

  /** Draw again from the mirror; does nothing while the table is not shown. */
  render() {
    if (this.root.hidden) return;
    const all = [...(this.#kind === "vertex" ? this.mirror.vertices : this.mirror.edges).values()];
    this.columns = [...COLUMNS[this.#kind], ...this.#propertyColumns(all)];
    this.#rows = this.#filter ? all.filter((row) => this.#holds(row)) : all;
    const column = this.columns.find(([name]) => name === this.#sort.column) ?? this.columns[0];
    const sign = this.#sort.isDown ? -1 : 1;
    this.#rows.sort((a, b) => sign * compare(column[1](a), column[1](b)) || (a.id < b.id ? -1 : 1));
    this.#drawHead(column[0]);
    const kept = Math.max(CHUNK, this.#shown);
    const focus = this.#focusedCell();
    this.#shown = 0;
    this.body.replaceChildren();
    this.#fill(kept);
    if (focus) this.#cell(focus)?.focus();
    const [one, many] = this.#kind === "vertex" ? ["vertex", "vertices"] : ["edge", "edges"];
    const noun = all.length === 1 ? one : many;
    this.count.textContent = this.#filter ? `${this.#rows.length} of ${all.length} ${noun}` : `${all.length} ${noun}`;
  }

  #holds(row) {
    return this.columns.some(([, read]) => textOf(read(row)).toLowerCase().includes(this.#filter)) || textOf(row.properties.name ?? "").toLowerCase().includes(this.#filter);
  }

  #propertyColumns(rows) {
    const counts = new Map();
    for (const row of rows) for (const name of Object.keys(row.properties)) counts.set(name, (counts.get(name) ?? 0) + 1);
    const isPlace = (name) => this.#kind === "vertex" && (name === "x" || name === "y");
    const names = [...counts].filter(([name]) => !isPlace(name)).sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).slice(0, MAX_COLUMNS);
    return names.map(([name]) => [name, (row) => row.properties[name], true]);
  }

  #drawHead(sorted) {
    const direction = this.#sort.isDown ? "descending" : "ascending";
    const cell = ([name, read]) => make(
      "th",
      { scope: "col", class: this.#rows.length && kindOf(read(this.#rows[0])) === "number" ? "number" : null, "aria-sort": name === sorted ? direction : "none" },
      make("button", { type: "button", class: "quiet", onclick: () => this.#sortBy(name) }, name),
    );
    this.head.replaceChildren(make("tr", {}, this.columns.map(cell)));
  }

  #sortBy(column) {
    const present = this.#sort.column ?? this.columns[0][0];
    this.#sort = { column, isDown: column === present && !this.#sort.isDown };
    this.render();
    [...this.head.querySelectorAll("button")].find((button) => button.textContent === column)?.focus();
  }

  #fill(least = 0) {
    const { scroller } = this;
    const needsMore = () => this.#shown < least || scroller.scrollTop + scroller.clientHeight * 2 > scroller.scrollHeight;
    while (this.#shown < this.#rows.length && needsMore()) {
      const rows = this.#rows.slice(this.#shown, this.#shown + CHUNK);
      this.body.append(...rows.map((row, index) => this.#row(row, this.#shown + index)));
      this.#shown += rows.length;
    }
  }

  #row(row, index) {
    const cells = this.columns.map(([name, read, isProperty]) => {
      const value = read(row);
      return make("td", { tabindex: index === 0 && name === this.columns[0][0] ? 0 : -1, class: kindOf(value) === "number" ? "number" : null, data: isProperty ? { name } : {} }, textOf(value));
    });
    return make("tr", { data: { id: row.id }, class: this.#selected?.id === row.id ? "is-selected" : null }, cells);
  }

  #click(event) {
    const cell = event.target.closest("td");
    if (!cell || event.target.matches("input")) return;
    cell.focus();
    this.actions.select({ kind: this.#kind, id: cell.parentElement.dataset.id });
  }

  #focusedCell() {
    const cell = document.activeElement?.closest?.("td");
    return cell && this.body.contains(cell) ? { id: cell.parentElement.dataset.id, column: cell.cellIndex } : null;
  }

  #cell({ id, column }) {
    return this.body.querySelector(`tr[data-id="${CSS.escape(id)}"]`)?.cells[column];
  }

  #key(event) {
    const cell = event.target.closest("td");
    if (!cell || event.target.matches("input")) return;
    const row = cell.parentElement;
    const next = {
      ArrowLeft: cell.previousElementSibling,
      ArrowRight: cell.nextElementSibling,
      ArrowUp: row.previousElementSibling?.cells[cell.cellIndex],
      ArrowDown: row.nextElementSibling?.cells[cell.cellIndex],
    }[event.key];
    if (next) next.focus();
    else if (event.key === "Enter" || event.key === "F2") this.#edit(cell);
    else if (event.key === " ") this.actions.select({ kind: this.#kind, id: row.dataset.id });
    else return;
    event.preventDefault();
  }

  /** Turn a cell into a field, unless its value is a counter or a set: the panel has the controls for those. */
  #edit(cell) {
    const name = cell?.dataset.name;
    if (!name) return;
    const { id } = cell.parentElement.dataset;
    const record = this.#kind === "vertex" ? this.mirror.vertex(id) : this.mirror.edge(id);
    const kind = kindOf(record?.properties[name]);
    if (kind === "shared") this.actions.select({ kind: this.#kind, id });
    else if (record && isWritable(kind)) this.#openField(cell, name, record);
  }

  /** Enter keeps what was typed, Escape does not. */
  #openField(cell, name, record) {
    const { id } = record;
    const input = make("input", { value: textOf(record.properties[name]), "aria-label": `${name} of ${id}`, autocomplete: "off" });
    let isOver = false;
    const end = (isKept, hasFocus) => {
      if (isOver) return;
      isOver = true;
      const text = input.value;
      input.remove();
      cell.textContent = textOf(record.properties[name]);
      if (isKept) this.#write(record, name, text, cell);
      if (hasFocus) cell.focus();
      this.render();
    };
    input.addEventListener("keydown", (event) => {
      if (event.key === "Enter" || event.key === "Escape") {
        event.preventDefault();
        end(event.key === "Enter", true);
      }
    });
    input.addEventListener("blur", () => end(true, false));
    cell.replaceChildren(input);
    input.focus();
    input.select();
  }

  #write(record, name, text, cell) {
    const old = record.properties[name];
    if (text === textOf(old)) return;
    const kind = kindOf(old);
    const value = attemptParse(text, ["number", "yesno", "nothing"].includes(kind) ? "auto" : kind, old);
    if (value === undefined) return;
    cell.textContent = textOf(value);
    const before = this.#kind === "vertex" ? vertexRecord(record) : edgeRecord(record);
    const after = structuredClone(before);
    after.properties[name] = value;
    this.actions.change(`Change ${name}`, [{ kind: this.#kind, id: record.id, before, after }]);
  }
}

function attemptParse(text, kind, old) {
  try {
    return parse(text, kind, old ?? []);
  } catch (error) {
    notify(error.message, { isProblem: true });
    return undefined;
  }
}
