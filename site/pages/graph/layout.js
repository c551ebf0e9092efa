// Where the vertices lie. The layout settles once and then stays put: what comes later finds its place among the rest.
import { forceCollide, forceLink, forceManyBody, forceSimulation, forceX, forceY } from "d3-force";
import { placedAt } from "./values.js";

const MUCH = 0.3; // more new vertices or edges than this share, and than a few: lay everything out again
const FEW_VERTICES = 5;
const FEW_EDGES = 12;
const ARRIVAL_MS = 1_500; // what comes within this time belongs to the same arrival, and is laid out with it
const REST_ALPHA = 0.01;
const ALPHA_DECAY = 0.03;
const SPREAD = 40;

const byId = (a, b) => (a.id < b.id ? -1 : Number(a.id > b.id));

/** A small number in -1..1 that depends on the text alone, so that every browser lays out alike. */
function jitter(text, salt) {
  let hash = 2166136261 ^ salt;
  for (let index = 0; index < text.length; index += 1) hash = Math.imul(hash ^ text.charCodeAt(index), 16777619);
  return ((hash >>> 0) % 2001) / 1000 - 1;
}

export class Layout {
  nodes = new Map(); // vertex id -> {id, x, y, radius, isPlaced: for everybody, isMoved: here, isSettled}
  #links = [];
  #hints = new Map(); // vertex id -> {x, y}: where someone made it
  #simulation;
  #isWhole = false; // the present run lays out everything, not only newcomers

  #wholeSince = 0;

  /** `now` gives milliseconds. */
  constructor(now = () => performance.now()) {
    this.now = now;
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

  /**
   * Take in what the mirror holds now. `held` is a vertex in somebody's hand here: its place is left alone. `touched`
   * are the ids of changed vertices when no vertex and no edge came or went; null when some did. Tells whether all is laid
   * out anew.
   */
  update(mirror, held = null, touched = null) {
    if (touched) {
      this.#follow(mirror, held, touched);
      return false;
    }
    const fresh = [];
    for (const id of [...this.nodes.keys()]) if (!mirror.vertices.has(id)) this.nodes.delete(id);
    const settled = this.nodes.size;
    for (const vertex of [...mirror.vertices.values()].sort(byId)) {
      const node = this.nodes.get(vertex.id) ?? this.#newNode(vertex.id, fresh);
      node.radius = 6 + Math.min(12, 2 * Math.sqrt(mirror.degree(vertex.id)));
      if (vertex.id !== held) this.#place(node, placedAt(vertex));
    }
    const links = [...mirror.edges.values()].filter((edge) => mirror.isWhole(edge)).sort(byId);
    const newLinks = links.length - this.#links.length;
    this.#links = links;
    const isMuch = fresh.length > Math.max(FEW_VERTICES, MUCH * settled) || newLinks > Math.max(FEW_EDGES, MUCH * (links.length - newLinks));
    const isArriving = this.#isWhole && (this.isMoving || this.now() - this.#wholeSince < ARRIVAL_MS);
    const isShaken = isMuch || (isArriving && (fresh.length > 0 || newLinks !== 0));
    if (isShaken) this.#spread();
    else this.#seed(fresh, mirror);
    this.#run(fresh.length > 0 || isShaken, isShaken);
    return isShaken;
  }

  #follow(mirror, held, touched) {
    for (const id of touched) {
      const node = this.nodes.get(id);
      if (!node || id === held || !mirror.vertices.has(id)) continue;
      this.#place(node, placedAt(mirror.vertices.get(id)));
      this.#hold(node);
    }
  }

  /** Begin anew: every vertex that nobody placed goes onto a spiral, by its id. The same graph then settles alike everywhere. */
  #spread() {
    let index = 0;
    for (const node of [...this.nodes.values()].sort(byId)) {
      this.#takeHint(node);
      const [reach, angle] = [12 * Math.sqrt((index += 1)), index * 2.4];
      if (!node.isPlaced && !node.isMoved) Object.assign(node, { x: reach * Math.cos(angle), y: reach * Math.sin(angle), vx: 0, vy: 0, isSettled: false });
    }
  }

  /** A vertex that was made here lies where it was made. */
  #takeHint(node) {
    const hint = this.#hints.get(node.id);
    this.#hints.delete(node.id);
    if (hint && !node.isPlaced) Object.assign(node, { x: hint.x, y: hint.y, vx: 0, vy: 0, isMoved: true });
  }

  #newNode(id, fresh) {
    const node = { id, radius: 6, isPlaced: false, isMoved: false, isSettled: false };
    this.nodes.set(id, node);
    fresh.push(node);
    return node;
  }

  #place(node, place) {
    if (place) Object.assign(node, { x: place.x, y: place.y, vx: 0, vy: 0 });
    node.isPlaced = place !== null;
  }

  /** First guesses for a few newcomers: where they were made, else among their neighbours, else in the middle. */
  #seed(fresh, mirror) {
    for (const node of fresh) {
      this.#takeHint(node);
      if (node.isPlaced || node.isMoved) continue;
      const ends = mirror.edgesAt(node.id).map((edge) => this.nodes.get(edge.source === node.id ? edge.target : edge.source));
      const near = ends.filter((other) => other?.x !== undefined);
      const mean = (axis) => (near.length ? near.reduce((sum, other) => sum + other[axis], 0) / near.length : 0);
      Object.assign(node, { x: mean("x") + SPREAD * jitter(node.id, 1), y: mean("y") + SPREAD * jitter(node.id, 2), vx: 0, vy: 0 });
    }
  }

  #run(isGrown, isShaken) {
    const simulation = this.#simulation;
    if (isShaken) this.#wholeSince = this.now();
    if (isGrown) this.#isWhole = isShaken || (this.#isWhole && this.isMoving);
    for (const node of this.nodes.values()) this.#hold(node);
    simulation.nodes([...this.nodes.values()].sort(byId));
    simulation.force("link").links(this.#links.map((edge) => ({ source: this.nodes.get(edge.source), target: this.nodes.get(edge.target) })));
    if (isGrown) simulation.alpha(isShaken ? 1 : Math.max(simulation.alpha(), 0.4));
  }

  #hold(node) {
    const isHeld = node.isPlaced || node.isMoved || node.isSettled;
    node.fx = isHeld ? node.x : null;
    node.fy = isHeld ? node.y : null;
  }

  /** Move a vertex by hand; it stays there. */
  move(id, x, y) {
    const node = this.nodes.get(id);
    if (node) Object.assign(node, { x, y, vx: 0, vy: 0, fx: x, fy: y, isMoved: true });
  }

  /** Lay out everything again; places given by hand count no more. */
  rearrange() {
    for (const node of this.nodes.values()) node.isMoved = node.isPlaced = false;
    this.#spread();
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
