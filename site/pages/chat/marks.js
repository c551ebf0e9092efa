// How far this person has read, and up to where another browser has everything: times in ms, kept per space.

export class Marks {
  #key;
  #values;

  constructor(space) {
    this.#key = `graphvine.chat-marks ${space}`;
    try {
      this.#values = JSON.parse(localStorage.getItem(this.#key)) ?? {};
    } catch {
      this.#values = {};
    }
  }

  get read() {
    return this.#values.read ?? 0;
  }

  get delivered() {
    return this.#values.delivered ?? 0;
  }

  /** Move a mark forward; tells whether it moved. */
  advance(name, at) {
    if (!(at > (this.#values[name] ?? 0))) return false;
    this.#values[name] = at;
    try {
      localStorage.setItem(this.#key, JSON.stringify(this.#values));
    } catch {
      // Private browsing may forbid it; the marks then last as long as the page.
    }
    return true;
  }
}
