// Which part of the plane the picture shows, and how large. World units are pixels at scale 1.

const MIN_SCALE = 0.05;
const MAX_SCALE = 6;
const FIT_MAX_SCALE = 1.6;
const GLIDE_MS = 260;

const clamp = (value, low, high) => Math.min(high, Math.max(low, value));

export class Camera {
  x = 0; // the point of the world in the middle
  y = 0;
  scale = 1;
  width = 1; // of the canvas, in CSS pixels
  height = 1;
  #glide = null;

  toScreen({ x, y }) {
    return { x: (x - this.x) * this.scale + this.width / 2, y: (y - this.y) * this.scale + this.height / 2 };
  }

  toWorld({ x, y }) {
    return { x: (x - this.width / 2) / this.scale + this.x, y: (y - this.height / 2) / this.scale + this.y };
  }

  panBy(dx, dy) {
    this.#glide = null;
    this.x -= dx / this.scale;
    this.y -= dy / this.scale;
  }

  /** Zoom so that the world's point under `at` stays under it. */
  zoomAt(at, factor) {
    this.#glide = null;
    const before = this.toWorld(at);
    this.scale = clamp(this.scale * factor, MIN_SCALE, MAX_SCALE);
    const after = this.toWorld(at);
    this.x += before.x - after.x;
    this.y += before.y - after.y;
  }

  /** Where the camera has to be to show `box`; `margins` {left, top, right, bottom} are covered by other things. */
  #targetOf(box, margins) {
    const free = { width: this.width - margins.left - margins.right, height: this.height - margins.top - margins.bottom };
    const scale = clamp(Math.min(free.width / (box.right - box.left || 1), free.height / (box.bottom - box.top || 1)), MIN_SCALE, FIT_MAX_SCALE);
    return {
      scale,
      x: (box.left + box.right) / 2 + (margins.right - margins.left) / 2 / scale,
      y: (box.top + box.bottom) / 2 + (margins.bottom - margins.top) / 2 / scale,
    };
  }

  fit(box, margins, isStill) {
    const target = this.#targetOf(box, margins);
    if (isStill) Object.assign(this, target);
    else this.#glide = { from: { x: this.x, y: this.y, scale: this.scale }, to: target, since: performance.now() };
  }

  /** Bring a point into the middle of what `margins` leave free, without zooming out. */
  centre(point, margins, isStill) {
    const scale = Math.max(this.scale, 1);
    const to = { x: point.x + (margins.right - margins.left) / 2 / scale, y: point.y + (margins.bottom - margins.top) / 2 / scale, scale };
    if (isStill) Object.assign(this, to);
    else this.#glide = { from: { x: this.x, y: this.y, scale: this.scale }, to, since: performance.now() };
  }

  /** Advance a glide; tells whether it goes on. */
  advance(now) {
    if (!this.#glide) return false;
    const { from, to, since } = this.#glide;
    const t = clamp((now - since) / GLIDE_MS, 0, 1);
    const eased = 1 - (1 - t) ** 3;
    for (const key of ["x", "y", "scale"]) this[key] = from[key] + (to[key] - from[key]) * eased;
    if (t === 1) this.#glide = null;
    return true;
  }
}
