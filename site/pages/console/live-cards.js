// Live queries as cards on the picture: each keeps its rows true, and glows when they change. Kept per space, on this device.
import { icon, make } from "../document/elements.js";
import { makeMenu } from "../document/menu.js";
import { keep, recall } from "../document/keeping.js";
import { notify } from "../document/notices.js";
import { askText } from "../document/dialog.js";
import { numberOf } from "../graph/values.js";
import { lineOf, shapeOf } from "./results.js";
import { valueNodes } from "./rows-table.js";

const MAX_CARDS = 24;
const SHOWN_ROWS = 8;

const isCard = (card) => typeof card?.text === "string" && typeof card.title === "string" && typeof card.parameters === "object";

/** A first name for a card: the names of the columns say best what a query is about. */
export function titleOf(text) {
  const returned = /\bRETURN\s+(?:DISTINCT\s+)?([^]*?)(?:\bORDER\s+BY\b|\bSKIP\b|\bLIMIT\b|$)/i.exec(text)?.[1] ?? text;
  const names = returned.split(",").map((part) => /\bAS\s+`?([^`\s]+)`?\s*$/i.exec(part)?.[1] ?? part.trim());
  const title = names.filter(Boolean).join(", ").replace(/\s+/g, " ");
  return title.length > 48 ? `${title.slice(0, 47)}…` : title || "Query";
}

/** `page`: {graph, space, select(target), openQuery(text, parameters)}. */
export class LiveCards {
  #cards = []; // {title, text, parameters}
  #shown = new Map(); // card -> {root, stop}

  constructor(root, page) {
    Object.assign(this, { root, page, key: `graphvine.cards.${page.space}` });
    for (const card of recall(this.key, [], Array.isArray).filter(isCard).slice(0, MAX_CARDS)) this.#open(card);
    this.#arrange();
  }

  /** Whether any were kept, without starting them. */
  static areKept(space) {
    return recall(`graphvine.cards.${space}`, [], Array.isArray).some(isCard);
  }

  add(text, parameters) {
    const known = this.#cards.find((card) => card.text === text && JSON.stringify(card.parameters) === JSON.stringify(parameters));
    if (known) return this.#shown.get(known).root.focus();
    if (this.#cards.length >= MAX_CARDS) return notify(`There are ${MAX_CARDS} cards already. Remove one first.`);
    this.#open({ title: titleOf(text), text, parameters });
    this.#arrange();
    if (!this.#keep()) notify("This browser keeps nothing for this site: the card is gone when the page is.");
    return this.#shown.get(this.#cards.at(-1)).root.scrollIntoView({ block: "nearest" });
  }

  #keep() {
    return keep(this.key, this.#cards);
  }

  #open(card) {
    const title = make("h3", {}, card.title);
    const body = make("div", { class: "card-body" }, make("p", { class: "hint" }, "…"));
    const how = make("p", { class: "card-how hint" });
    const root = make("article", { class: "live-card", tabindex: -1, "aria-label": `Live query: ${card.title}` }, make("header", {}, title, this.#menu(card, title)), body, how);
    root.addEventListener("click", ({ target }) => {
      const chip = target.closest("[data-id]");
      if (chip) this.page.select({ kind: chip.dataset.kind, id: chip.dataset.id });
    });
    let isFirst = true;
    const take = (news) => {
      body.replaceChildren(...bodyOf(news));
      how.textContent = news.how === "by deltas" ? "live, by deltas" : `live, ${news.how}`;
      how.title = news.how === "by deltas" ? "A change costs what it touches, however large the graph is." : "After a change that could concern it, the query runs again.";
      if (!isFirst) glow(root);
      isFirst = false;
    };
    const fail = (error) => {
      body.replaceChildren(make("p", { class: "card-error" }, String(error?.message ?? error).split("\n")[0]));
      how.textContent = "stopped";
    };
    const stop = this.page.graph.liveRows(card.text, card.parameters, take, fail);
    this.#cards.push(card);
    this.#shown.set(card, { root, stop });
  }

  #menu(card, title) {
    const entry = (iconName, text, run) => make("button", { type: "button", class: "quiet", onclick: run }, icon(iconName), text);
    const details = make(
      "details",
      { class: "menu card-menu" },
      make("summary", { "aria-label": `What to do with ${card.title}` }, icon("more")),
      make(
        "div",
        { class: "popover" },
        entry("query", "Open in the console", () => this.page.openQuery(card.text, card.parameters)),
        entry("code", "Rename …", () => this.#rename(card, title)),
        entry("up", "Move up", () => this.#move(card, -1)),
        entry("down", "Move down", () => this.#move(card, 1)),
        entry("trash", "Remove", () => this.#remove(card)),
      ),
    );
    makeMenu(details);
    return details;
  }

  async #rename(card, title) {
    const name = await askText("Rename the card", { label: "Name", value: card.title, accept: "Rename", maxLength: 80 });
    if (!name) return;
    card.title = title.textContent = name;
    this.#shown.get(card).root.setAttribute("aria-label", `Live query: ${name}`);
    this.#keep();
  }

  #move(card, by) {
    const from = this.#cards.indexOf(card);
    const to = from + by;
    if (to < 0 || to >= this.#cards.length) return;
    this.#cards.splice(to, 0, ...this.#cards.splice(from, 1));
    this.#arrange();
    this.#keep();
    this.#shown.get(card).root.querySelector("summary").focus();
  }

  #remove(card) {
    const at = this.#cards.indexOf(card);
    const { root, stop } = this.#shown.get(card);
    stop();
    root.remove();
    this.#shown.delete(card);
    this.#cards.splice(at, 1);
    this.#arrange();
    this.#keep();
    const back = () => {
      this.#open(card);
      this.#cards.splice(at, 0, this.#cards.pop());
      this.#arrange();
      this.#keep();
    };
    notify(`Removed the card “${card.title}”.`, { action: { label: "Undo", run: back } });
  }

  #arrange() {
    this.root.hidden = this.#cards.length === 0;
    this.root.append(...this.#cards.map((card) => this.#shown.get(card).root));
  }
}

function glow(root) {
  root.classList.remove("is-fresh");
  void root.offsetWidth; // so that the animation begins anew
  root.classList.add("is-fresh");
}

/** The rows in the form that fits them: one large number, bars, or a small table. */
function bodyOf({ columns, rows, count }) {
  if (!rows.length) return [make("p", { class: "hint" }, "No rows yet. They appear here as soon as there are any.")];
  const shape = shapeOf(columns, rows);
  if (shape === "number") return [make("p", { class: "big-number" }, rows[0][0] === null ? "–" : numberText(rows[0][0])), make("p", { class: "hint" }, columns[0])];
  const shown = rows.slice(0, SHOWN_ROWS);
  const more = count > shown.length ? [make("p", { class: "hint" }, `and ${(count - shown.length).toLocaleString("en")} more`)] : [];
  return [shape === "bars" ? bars(shown) : smallTable(columns, shown), ...more];
}

function numberText(value) {
  const number = numberOf(value);
  return typeof number === "bigint" ? number.toLocaleString("en") : number.toLocaleString("en", { maximumFractionDigits: 3 });
}

function bars(rows) {
  const most = rows.reduce((largest, [, value]) => Math.max(largest, Number(numberOf(value))), 0) || 1;
  return make("ul", { class: "bars" }, rows.map(([name, value]) => make("li", {}, make("span", { class: "bar-name", title: lineOf(name) }, valueNodes(name)), make("meter", { min: 0, max: most, value: Number(numberOf(value)), "aria-hidden": "true" }), make("span", { class: "bar-value" }, numberText(value)))));
}

function smallTable(columns, rows) {
  const head = columns.length > 1 ? make("thead", {}, make("tr", {}, columns.map((name) => make("th", { scope: "col" }, name)))) : null;
  return make("table", { class: "small-rows" }, head ?? [], make("tbody", {}, rows.map((row) => make("tr", {}, row.map((value) => make("td", { class: numberOf(value) === null ? null : "number", title: lineOf(value) }, valueNodes(value)))))));
}
