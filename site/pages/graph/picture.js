// Draws the graph on a canvas. Knows what is where; what a press on it means is the business of gestures.js.
import { prefersStillness } from "../document/elements.js";
import { Camera } from "./camera.js";
import { captionOf } from "./values.js";

const HANDLE_RADIUS = 8; // CSS pixels, of the dot that a new edge is dragged from
const HANDLE_GAP = 13;
const FLASH_MS = 1_400; // how long a change of somebody else stays marked
const EDGE_REACH = 6; // CSS pixels around an edge that count as a hit
const MAX_CAPTIONS = 140;
const MARGINS = { left: 48, top: 48, right: 48, bottom: 72 };

export class Picture extends EventTarget {
  camera = new Camera();
  selection = null; // {kind: "vertex" | "edge", id}
  hover = null;
  matches = null; // Set of vertex ids that a search found, or null
  link = null; // {from: id, to: {x, y} in the world, target: id | null}: an edge being drawn
  margins = { ...MARGINS };
  #flashes = new Map();
  #isAsked = false;
  #shouldFit = true;

  constructor(canvas, mirror, layout, palette) {
    super();
    Object.assign(this, { canvas, mirror, layout, palette });
    this.context = canvas.getContext("2d");
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
    for (const id of ids) this.#flashes.set(id, until);
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
    for (const [id, until] of this.#flashes) if (until < now) this.#flashes.delete(id);
    this.#paint(now);
    this.dispatchEvent(new Event("frame"));
    if (isMoving || isGliding || this.#flashes.size) this.draw();
  }

  #paint(now) {
    const { context, camera, canvas } = this;
    const ratio = canvas.width / camera.width;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, camera.width, camera.height);
    const { scale } = camera;
    context.setTransform(ratio * scale, 0, 0, ratio * scale, ratio * (camera.width / 2 - camera.x * scale), ratio * (camera.height / 2 - camera.y * scale));
    const near = this.#neighbourhood();
    this.#paintEdges(near);
    if (this.link) this.#paintLink();
    this.#paintVertices(near, now);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.#paintCaptions(near);
    this.#paintHandle();
  }

