// Where the vertices lie. The layout settles once and then stays put: what comes later finds its place among the rest.
import { forceCollide, forceLink, forceManyBody, forceSimulation, forceX, forceY } from "d3-force";
import { placedAt } from "./values.js";

const NEWCOMERS_THAT_SHAKE = 0.3; // more new vertices than this share: lay everything out again
const REST_ALPHA = 0.01;
const ALPHA_DECAY = 0.03;
const SPREAD = 40;

/** A small number in -1..1 that depends on the text alone, so that every browser lays out alike. */
function jitter(text, salt) {
  let hash = 2166136261 ^ salt;
  for (let index = 0; index < text.length; index += 1) hash = Math.imul(hash ^ text.charCodeAt(index), 16777619);
  return ((hash >>> 0) % 2001) / 1000 - 1;
}

export class Layout {
  nodes = new Map(); // vertex id -> {id, x, y, radius, isPlaced, isSettled}
  #links = [];
  #hints = new Map(); // vertex id -> {x, y}: where someone made it
  #simulation;

  constructor() {
    this.#simulation = forceSimulation([])
      .stop()
      .alphaDecay(ALPHA_DECAY)
      .alphaMin(REST_ALPHA)
      .force("charge", forceManyBody().strength((node) => -90 - 10 * node.radius).distanceMax(500))
      .force("link", forceLink([]).distance((link) => 34 + link.source.radius + link.target.radius))
      .force("collide", forceCollide((node) => node.radius + 4))
      .force("x", forceX().strength(0.045))
      .force("y", forceY().strength(0.06));
  }

  /** The vertex that is about to appear should lie here. */
  hint(id, point) {
    this.#hints.set(id, point);
  }

  position(id) {
    return this.nodes.get(id) ?? null;
  }

  get isMoving() {
    return this.#simulation.alpha() > REST_ALPHA && this.#simulation.nodes().length > 0;
  }

  /** Take in what the mirror holds now. `held` is a vertex in somebody's hand here: its place is left alone. */
  update(mirror, held = null) {
    const fresh = [];
    for (const id of [...this.nodes.keys()]) if (!mirror.vertices.has(id)) this.nodes.delete(id);
    const settled = this.nodes.size;
    for (const vertex of [...mirror.vertices.values()].sort((a, b) => (a.id < b.id ? -1 : 1))) {
      const node = this.nodes.get(vertex.id) ?? this.#newNode(vertex.id, fresh);
      node.radius = 6 + Math.min(12, 2 * Math.sqrt(mirror.degree(vertex.id)));
      if (vertex.id !== held) this.#place(node, placedAt(vertex));
    }
    this.#links = [...mirror.edges.values()].filter((edge) => mirror.isWhole(edge));
    const isShaken = fresh.length > NEWCOMERS_THAT_SHAKE * settled;
    if (fresh.length) this.#seed(fresh, mirror, isShaken && settled === 0);
    this.#run(fresh.length > 0, isShaken);
  }

  #newNode(id, fresh) {
    const node = { id, radius: 6, isPlaced: false, isSettled: false };
    this.nodes.set(id, node);
    fresh.push(node);
    return node;
  }

  #place(node, place) {
    if (place) Object.assign(node, { x: place.x, y: place.y, vx: 0, vy: 0 });
    node.isPlaced = place !== null;
  }

  /** First guesses: where it was made, else among its neighbours, else on a spiral. */
  #seed(fresh, mirror, isFirst) {
    fresh.forEach((node, index) => {
      if (node.isPlaced) return;
      const hint = this.#hints.get(node.id);
      this.#hints.delete(node.id);
      const near = isFirst ? [] : mirror.edgesAt(node.id).map((edge) => this.nodes.get(edge.source === node.id ? edge.target : edge.source)).filter((other) => other?.x !== undefined);
      const angle = index * 2.4;
      const spiral = { x: 12 * Math.sqrt(index + 1) * Math.cos(angle), y: 12 * Math.sqrt(index + 1) * Math.sin(angle) };
      const mean = near.length && { x: near.reduce((sum, { x }) => sum + x, 0) / near.length, y: near.reduce((sum, { y }) => sum + y, 0) / near.length };
      const from = hint ?? (mean ? { x: mean.x + SPREAD * jitter(node.id, 1), y: mean.y + SPREAD * jitter(node.id, 2) } : spiral);
      Object.assign(node, { x: from.x, y: from.y, vx: 0, vy: 0, isSettled: Boolean(hint) });
    });
  }

  #run(isGrown, isShaken) {
    const simulation = this.#simulation;
    if (isShaken) for (const node of this.nodes.values()) node.isSettled = false;
    for (const node of this.nodes.values()) this.#hold(node);
    simulation.nodes([...this.nodes.values()]);
    simulation.force("link").links(this.#links.map((edge) => ({ source: this.nodes.get(edge.source), target: this.nodes.get(edge.target) })));
    if (isGrown) simulation.alpha(isShaken ? 1 : Math.max(simulation.alpha(), 0.4));
  }

  #hold(node) {
    const isHeld = node.isPlaced || node.isSettled;
    node.fx = isHeld ? node.x : null;
    node.fy = isHeld ? node.y : null;
  }

  /** Move a vertex by hand; it stays there. */
  move(id, x, y) {
    const node = this.nodes.get(id);
    if (node) Object.assign(node, { x, y, vx: 0, vy: 0, fx: x, fy: y, isSettled: true });
  }

  /** Lay out again everything that nobody placed by hand. */
  rearrange() {
    for (const node of this.nodes.values()) node.isSettled = false;
    this.#run(true, true);
  }

  /** One step; tells whether anything still moves. */
  tick() {
    if (!this.isMoving) return false;
    this.#simulation.tick();
    if (!this.isMoving) this.#settle();
    return true;
  }

  /** All steps at once. */
  finish() {
    while (this.tick());
  }

  #settle() {
    for (const node of this.nodes.values()) {
      node.isSettled = true;
      this.#hold(node);
    }
  }

  /** {left, top, right, bottom} of everything, or null when there is nothing. */
  bounds() {
    if (!this.nodes.size) return null;
    const box = { left: Infinity, top: Infinity, right: -Infinity, bottom: -Infinity };
    for (const { x, y, radius } of this.nodes.values()) {
      box.left = Math.min(box.left, x - radius);
      box.right = Math.max(box.right, x + radius);
      box.top = Math.min(box.top, y - radius);
      box.bottom = Math.max(box.bottom, y + radius);
    }
    return box;
  }
}
