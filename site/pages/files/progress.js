// A bar for long work, with what was done so far, and a way to stop it.
import { make } from "../document/elements.js";

const countText = (count = 0, one, many) => `${count.toLocaleString("en")} ${count === 1 ? one : many}`;

export class Progress {
  #control = new AbortController();

  constructor(title) {
    this.bar = make("progress", { max: 1, "aria-label": title });
    this.says = make("p", { class: "hint", role: "status" }, "Starting …");
    this.stop = make("button", { type: "button", onclick: () => this.#control.abort() }, "Stop");
    this.root = make("div", { class: "stack transfer" }, make("p", {}, title), this.bar, this.says, make("div", { class: "actions" }, this.stop));
  }

  get signal() {
    return this.#control.signal;
  }

  /** {done, total, vertices, edges, bytes, fraction} of an import or export. */
  show({ fraction, vertices, edges, bytes }) {
    if (Number.isFinite(fraction)) this.bar.value = Math.min(1, Math.max(0, fraction));
    const parts = [];
    if (Number.isFinite(fraction)) parts.push(`${Math.floor(fraction * 100)} %`);
    if (vertices || edges) parts.push(`${countText(vertices, "vertex", "vertices")}, ${countText(edges, "edge", "edges")}`);
    else if (bytes) parts.push(`${(bytes / 1e6).toFixed(1)} MB`);
    if (parts.length) this.says.textContent = parts.join(" · ");
  }
}