  /** The selected vertex and its neighbours, whose surroundings are dimmed; null when nothing is selected. */
  #neighbourhood() {
    const id = this.selection?.kind === "vertex" ? this.selection.id : null;
    if (!id || !this.mirror.vertices.has(id)) return null;
    const near = new Set([id]);
    for (const edge of this.mirror.edgesAt(id)) near.add(edge.source).add(edge.target);
    return near;
  }

  #isDim(id, near) {
    if (this.matches) return !this.matches.has(id);
    return near !== null && !near.has(id);
  }

  #paintEdges(near) {
    const { context, camera, theme } = this;
    const focus = this.selection?.kind === "vertex" ? this.selection.id : null;
    const isDense = this.mirror.edges.size > 1_500;
    for (const edge of this.mirror.edges.values()) {
      const from = this.layout.position(edge.source);
      const to = this.layout.position(edge.target);
      if (!from || !to) continue;
      const isSelected = this.selection?.kind === "edge" && this.selection.id === edge.id;
      const isNear = isSelected || edge.source === focus || edge.target === focus || this.hover?.id === edge.id;
      context.globalAlpha = isNear ? 1 : near || this.matches ? 0.22 : isDense ? 0.35 : 0.75;
      context.strokeStyle = context.fillStyle = isNear ? theme.accent : theme.edge;
      context.lineWidth = (isSelected ? 2.6 : isNear ? 1.7 : 1.1) / Math.max(camera.scale, 0.6);
      this.#paintEdge(from, to, isNear || camera.scale > 0.9);
      if (isSelected || this.hover?.id === edge.id) this.#paintType(edge, from, to);
    }
    context.globalAlpha = 1;
  }

  #paintEdge(from, to, hasArrow) {
    const { context } = this;
    context.beginPath();
    if (from === to) {
      context.arc(from.x, from.y - from.radius - 7, 9, 0.75 * Math.PI, 2.25 * Math.PI);
      context.stroke();
      return;
    }
    context.moveTo(from.x, from.y);
    context.lineTo(to.x, to.y);
    context.stroke();
    if (hasArrow) this.#paintArrow(from, to);
  }

  #paintArrow(from, to) {
    const { context } = this;
    const angle = Math.atan2(to.y - from.y, to.x - from.x);
    const tip = { x: to.x - (to.radius + 1.5) * Math.cos(angle), y: to.y - (to.radius + 1.5) * Math.sin(angle) };
    const size = 4.5 / Math.max(0.9, Math.sqrt(this.camera.scale));
    context.beginPath();
    context.moveTo(tip.x, tip.y);
    for (const side of [-0.42, 0.42]) context.lineTo(tip.x - 1.6 * size * Math.cos(angle + side), tip.y - 1.6 * size * Math.sin(angle + side));
    context.closePath();
    context.fill();
  }

  #paintType(edge, from, to) {
    const { context, camera, theme } = this;
    context.font = `600 ${11 / camera.scale}px ${this.font}`;
    context.textAlign = "center";
    context.textBaseline = "middle";
    this.#write(edge.type, (from.x + to.x) / 2, (from.y + to.y) / 2, theme.accent, 4 / camera.scale);
  }

  #write(text, x, y, colour, haloWidth) {
    const { context, theme } = this;
    context.globalAlpha = 1;
    context.lineJoin = "round";
    context.lineWidth = haloWidth;
    context.strokeStyle = theme.paper;
    context.strokeText(text, x, y);
    context.fillStyle = colour;
    context.fillText(text, x, y);
  }

  #paintLink() {
    const from = this.layout.position(this.link.from);
    if (!from) return;
    const target = this.link.target ? this.layout.position(this.link.target) : null;
    this.context.strokeStyle = this.context.fillStyle = this.theme.accent;
    this.context.lineWidth = 2 / this.camera.scale;
    this.context.setLineDash(target ? [] : [5 / this.camera.scale, 4 / this.camera.scale]);
    this.#paintEdge(from, target ?? { ...this.link.to, radius: 0 }, true);
    this.context.setLineDash([]);
  }

  #paintVertices(near, now) {
    const { context, camera, theme } = this;
    for (const vertex of this.mirror.vertices.values()) {
      const node = this.layout.position(vertex.id);
      if (!node) continue;
      const isSelected = this.selection?.id === vertex.id;
      const isTarget = this.link?.target === vertex.id || this.hover?.id === vertex.id;
      context.globalAlpha = this.#isDim(vertex.id, near) ? 0.25 : 1;
      context.beginPath();
      context.arc(node.x, node.y, node.radius, 0, 2 * Math.PI);
      context.fillStyle = this.palette.colourOf(vertex);
      context.fill();
      context.lineWidth = 1.5 / camera.scale;
      context.strokeStyle = theme.paper;
      context.stroke();
      if (isSelected || isTarget) this.#ring(node, 3.5, isSelected ? theme.accent : theme.faint, isSelected ? 2.5 : 2);
      if (this.matches?.has(vertex.id)) this.#ring(node, 3.5, theme.match, 2.5);
      const until = this.#flashes.get(vertex.id);
      if (until) {
        const left = (until - now) / FLASH_MS;
        context.globalAlpha = Math.max(0, left);
        this.#ring(node, prefersStillness() ? 6 : 4 + 14 * (1 - left), theme.accent, 2);
      }
    }
    context.globalAlpha = 1;
  }

  #ring(node, gap, colour, width) {
    const { context, camera } = this;
    context.beginPath();
    context.arc(node.x, node.y, node.radius + gap / camera.scale, 0, 2 * Math.PI);
    context.lineWidth = width / camera.scale;
    context.strokeStyle = colour;
    context.stroke();
  }

  /** Names, the most connected first; one that would cover another is left out. */
  #paintCaptions(near) {
    const { context, camera, theme } = this;
    context.textAlign = "center";
    context.textBaseline = "top";
    const taken = [];
    for (const { vertex, isLoud } of this.#captionOrder(near)) {
      if (taken.length >= MAX_CAPTIONS) break;
      const node = this.layout.position(vertex.id);
      const at = camera.toScreen(node);
      if (at.x < -60 || at.y < -30 || at.x > camera.width + 60 || at.y > camera.height + 30) continue;
      const size = isLoud ? 13 : 11.5;
      context.font = `${isLoud ? 600 : 500} ${size}px ${this.font}`;
      const text = captionOf(vertex);
      const half = context.measureText(text).width / 2 + 2;
      const top = at.y + node.radius * camera.scale + 4;
      const box = { left: at.x - half, right: at.x + half, top, bottom: top + size + 2 };
      if (!isLoud && taken.some((other) => box.left < other.right && box.right > other.left && box.top < other.bottom && box.bottom > other.top)) continue;
      taken.push(box);
      this.#write(text, at.x, top, isLoud ? theme.ink : theme.faint, 3);
    }
  }

  #captionOrder(near) {
    const loud = (id) => this.selection?.id === id || this.hover?.id === id || this.matches?.has(id) || this.link?.target === id;
    const found = [];
    for (const vertex of this.mirror.vertices.values()) {
      if (!this.layout.position(vertex.id)) continue;
      const isLoud = Boolean(loud(vertex.id));
      if (!isLoud && this.#isDim(vertex.id, near)) continue;
      found.push({ vertex, isLoud, weight: (isLoud ? 1e9 : 0) + this.mirror.degree(vertex.id) });
    }
    return found.sort((a, b) => b.weight - a.weight);
  }

  /** The dot beside the selected vertex that a new edge is dragged from: {x, y} on the canvas, or null. */
  handle() {
    const node = this.selection?.kind === "vertex" ? this.layout.position(this.selection.id) : null;
    if (!node || this.link) return null;
    const at = this.camera.toScreen(node);
    return { x: at.x + node.radius * this.camera.scale + HANDLE_GAP, y: at.y };
  }

  #paintHandle() {
    const at = this.handle();
    if (!at) return;
    const { context, theme } = this;
    context.beginPath();
    context.arc(at.x, at.y, HANDLE_RADIUS, 0, 2 * Math.PI);
    context.fillStyle = theme.accent;
    context.fill();
    context.strokeStyle = theme.paper;
    context.lineWidth = 2;
    context.stroke();
    context.beginPath();
    context.moveTo(at.x - 3.5, at.y);
    context.lineTo(at.x + 3.5, at.y);
    context.moveTo(at.x, at.y - 3.5);
    context.lineTo(at.x, at.y + 3.5);
    context.stroke();
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
