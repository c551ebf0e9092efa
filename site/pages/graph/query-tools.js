// The console and the live cards of the graph page: loaded when they are wanted, so that the picture need not wait for them.
import { byId } from "../document/elements.js";
import { keep, recall } from "../document/keeping.js";
import { attempt } from "../document/notices.js";

const OPEN = "graphvine.console.open";

/** `page`: {graph, space, mirror, edits, picture, spotlight, select(target), showPicture(), undo()}. */
export class QueryTools {
  #dock = null; // promise of the QueryDock
  #cards = null; // promise of the LiveCards

  constructor(page) {
    this.page = { ...page, pin: (text, parameters) => this.#pin(text, parameters), closed: () => this.close(), openQuery: (text, parameters) => this.open(text, parameters) };
    this.root = byId("dock");
    this.button = byId("show-console");
    this.button.addEventListener("click", () => (this.root.hidden ? this.open() : this.close()));
  }

  /** After the first picture: what was open the last time. */
  restore() {
    if (recall(OPEN, false) === true && innerWidth > 760) this.open(null, null, { focus: false });
    const kept = recall(`graphvine.cards.${this.page.space}`, [], Array.isArray);
    if (kept.length) attempt("Showing the live cards", () => this.#loadCards());
  }

  get isOpen() {
    return !this.root.hidden;
  }

  async open(text = null, parameters = null, { focus = true } = {}) {
    this.#show(true);
    const dock = await attempt("Opening the console", () => (this.#dock ??= this.#loadDock()));
    if (!dock) {
      this.#dock = null;
      return this.#show(false);
    }
    if (text !== null) dock.put(text, parameters);
    else if (focus) dock.focus();
    return undefined;
  }

  close() {
    this.#show(false);
    this.page.spotlight.clear();
    this.button.focus();
  }

  #show(isOpen) {
    if (this.root.hidden === !isOpen) return;
    this.root.hidden = !isOpen;
    this.button.setAttribute("aria-expanded", String(isOpen));
    document.body.classList.toggle("has-dock", isOpen);
    keep(OPEN, isOpen);
    this.page.picture.resized();
  }

  async #loadDock() {
    const [{ QueryDock }, language] = await Promise.all([import("../console/query-dock.js"), this.page.graph.language()]);
    this.root.replaceChildren();
    return new QueryDock(this.root, this.page, language);
  }

  async #loadCards() {
    this.#cards ??= import("../console/live-cards.js").then(({ LiveCards }) => new LiveCards(byId("cards"), this.page));
    return this.#cards;
  }

  async #pin(text, parameters) {
    const cards = await attempt("Keeping the query live", () => this.#loadCards());
    cards?.add(text, parameters);
  }
}
