// What came of a query: rows as a table, vertices and edges in the picture, the plan as a tree, an error with its place.
import { icon, make } from "../document/elements.js";
import { makeMenu } from "../document/menu.js";
import { notify } from "../document/notices.js";
import { RowsTable } from "./rows-table.js";
import { countersText, entitiesOf, toCsv, toJson, withSurroundings } from "./results.js";
import { examplesFor, queryButton } from "./query-menus.js";
import { planTree } from "./plan-tree.js";

const MAX_LOOKED_AT = 20_000; // rows searched for what the picture could show

/** `page`: see QueryDock. onExample(text), onPlace() are set by the dock. */
export class ResultView {
  onExample = () => {};
  onPlace = () => {};

  constructor(page) {
    this.page = page;
    this.table = new RowsTable({ select: (target) => page.select(target) });
    this.status = make("p", { class: "result-status", role: "status" });
    this.switches = make("div", { class: "segments", role: "group", "aria-label": "Result as", hidden: true }, this.#switch("table", "Rows"), this.#switch("plan", "Plan"));
    this.picture = make("button", { type: "button", class: "quiet", hidden: true, onclick: () => this.#light() }, icon("graph"), "In the picture");
    this.undo = make("button", { type: "button", class: "quiet", hidden: true, onclick: () => this.#undo() }, icon("undo"), "Undo");
    this.copy = this.#copyMenu();
    this.place = make("div", { class: "result-place" });
    this.root = make("div", { class: "dock-results" }, make("div", { class: "result-bar" }, this.status, this.switches, this.undo, this.picture, this.copy), this.place);
  }

  #switch(name, text) {
    return make("button", { type: "button", "aria-pressed": "false", data: { name }, onclick: () => this.#show(name) }, text);
  }

  #copyMenu() {
    const entry = (text, run) => make("button", { type: "button", class: "quiet", onclick: run }, text);
    const details = make(
      "details",
      { class: "menu copy-menu", hidden: true },
      make("summary", { "aria-label": "Take the rows elsewhere", title: "Take the rows elsewhere" }, icon("copy")),
      make("div", { class: "popover" }, entry("Copy as CSV", () => this.#copy("CSV", toCsv)), entry("Copy as JSON", () => this.#copy("JSON", toJson)), entry("Save as CSV", () => this.#save("csv", toCsv)), entry("Save as JSON", () => this.#save("json", toJson))),
    );
    makeMenu(details);
    return details;
  }

  async #copy(name, format) {
    try {
      await navigator.clipboard.writeText(format(this.table.columns, this.table.rows));
      notify(`Copied ${this.table.rows.length.toLocaleString("en")} rows as ${name}.`);
    } catch {
      notify("The browser does not let this page write to the clipboard. Use Save instead.", { isProblem: true });
    }
  }

  #save(ending, format) {
    const url = URL.createObjectURL(new Blob([format(this.table.columns, this.table.rows)], { type: ending === "csv" ? "text/csv" : "application/json" }));
    make("a", { href: url, download: `${this.page.space.replace(/[^\w-]+/g, "-")}-rows.${ending}` }).click();
    setTimeout(() => URL.revokeObjectURL(url), 10_000);
  }

  #reset(status = "") {
    this.status.textContent = status;
    for (const each of [this.switches, this.picture, this.undo, this.copy]) each.hidden = true;
  }

  showWelcome(kind) {
    this.#reset();
    const list = make("ul", { class: "query-choices welcome" }, examplesFor(kind).slice(0, 6).map((example) => make("li", {}, queryButton(example, (text) => this.onExample(text)))));
    this.place.replaceChildren(make("div", { class: "quiet-result" }, make("h3", {}, "Ask the graph"), make("p", { class: "hint" }, "A pattern such as (a)-[:KNOWS]->(b) finds everything that looks like it. Choose one, change it, run it."), list));
  }

  showHint(text) {
    this.#reset();
    this.place.replaceChildren(make("p", { class: "hint quiet-result" }, text));
  }

  showRunning(run) {
    this.#reset(run.head ? `${run.rows.length.toLocaleString("en")} of ${run.head.count.toLocaleString("en")} rows …` : "Running …");
  }

  showError({ title, when = "", text, picture = "", place }) {
    this.#reset();
    const box = make("div", { class: "query-error", role: "alert" }, make("p", { class: "kind" }, title, when ? make("span", { class: "hint" }, ` ${when}`) : null), make("p", {}, text));
    if (picture) box.append(make("pre", { "aria-hidden": "true" }, picture));
    if (place) box.append(make("button", { type: "button", onclick: () => this.onPlace() }, icon("target"), "Go to the place"));
    this.place.replaceChildren(box);
  }

  begin(head, run) {
    this.run = run;
    this.plan = head.plan ? planTree(head.plan, head.live) : null;
    this.table.begin(head.columns);
    this.#show(head.plan && !head.count ? "plan" : "table");
  }

  add(rows) {
    this.table.add(rows);
  }

  end(run) {
    const { head, rows, elapsedMs } = run;
    this.table.end();
    const counted = `${rows.length.toLocaleString("en")} ${rows.length === 1 ? "row" : "rows"}`;
    const took = elapsedMs < 1000 ? `${Math.max(1, Math.round(elapsedMs))} ms` : `${(elapsedMs / 1000).toFixed(1)} s`;
    const changed = countersText(head.counters, head.written);
    this.#reset([changed, head.columns.length ? counted : "", took].filter(Boolean).join(" · "));
    this.switches.hidden = !(head.plan && head.columns.length && rows.length);
    this.copy.hidden = !rows.length;
    this.undo.hidden = !head.written?.length;
    this.found = entitiesOf(rows.length > MAX_LOOKED_AT ? rows.slice(0, MAX_LOOKED_AT) : rows);
    this.picture.hidden = !this.found.vertices.size && !this.found.edges.size;
    if (!rows.length && !head.plan) this.place.replaceChildren(make("p", { class: "hint quiet-result" }, this.#emptySays(head, changed)));
    if (this.picture.hidden) this.page.spotlight.clear();
    else this.#light();
  }

  #emptySays({ columns }, changed) {
    if (columns.length) return "No rows: nothing in the graph looks like this.";
    return changed ? "Done. The query has no RETURN, so there are no rows to show." : "Done. Nothing had to be changed.";
  }

  #light() {
    this.page.showPicture();
    this.page.spotlight.show(withSurroundings(this.found, this.page.mirror));
  }

  async #undo() {
    this.undo.hidden = true;
    await this.page.undo();
  }

  #show(name) {
    for (const button of this.switches.children) button.setAttribute("aria-pressed", String(button.dataset.name === name));
    this.place.replaceChildren(name === "plan" && this.plan ? this.plan : this.table.root);
  }
}
