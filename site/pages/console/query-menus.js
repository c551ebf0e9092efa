// What can be put into the editor: examples that teach, and what was run before.
import { icon, make } from "../document/elements.js";
import { makeMenu } from "../document/menu.js";
import { ANYWHERE, LES_MISERABLES } from "./examples.js";

/** The examples that fit a graph: "example" is Les Misérables. */
export function examplesFor(kind) {
  return kind === "example" ? [...LES_MISERABLES, ...ANYWHERE.slice(1, 3)] : ANYWHERE;
}

function menu(name, iconName, label, content) {
  const details = make("details", { class: `menu ${name}` }, make("summary", { "aria-label": label, title: label }, icon(iconName), make("span", {}, label)), make("div", { class: "popover" }, content));
  makeMenu(details);
  return details;
}

/** A query in a list: its title, its first lines. */
export function queryButton({ title, text }, put) {
  return make("button", { type: "button", class: "query-choice", onclick: () => put(text) }, title ? make("strong", {}, title) : null, make("code", {}, text));
}

export class ExampleMenu {
  constructor(kindOf, put) {
    const list = make("ul", { class: "query-choices" });
    this.root = menu("examples-menu", "question", "Examples", [list]);
    this.root.addEventListener("toggle", () => {
      if (this.root.open) list.replaceChildren(...examplesFor(kindOf()).map((example) => make("li", {}, queryButton(example, put))));
    });
  }
}

export class HistoryMenu {
  constructor(history, put) {
    Object.assign(this, { history, put });
    this.field = make("input", { type: "search", placeholder: "Search what you ran", "aria-label": "Search what you ran", autocomplete: "off" });
    this.list = make("ul", { class: "query-choices" });
    this.note = make("p", { class: "hint" });
    this.root = menu("history-menu", "history", "History", [this.field, this.list, this.note]);
    this.root.addEventListener("toggle", () => (this.root.open ? this.#open() : (this.field.value = "")));
    this.field.addEventListener("input", () => this.#draw());
    this.field.addEventListener("keydown", (event) => {
      if (event.key === "Enter") this.list.querySelector("button")?.click();
    });
  }

  #open() { // what was typed before this event came stays
    this.#draw();
    this.field.focus();
  }

  #draw() {
    const found = this.history.search(this.field.value);
    const row = ({ text, failed }) => make("li", { class: failed ? "failed" : null, title: failed ? "This one ended with an error" : null }, queryButton({ text }, this.put));
    this.list.replaceChildren(...found.slice(0, 60).map(row));
    const kept = this.history.isKept ? "Kept on this device, for this space." : "This browser keeps nothing for this site, so the list ends with this page.";
    this.note.textContent = this.history.items.length ? (found.length ? kept : "Nothing found.") : "What you run shows up here. The arrow keys bring it back, too.";
  }
}
