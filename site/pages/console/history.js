// Queries that were run here before: the latest first, each text once, kept per space on this device.
import { keep, recall } from "../document/keeping.js";

const MAX_ITEMS = 200;
const MAX_TEXT = 20_000;

export class QueryHistory {
  #key;
  #items;
  #cursor = -1; // which item the editor shows; -1: what the person is writing
  #draft = "";

  constructor(space) {
    this.#key = `graphvine.queries.${space}`;
    this.#items = recall(this.#key, [], Array.isArray).filter((item) => typeof item?.text === "string").slice(0, MAX_ITEMS);
    this.isKept = true;
  }

  /** {text, at: milliseconds, failed}, the latest first. */
  get items() {
    return this.#items;
  }

  add(text, { at = Date.now(), failed = false } = {}) {
    this.#cursor = -1;
    if (!text.trim() || text.length > MAX_TEXT) return;
    this.#items = [{ text, at, failed }, ...this.#items.filter((item) => item.text !== text)].slice(0, MAX_ITEMS);
    this.isKept = keep(this.#key, this.#items);
  }

  clear() {
    this.#items = [];
    this.#cursor = -1;
    keep(this.#key, []);
  }

  /** One further back; `present` is what the editor holds now. null at the end. */
  older(present) {
    if (this.#cursor + 1 >= this.#items.length) return null;
    if (this.#cursor < 0) this.#draft = present;
    this.#cursor += 1;
    if (this.#items[this.#cursor].text === present) return this.older(present);
    return this.#items[this.#cursor].text;
  }

  /** One forward again, at last what was being written. null when that is shown already. */
  newer() {
    if (this.#cursor < 0) return null;
    this.#cursor -= 1;
    return this.#cursor < 0 ? this.#draft : this.#items[this.#cursor].text;
  }

  /** Items that hold all words of `text`, in any case. */
  search(text) {
    const words = text.toLowerCase().split(/\s+/).filter(Boolean);
    return this.#items.filter((item) => words.every((word) => item.text.toLowerCase().includes(word)));
  }
}
