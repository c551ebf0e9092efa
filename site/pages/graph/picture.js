// The graph on a canvas: what is shown, what is where, and when to draw. brush.js paints; gestures.js says what a press means.
import { prefersStillness } from "../document/elements.js";
import { Brush, FLASH_MS, HANDLE_RADIUS } from "./brush.js";
import { Camera } from "./camera.js";

const HANDLE_GAP = 13;
const EDGE_REACH = 6; // CSS pixels around an edge that count as a hit
const MARGINS = { left: 48, top: 48, right: 48, bottom: 84 };

export class Picture extends EventTarget {
  camera = new Camera();
  selection = null; // {kind: "vertex" | "edge", id}
  hover = null;
  matches = null; // Set of vertex ids that a search found, or null
  link = null; // {from: id, to: {x, y} in the world, target: id | null}: an edge being drawn
  margins = { ...MARGINS };
  flashes = new Map(); // vertex id -> until when it is marked, as performance.now()
  #isAsked = false;
  #shouldFit = true;

  constructor(canvas, mirror, layout, palette) {
    super();
    Object.assign(this, { canvas, mirror, layout, palette });
    this.brush = new Brush(this);
    new ResizeObserver(() => this.#resize()).observe(canvas);
    this.#resize();
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.readTheme());
    this.readTheme();
  }

  readTheme() {
    const style = getComputedStyle(document.documentElement);
    const colour = (name) => style.getPropertyValue(`--${name}`).trim();
    this.theme = { paper: colour("paper"), ink: colour("ink"), faint: colour("ink-faint"), edge: colour("picture-edge"), accent: colour("accent"), match: colour("match") };
    this.font = style.fontFamily || "sans-serif";
    this.draw();
  }

  #resize() {
    const { clientWidth, clientHeight } = this.canvas;
    const ratio = devicePixelRatio || 1;
    Object.assign(this.camera, { width: clientWidth || 1, height: clientHeight || 1 });
    this.canvas.width = Math.round(clientWidth * ratio);
    this.canvas.height = Math.round(clientHeight * ratio);
    this.draw();
  }

  /** Show everything, now or as soon as the layout has settled. */
  fit() {
    this.#shouldFit = true;
    this.draw();
  }

  /** The person moved the view: a layout still settling must not take it away. */
  keepView() {
    this.#shouldFit = false;
    this.draw();
  }

  #fitNow() {
    const box = this.layout.bounds();
    if (!box) return;
    this.camera.fit(box, this.margins, this.layout.isMoving || prefersStillness());
    if (!this.layout.isMoving) this.#shouldFit = false;
  }

  flash(ids) {
    const until = performance.now() + FLASH_MS;
    for (const id of ids) this.flashes.set(id, until);
    this.draw();
  }

  /** Draw at the next frame. */
  draw() {
    if (this.#isAsked) return;
    this.#isAsked = true;
    requestAnimationFrame((now) => {
      this.#isAsked = false;
      this.#frame(now);
    });
  }

  #frame(now) {
    if (prefersStillness()) this.layout.finish();
    const isMoving = this.layout.tick();
    if (this.#shouldFit && this.layout.nodes.size) this.#fitNow();
    const isGliding = this.camera.advance(now);
    for (const [id, until] of this.flashes) if (until < now) this.flashes.delete(id);
    this.brush.paint(now);
    this.dispatchEvent(new Event("frame"));
    if (isMoving || isGliding || this.flashes.size) this.draw();
  }

  /** The dot beside the selected vertex that a new edge is dragged from: {x, y} on the canvas, or null. */
  handle() {
    const node = this.selection?.kind === "vertex" ? this.layout.position(this.selection.id) : null;
    if (!node || this.link) return null;
    const at = this.camera.toScreen(node);
    return { x: at.x + node.radius * this.camera.scale + HANDLE_GAP, y: at.y };
  }

  /** What lies at a point of the canvas: {kind: "handle" | "vertex" | "edge", id}, or null. `slack` for fingers. */
  at(point, slack = 0) {
    const handle = this.handle();
    if (handle && Math.hypot(point.x - handle.x, point.y - handle.y) <= HANDLE_RADIUS + 3 + slack) return { kind: "handle", id: this.selection.id };
    return this.vertexAt(point, slack) ?? this.#edgeAt(this.camera.toWorld(point), (EDGE_REACH + slack) / this.camera.scale);
  }

  vertexAt(point, slack = 0) {
    const world = this.camera.toWorld(point);
    let best = null;
    let nearest = Infinity;
    for (const node of this.layout.nodes.values()) {
      const distance = Math.hypot(node.x - world.x, node.y - world.y) - node.radius;
      if (distance < nearest) [best, nearest] = [node, distance];
    }
    return best && nearest <= (4 + slack) / this.camera.scale ? { kind: "vertex", id: best.id } : null;
  }

  #edgeAt(world, reach) {
    let best = null;
    let nearest = reach;
    for (const edge of this.mirror.edges.values()) {
      const from = this.layout.position(edge.source);
      const to = this.layout.position(edge.target);
      if (!from || !to) continue;
      const distance = distanceToSegment(world, from, to);
      if (distance < nearest) [best, nearest] = [edge, distance];
    }
    return best ? { kind: "edge", id: best.id } : null;
  }
}

function distanceToSegment(point, from, to) {
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const length = dx * dx + dy * dy;
  const t = length ? Math.max(0, Math.min(1, ((point.x - from.x) * dx + (point.y - from.y) * dy) / length)) : 0;
  return Math.hypot(point.x - from.x - t * dx, point.y - from.y - t * dy);
}
