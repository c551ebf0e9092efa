// The picture without a mouse: arrows walk from vertex to vertex, and every act has a key.

const DIRECTIONS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const STEP = 20; // CSS pixels that Alt+arrow moves a vertex
const PAN = 60;

/** `actions`: select, nudge(id, dx, dy), startConnecting(id), connect(from, to), cancel(), remove(), addInMiddle(), openPanel(). */
export class PictureKeys {
  constructor(picture, actions) {
    this.picture = picture;
    this.actions = actions;
    picture.canvas.addEventListener("keydown", (event) => this.#press(event));
  }

  #press(event) {
    if (event.ctrlKey || event.metaKey) return;
    const direction = DIRECTIONS[event.key];
    const isDone = direction ? this.#arrow(direction, event) : this.#act(event.key);
    if (isDone) event.preventDefault();
  }

  #arrow([dx, dy], { altKey, shiftKey }) {
    const { picture } = this;
    if (shiftKey) {
      picture.camera.panBy(-dx * PAN, -dy * PAN);
      picture.keepView();
      return true;
    }
    const selected = picture.selection?.kind === "vertex" ? picture.selection.id : null;
    if (altKey && selected) {
      this.actions.nudge(selected, (dx * STEP) / picture.camera.scale, (dy * STEP) / picture.camera.scale);
      return true;
    }
    const from = picture.link?.target ?? selected;
    const next = from ? this.#nearest(from, dx, dy) : this.#mostConnected();
    if (!next) return true;
    if (picture.link) this.#aim(next);
    else this.actions.select({ kind: "vertex", id: next });
    return true;
  }

  #aim(id) {
    if (id === this.picture.link.from) return;
    this.picture.link.target = id;
    this.actions.aimed(id);
    this.picture.draw();
  }

  #mostConnected() {
    let best = null;
    for (const id of this.picture.layout.nodes.keys()) if (best === null || this.picture.mirror.degree(id) > this.picture.mirror.degree(best)) best = id;
    return best;
  }

  /** The closest vertex in a direction; what lies aside counts as farther away. */
  #nearest(id, dx, dy) {
    const from = this.picture.layout.position(id);
    if (!from) return this.#mostConnected();
    let best = null;
    let least = Infinity;
    for (const node of this.picture.layout.nodes.values()) {
      const [x, y] = [node.x - from.x, node.y - from.y];
      const along = x * dx + y * dy;
      const aside = Math.abs(x * dy - y * dx);
      if (node.id === id || along <= 0 || aside > 2.2 * along) continue;
      const cost = along + 2 * aside;
      if (cost < least) [best, least] = [node.id, cost];
    }
    return best;
  }

  #act(key) {
    const { picture, actions } = this;
    const selected = picture.selection;
    switch (key) {
      case "Enter": case " ":
        if (picture.link?.target) actions.connect(picture.link.from, picture.link.target);
        else if (selected) actions.openPanel();
        return true;
      case "Escape": actions.cancel(); return true;
      case "Delete": case "Backspace": if (selected) actions.remove(); return true;
      case "c": case "C": if (selected?.kind === "vertex") actions.startConnecting(selected.id); return true;
      case "n": case "N": actions.addInMiddle(); return true;
      case "f": case "F": case "0": picture.fit(); return true;
      case "+": case "=": this.#zoom(1.25); return true;
      case "-": this.#zoom(0.8); return true;
      default: return false;
    }
  }

  #zoom(factor) {
    const { camera } = this.picture;
    camera.zoomAt({ x: camera.width / 2, y: camera.height / 2 }, factor);
    this.picture.keepView();
  }
}
