// The edge between the picture and the console: dragged, or moved with the arrow keys; remembered on this device.
import { make } from "../document/elements.js";
import { keep, recall } from "../document/keeping.js";

const KEY = "graphvine.console.height";
const LEAST = 170;
const STEP = 24;

export class DockSize {
  constructor(dock) {
    this.dock = dock;
    this.handle = make("div", { class: "dock-handle", role: "separator", tabindex: 0, "aria-orientation": "horizontal", "aria-label": "Height of the console" });
    this.handle.addEventListener("pointerdown", (event) => this.#drag(event));
    this.handle.addEventListener("keydown", (event) => {
      const by = { ArrowUp: STEP, ArrowDown: -STEP }[event.key];
      if (!by) return;
      event.preventDefault();
      this.#set(this.dock.offsetHeight + by);
    });
    const height = recall(KEY, null, Number.isFinite);
    if (height) this.#set(height);
  }

  #set(height) {
    const most = Math.max(LEAST, innerHeight - 220);
    const fitting = Math.round(Math.min(most, Math.max(LEAST, height)));
    document.documentElement.style.setProperty("--dock-height", `${fitting}px`);
    this.handle.setAttribute("aria-valuenow", String(fitting));
    keep(KEY, fitting);
  }

  #drag(event) {
    const start = { y: event.clientY, height: this.dock.offsetHeight };
    event.preventDefault();
    this.handle.setPointerCapture(event.pointerId);
    const move = ({ clientY }) => this.#set(start.height + start.y - clientY);
    const end = () => this.handle.removeEventListener("pointermove", move);
    this.handle.addEventListener("pointermove", move);
    this.handle.addEventListener("pointerup", end, { once: true });
    this.handle.addEventListener("pointercancel", end, { once: true });
  }
}
