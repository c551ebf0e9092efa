// Paints the picture. It reads the state of the picture and changes nothing.
import { prefersStillness } from "../document/elements.js";
import { captionOf } from "./values.js";

export const FLASH_MS = 1_400; // how long a change of somebody else stays marked
export const HANDLE_RADIUS = 8; // CSS pixels, of the dot that a new edge is dragged from
const MAX_CAPTIONS = 140;
const MAX_OBSTACLES = 600; // vertices whose discs captions keep clear of
const DENSE_EDGES = 1_500;

export class Brush {
  constructor(picture) {
    this.picture = picture;
    this.context = picture.canvas.getContext("2d");
  }

  /** Draw everything as it is at `now`. */
  paint(now) {
    const { context } = this;
    const { camera, canvas } = this.picture;
    const ratio = canvas.width / camera.width;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, camera.width, camera.height);
    const { scale } = camera;
    context.setTransform(ratio * scale, 0, 0, ratio * scale, ratio * (camera.width / 2 - camera.x * scale), ratio * (camera.height / 2 - camera.y * scale));
    const near = this.#neighbourhood();
    this.#paintEdges(near);
    if (this.picture.link) this.#paintLink();
    this.#paintVertices(near, now);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.#paintCaptions(near);
    this.#paintHandle();
  }

  /** The selected vertex and its neighbours, whose surroundings are dimmed; null when nothing is selected. */
  #neighbourhood() {
    const id = this.picture.selection?.kind === "vertex" ? this.picture.selection.id : null;
    if (!id || !this.picture.mirror.vertices.has(id)) return null;
    const near = new Set([id]);
    for (const edge of this.picture.mirror.edgesAt(id)) near.add(edge.source).add(edge.target);
    return near;
  }

  #isDim(id, near) {
    if (this.picture.matches) return !this.picture.matches.has(id);
    if (this.picture.spot && !near) return !this.picture.spot.vertices.has(id);
    return near !== null && !near.has(id);
  }

  #paintEdges(near) {
    const { context } = this;
    const { camera, theme } = this.picture;
    const focus = this.picture.selection?.kind === "vertex" ? this.picture.selection.id : null;
    const isDense = this.picture.mirror.edges.size > DENSE_EDGES;
    for (const edge of this.picture.mirror.edges.values()) {
      const from = this.picture.layout.position(edge.source);
      const to = this.picture.layout.position(edge.target);
      if (!from || !to || this.picture.isLeftOut("edge", edge.id)) continue;
      const isSelected = this.picture.selection?.kind === "edge" && this.picture.selection.id === edge.id;
      const isFound = !near && this.picture.spot?.edges.has(edge.id);
      const isNear = isSelected || isFound || edge.source === focus || edge.target === focus || this.picture.hover?.id === edge.id;
      const isDim = near || this.picture.matches || this.picture.spot;
      context.globalAlpha = isNear ? 1 : isDim ? 0.15 : isDense ? 0.35 : 0.75;
      context.strokeStyle = context.fillStyle = isNear ? theme.accent : theme.edge;
      context.lineWidth = (isSelected ? 2.6 : isNear ? 1.7 : 1.1) / Math.max(camera.scale, 0.6);
      this.#paintEdge(from, to, isNear || camera.scale > 0.9);
      if (isSelected || this.picture.hover?.id === edge.id) this.#paintType(edge, from, to);
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
    const size = 4.5 / Math.max(0.9, Math.sqrt(this.picture.camera.scale));
    context.beginPath();
    context.moveTo(tip.x, tip.y);
    for (const side of [-0.42, 0.42]) context.lineTo(tip.x - 1.6 * size * Math.cos(angle + side), tip.y - 1.6 * size * Math.sin(angle + side));
    context.closePath();
    context.fill();
  }

  #paintType(edge, from, to) {
    const { context } = this;
    const { camera, theme } = this.picture;
    context.font = `600 ${11 / camera.scale}px ${this.picture.font}`;
    context.textAlign = "center";
    context.textBaseline = "middle";
    this.#write(edge.type, (from.x + to.x) / 2, (from.y + to.y) / 2, theme.accent, 4 / camera.scale);
  }

  #write(text, x, y, colour, haloWidth) {
    const { context } = this;
    const { theme } = this.picture;
    context.globalAlpha = 1;
    context.lineJoin = "round";
    context.lineWidth = haloWidth;
    context.strokeStyle = theme.paper;
    context.strokeText(text, x, y);
    context.fillStyle = colour;
    context.fillText(text, x, y);
  }

  #paintLink() {
    const from = this.picture.layout.position(this.picture.link.from);
    if (!from) return;
    const target = this.picture.link.target ? this.picture.layout.position(this.picture.link.target) : null;
    this.context.strokeStyle = this.context.fillStyle = this.picture.theme.accent;
    this.context.lineWidth = 2 / this.picture.camera.scale;
    this.context.setLineDash(target ? [] : [5 / this.picture.camera.scale, 4 / this.picture.camera.scale]);
    this.#paintEdge(from, target ?? { ...this.picture.link.to, radius: 0 }, true);
    this.context.setLineDash([]);
  }

  #paintVertices(near, now) {
    const { context } = this;
    const { camera, theme } = this.picture;
    for (const vertex of this.picture.mirror.vertices.values()) {
      const node = this.picture.layout.position(vertex.id);
      if (!node || this.picture.isLeftOut("vertex", vertex.id)) continue;
      const isSelected = this.picture.selection?.id === vertex.id;
      const isTarget = this.picture.link?.target === vertex.id || this.picture.hover?.id === vertex.id;
      context.globalAlpha = this.#isDim(vertex.id, near) ? 0.25 : 1;
      context.beginPath();
      context.arc(node.x, node.y, node.radius, 0, 2 * Math.PI);
      context.fillStyle = this.picture.palette.colourOf(vertex);
      context.fill();
      context.lineWidth = 1.5 / camera.scale;
      context.strokeStyle = theme.paper;
      context.stroke();
      if (isSelected || isTarget) this.#ring(node, 3.5, isSelected ? theme.accent : theme.faint, isSelected ? 2.5 : 2);
      if (this.picture.matches?.has(vertex.id)) this.#ring(node, 3.5, theme.match, 2.5);
      const until = this.picture.flashes.get(vertex.id);
      if (until) {
        const left = (until - now) / FLASH_MS;
        context.globalAlpha = Math.max(0, left);
        this.#ring(node, prefersStillness() ? 6 : 4 + 14 * (1 - left), theme.accent, 2);
      }
    }
    context.globalAlpha = 1;
  }

  #ring(node, gap, colour, width) {
    const { context } = this;
    const { camera } = this.picture;
    context.beginPath();
    context.arc(node.x, node.y, node.radius + gap / camera.scale, 0, 2 * Math.PI);
    context.lineWidth = width / camera.scale;
    context.strokeStyle = colour;
    context.stroke();
  }

  /** Names, the most connected first; one that would cover another, or be cut off at an edge, is left out. */
  #paintCaptions(near) {
    const { context } = this;
    const { camera, theme } = this.picture;
    context.textAlign = "center";
    context.textBaseline = "top";
    const taken = [];
    const discs = this.#discs();
    for (const { vertex, isLoud } of this.#captionOrder(near)) {
      if (taken.length >= MAX_CAPTIONS) break;
      const node = this.picture.layout.position(vertex.id);
      const at = camera.toScreen(node);
      if (at.x < -60 || at.y < -30 || at.x > camera.width + 60 || at.y > camera.height + 30) continue;
      const size = isLoud ? 13 : 11.5;
      context.font = `${isLoud ? 600 : 500} ${size}px ${this.picture.font}`;
      const text = captionOf(vertex);
      const box = this.#freePlace(at, node.radius * camera.scale, context.measureText(text).width, size, (place) => this.#isInside(place) && (isLoud || (!taken.some((other) => meets(place, other)) && !discs.some((disc) => disc.id !== vertex.id && meets(place, disc)))), isLoud);
      if (!box) continue;
      taken.push(box);
      this.#write(text, (box.left + box.right) / 2, box.top, isLoud ? theme.ink : theme.faint, 3);
    }
  }

  #isInside({ left, right }) { return left >= 0 && right <= this.picture.camera.width; }

  /** Below the vertex, else above it, else beside it: the first box that `isFree`; or null, below for one that `mustBe` somewhere. */
  #freePlace(at, radius, width, size, isFree, mustBe) {
    const [half, gap] = [width / 2 + 2, radius + 4];
    const centres = [[0, gap + size / 2], [0, -gap - size / 2], [gap + half, 0], [-gap - half, 0]];
    const boxes = centres.map(([dx, dy]) => ({ left: at.x + dx - half, right: at.x + dx + half, top: at.y + dy - size / 2, bottom: at.y + dy + size / 2 + 2 }));
    return boxes.find(isFree) ?? (mustBe ? boxes[0] : null);
  }

  /** The boxes of the vertices on the canvas, which no caption should cover; none when there are too many. */
  #discs() {
    const { layout, camera } = this.picture;
    if (layout.nodes.size > MAX_OBSTACLES) return [];
    return [...layout.nodes.values()].map((node) => {
      const at = camera.toScreen(node);
      const half = node.radius * camera.scale * 0.75;
      return { id: node.id, left: at.x - half, right: at.x + half, top: at.y - half, bottom: at.y + half };
    });
  }

  #captionOrder(near) {
    const loud = (id) => this.picture.selection?.id === id || this.picture.hover?.id === id || this.picture.matches?.has(id) || this.picture.link?.target === id;
    const isFound = (id) => this.picture.spot?.vertices.has(id);
    const found = [];
    for (const vertex of this.picture.mirror.vertices.values()) {
      if (!this.picture.layout.position(vertex.id) || this.picture.isLeftOut("vertex", vertex.id)) continue;
      const isLoud = Boolean(loud(vertex.id));
      if (!isLoud && this.#isDim(vertex.id, near)) continue;
      found.push({ vertex, isLoud, weight: (isLoud ? 1e9 : isFound(vertex.id) ? 1e6 : 0) + this.picture.mirror.degree(vertex.id) });
    }
    return found.sort((a, b) => b.weight - a.weight);
  }

  #paintHandle() {
    const at = this.picture.handle();
    if (!at) return;
    const { context } = this;
    const { theme } = this.picture;
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
}

function meets(a, b) {
  return a.left < b.right && a.right > b.left && a.top < b.bottom && a.bottom > b.top;
}
