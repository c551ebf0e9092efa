// What fingers and mice do to the picture: pan, zoom, select, drag, connect, add.

const DRAG_STARTS = 4; // CSS pixels
const SECOND_TAP_MS = 350;
const SECOND_TAP_REACH = 24;
const FINGER_SLACK = 10;

/**
 * `actions`: select(target), moveStart(id), moveTo(id, point), moveEnd(id), connect(from, to), connectToNew(from, point), add(point).
 * Points handed to actions are in the world.
 */
export class Gestures {
  #pointers = new Map(); // pointer id -> {x, y} on the canvas
  #press = null; // the first pointer's: {start, target, kind: null | "pan" | "move" | "link", slack}
  #pinch = null;
  #lastTap = null;

  constructor(picture, actions) {
    this.picture = picture;
    this.actions = actions;
    const { canvas } = picture;
    const on = (name, run, options) => canvas.addEventListener(name, run, options);
    on("pointerdown", (event) => this.#down(event));
    on("pointermove", (event) => this.#move(event));
    on("pointerup", (event) => this.#up(event));
    on("pointercancel", (event) => this.#cancel(event));
    on("lostpointercapture", (event) => this.#pointers.has(event.pointerId) && this.#cancel(event)); // hidden under a finger
    on("pointerleave", () => this.#hover(null));
    on("wheel", (event) => this.#wheel(event), { passive: false });
    on("contextmenu", (event) => event.preventDefault());
  }

  /** Whether a vertex is in the person's hand: its id. */
  get held() {
    return this.#press?.kind === "move" ? this.#press.target.id : null;
  }

  #point(event) {
    const box = this.picture.canvas.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  }

  #down(event) {
    if (event.button > 1) return;
    const point = this.#point(event);
    if (event.isPrimary) this.#pointers.clear(); // the first finger: whatever was down before is gone, heard of or not
    this.#pointers.set(event.pointerId, point);
    this.picture.canvas.setPointerCapture(event.pointerId);
    if (this.#pointers.size === 2) return this.#startPinch();
    if (this.#pointers.size > 2) return undefined;
    const slack = event.pointerType === "mouse" ? 0 : FINGER_SLACK;
    this.#press = { start: point, last: point, target: this.picture.at(point, slack), kind: null, slack };
    return undefined;
  }

  #startPinch() {
    this.#finishPress();
    this.#press = null;
    this.#pinch = this.#span();
  }

  #span() {
    const [a, b] = [...this.#pointers.values()];
    return { distance: Math.hypot(a.x - b.x, a.y - b.y) || 1, middle: { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 } };
  }

  #move(event) {
    const point = this.#point(event);
    if (!this.#pointers.has(event.pointerId)) return this.#hover(this.picture.at(point));
    this.#pointers.set(event.pointerId, point);
    if (this.#pinch && this.#pointers.size >= 2) return this.#continuePinch();
    return this.#press ? this.#drag(point) : undefined;
  }

  #continuePinch() {
    const now = this.#span();
    this.picture.camera.panBy(now.middle.x - this.#pinch.middle.x, now.middle.y - this.#pinch.middle.y);
    this.picture.camera.zoomAt(now.middle, now.distance / this.#pinch.distance);
    this.#pinch = now;
    this.picture.keepView();
  }

  #drag(point) {
    const press = this.#press;
    if (!press.kind) {
      if (Math.hypot(point.x - press.start.x, point.y - press.start.y) < DRAG_STARTS) return;
      press.kind = { vertex: "move", handle: "link" }[press.target?.kind] ?? "pan";
      if (press.kind === "move") this.actions.moveStart(press.target.id);
      this.picture.canvas.classList.toggle("is-panning", press.kind === "pan");
    }
    const world = this.picture.camera.toWorld(point);
    if (press.kind === "move") this.actions.moveTo(press.target.id, world);
    else if (press.kind === "link") this.#stretch(point, world);
    else this.picture.camera.panBy(point.x - press.last.x, point.y - press.last.y);
    press.last = point;
    this.picture.keepView();
  }

  #stretch(point, world) {
    const from = this.#press.target.id;
    const over = this.picture.vertexAt(point, this.#press.slack);
    this.picture.link = { from, to: world, target: over && over.id !== from ? over.id : null };
  }

  #up(event) {
    const point = this.#pointers.get(event.pointerId);
    this.#pointers.delete(event.pointerId);
    if (this.#pinch) {
      if (this.#pointers.size < 2) this.#pinch = null;
      return;
    }
    if (!this.#press || !point) return;
    if (this.#press.kind) this.#finishPress();
    else this.#tap(point, event.timeStamp);
    this.#press = null;
  }

  #finishPress() {
    const press = this.#press;
    this.picture.canvas.classList.remove("is-panning");
    if (press?.kind === "move") this.actions.moveEnd(press.target.id);
    if (press?.kind !== "link") return;
    const { link } = this.picture;
    this.picture.link = null;
    if (link?.target) this.actions.connect(link.from, link.target);
    else if (link) this.actions.connectToNew(link.from, link.to);
    this.picture.draw();
  }

  #tap(point, at) {
    const { target } = this.#press;
    const last = this.#lastTap;
    const isSecond = last && at - last.at < SECOND_TAP_MS && Math.hypot(point.x - last.point.x, point.y - last.point.y) < SECOND_TAP_REACH;
    this.#lastTap = isSecond ? null : { at, point, target };
    const isFree = !target || (target.kind === "edge" && isSecond && !last.target); // the second tap strays a little
    if (isSecond && isFree) this.actions.add(this.picture.camera.toWorld(point));
    else if (target?.kind !== "handle") this.actions.select(target);
  }

  #cancel(event) {
    this.#pointers.delete(event.pointerId);
    this.#pinch = null;
    this.picture.link = null;
    if (this.#press?.kind === "move") this.actions.moveEnd(this.#press.target.id);
    this.#press = null;
    this.picture.draw();
  }

  #hover(target) {
    const { picture } = this;
    picture.canvas.style.cursor = target ? "pointer" : "";
    if (target?.id === picture.hover?.id && target?.kind === picture.hover?.kind) return;
    picture.hover = target?.kind === "handle" ? null : target;
    picture.draw();
  }

  #wheel(event) {
    event.preventDefault();
    const pixels = event.deltaY * (event.deltaMode === 1 ? 16 : 1);
    this.picture.camera.zoomAt(this.#point(event), Math.exp(-pixels * (event.ctrlKey ? 0.01 : 0.0016)));
    this.picture.keepView();
  }
}
