// The graph on a canvas: what is shown, what is where, and when to draw. brush.js paints; gestures.js says what a press means.
import { prefersStillness } from "../document/elements.js";
import { Brush, FLASH_MS, HANDLE_RADIUS } from "./brush.js";
import { Camera } from "./camera.js";

const HANDLE_GAP = 13;
const EDGE_REACH = 6; // CSS pixels around an edge that count as a hit
const LOW = 480; // CSS pixels
const MARGINS = { left: 48, top: 48, right: 48, bottom: 84 };

export class Picture extends EventTarget {
  camera = new Camera();
  selection = null; // {kind: "vertex" | "edge", id}
  hover = null;
  matches = null; // Set of vertex ids that a search found, or null
  spot = null; // {vertices, edges: Sets of ids, isOnly}: what a query found
  link = null; // {from: id, to: {x, y} in the world, target: id | null}: an edge being drawn
  margins = { ...MARGINS };
  flashes = new Map(); // vertex id -> until when it is marked, as performance.now()
  #isAsked = false;
  #shouldFit = true;
  #isOwnView = false; // the person moved the view

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
    this.#isOwnView = false;
    this.draw();
  }

  /** The canvas has another size now: show everything again, unless the person chose the view. */
  resized() {
    this.#resize();
    if (!this.#isOwnView) this.fit();
  }

  /** The person moved the view: a layout still settling must not take it away. */
  keepView() {
    this.#shouldFit = false;
    this.#isOwnView = true;
    this.draw();
  }

  /** What a picture keeps free at its edges; in a low one there is no room for that. */
  #fittingMargins() {
    return this.camera.height > LOW ? this.margins : { ...this.margins, top: 26, bottom: Math.min(this.margins.bottom, 34) };
  }

  #fitNow() {
    const box = this.layout.bounds();
    if (!box) return;
    this.camera.fit(box, this.#fittingMargins(), this.layout.isMoving || prefersStillness());
    if (!this.layout.isMoving) this.#shouldFit = false;
  }

  /** Bring some vertices into view. */
  lookAt(ids) {
    const nodes = [...ids].map((id) => this.layout.position(id)).filter(Boolean);
    if (!nodes.length) return;
    const [xs, ys] = [nodes.map(({ x }) => x), nodes.map(({ y }) => y)];
    const reach = (of) => [of.reduce((a, b) => Math.min(a, b)) - 20, of.reduce((a, b) => Math.max(a, b)) + 20];
    const [[left, right], [top, bottom]] = [reach(xs), reach(ys)];
    this.camera.fit({ left, right, top, bottom }, this.#fittingMargins(), prefersStillness());
    this.keepView();
  }

  /** Whether a vertex or an edge is left out, because only what a query found is shown. */
  isLeftOut(kind, id) {
    return Boolean(this.spot?.isOnly) && !(kind === "vertex" ? this.spot.vertices : this.spot.edges).has(id);
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
    return this.vertexAt(point, slack) ?? this.#edgeAt(this.camera.toWorld(point), (EDGE_REACH + slack / 2) / this.camera.scale);
  }

  vertexAt(point, slack = 0) {
    const world = this.camera.toWorld(point);
    let best = null;
    let nearest = Infinity;
    for (const node of this.layout.nodes.values()) {
      if (this.isLeftOut("vertex", node.id)) continue;
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
      if (!from || !to || this.isLeftOut("edge", edge.id)) continue;
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
