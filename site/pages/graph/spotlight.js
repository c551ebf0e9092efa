// The part of the picture that a query found: it stays bright, the rest is dimmed or left out.
import { icon, make } from "../document/elements.js";
import { announce } from "../document/notices.js";

export class Spotlight {
  constructor(root, picture) {
    Object.assign(this, { root, picture });
    this.says = make("span", { "aria-live": "polite" });
    this.only = make("button", { type: "button", class: "quiet", "aria-pressed": "false", onclick: () => this.#setOnly(!picture.spot?.isOnly) }, "Only these");
    root.append(
      this.says,
      this.only,
      make("button", { type: "button", class: "quiet", onclick: () => this.#look() }, "Zoom", make("span", { class: "wide" }, " to them")),
      make("button", { type: "button", class: "quiet round", "aria-label": "Show everything as before", onclick: () => this.clear() }, icon("close")),
    );
  }

  get isOn() {
    return this.picture.spot !== null;
  }

  /** Light up Sets of vertex and edge ids. */
  show({ vertices, edges }) {
    if (!vertices.size) return this.clear();
    this.picture.spot = { vertices, edges, isOnly: this.picture.spot?.isOnly ?? false };
    const plural = (count, one, many) => `${count.toLocaleString("en")} ${count === 1 ? one : many}`;
    this.says.replaceChildren(`${plural(vertices.size, "vertex", "vertices")}, ${plural(edges.size, "edge", "edges")}`, make("span", { class: "wide" }, " of the result"));
    this.root.hidden = false;
    this.picture.draw();
    return undefined;
  }

  clear() {
    this.root.hidden = true;
    this.picture.spot = null;
    this.only.setAttribute("aria-pressed", "false");
    this.picture.draw();
  }

  #setOnly(isOnly) {
    this.picture.spot.isOnly = isOnly;
    this.only.setAttribute("aria-pressed", String(isOnly));
    announce(isOnly ? "Only the result is shown." : "Everything is shown; the result is bright.");
    this.picture.draw();
  }

  #look() {
    this.picture.lookAt(this.picture.spot.vertices);
  }
}
