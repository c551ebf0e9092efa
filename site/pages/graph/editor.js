// Every act of the person on the graph, whichever part of the page it comes from.
import { announce, attempt, notify } from "../document/notices.js";
import { EXAMPLE_TITLE, examplePlaces } from "./example.js";
import { deletionOf, edgeRecord } from "./edits.js";
import { captionOf } from "./values.js";

const FIRST_TYPE = "KNOWS";

function freshId() {
  return crypto.randomUUID().slice(0, 13);
}

/** `show(target)` makes the page show a selection; `focusPanel(selector)` puts the cursor into the panel. */
export class Editor {
  #lastType = FIRST_TYPE;
  #closeHint = () => {};
  #focusWhenThere = null; // {id, selector}: what we just made, and is about to arrive

  constructor({ mirror, edits, layout, picture, mover, show, focusPanel, isPanelWanted }) {
    Object.assign(this, { mirror, edits, layout, picture, mover, show, focusPanel, isPanelWanted });
    mirror.addEventListener("change", () => this.#arrived());
  }

  select(target) {
    this.picture.selection = target;
    this.picture.link = null;
    this.#closeHint();
    this.picture.draw();
    this.show(target);
    if (target) announce(this.#describe(target));
  }

  #describe({ kind, id }) {
    if (kind === "vertex") {
      const vertex = this.mirror.vertex(id);
      return vertex ? `${captionOf(vertex)}, ${vertex.labels.join(", ")}, ${this.mirror.edgesAt(id).length} connections` : "";
    }
    const edge = this.mirror.edge(id);
    return edge ? `Edge from ${this.#name(edge.source)} to ${this.#name(edge.target)}, ${edge.type}` : "";
  }

  #name(id) {
    const vertex = this.mirror.vertex(id);
    return vertex ? captionOf(vertex) : id;
  }

  /** Make a vertex at a point of the world, and let the person name it. */
  async add(point) {
    const id = freshId();
    this.picture.keepView();
    this.layout.hint(id, point);
    const place = this.mover.isShared ? { x: Math.round(point.x), y: Math.round(point.y) } : {};
    const after = { labels: [], properties: { name: "New vertex", ...place } };
    this.#focusWhenThere = { kind: "vertex", id, selector: "[data-key=property-name]" };
    await attempt("Adding a vertex", () => this.edits.apply("add vertex", [{ kind: "vertex", id, before: null, after }]));
    return id;
  }

  addInMiddle() {
    const { camera } = this.picture;
    const offset = () => (Math.random() - 0.5) * 60;
    return this.add({ x: camera.x + offset() / camera.scale, y: camera.y + offset() / camera.scale });
  }

  async connect(source, target) {
    this.picture.link = null;
    const id = freshId();
    const after = { type: this.#lastType, source, target, properties: {} };
    this.#focusWhenThere = { kind: "edge", id, selector: "#edge-type" };
    await attempt("Connecting", () => this.edits.apply("connect", [{ kind: "edge", id, before: null, after }]));
  }

  async connectToNew(source, point) {
    const id = await this.add(point);
    this.#focusWhenThere = { kind: "vertex", id, selector: "[data-key=property-name]" };
    const after = { type: this.#lastType, source, target: id, properties: {} };
    await attempt("Connecting", () => this.edits.apply("connect", [{ kind: "edge", id: freshId(), before: null, after }]));
  }

  #arrived() {
    const wanted = this.#focusWhenThere;
    const isThere = wanted && (wanted.kind === "vertex" ? this.mirror.vertex(wanted.id) : this.mirror.edge(wanted.id));
    if (isThere) {
      this.#focusWhenThere = null;
      this.select({ kind: wanted.kind, id: wanted.id });
      this.focusPanel(wanted.selector);
    }
    const selected = this.picture.selection;
    if (selected && !(selected.kind === "vertex" ? this.mirror.vertex(selected.id) : this.mirror.edge(selected.id))) this.select(null);
  }

  /** Choose the other end next: by a press, or with arrows and Enter. */
  startConnecting(id) {
    const node = this.layout.position(id);
    this.picture.link = { from: id, to: { x: node.x + 60, y: node.y - 40 }, target: null };
    this.picture.draw();
    this.picture.canvas.focus();
    this.#closeHint = notify(`Now choose what to connect ${this.#name(id)} to: press it, or use the arrow keys and Enter.`);
  }

  aimed(id) {
    announce(`Connect to ${this.#name(id)}? Enter connects.`);
  }

  /** What a press on something of the picture means just now. */
  press(target) {
    const { link } = this.picture;
    if (!link) return this.select(target);
    if (target?.kind === "vertex" && target.id !== link.from) return this.connect(link.from, target.id);
    return this.select({ kind: "vertex", id: link.from });
  }

  cancel() {
    if (this.picture.link) this.select({ kind: "vertex", id: this.picture.link.from });
    else this.select(null);
  }

  async remove() {
    const target = this.picture.selection;
    if (!target) return;
    const title = target.kind === "vertex" ? `delete ${this.#name(target.id)}` : "delete edge";
    const places = target.kind === "vertex" ? deletionOf(this.mirror, target.id) : [{ kind: "edge", id: target.id, before: edgeRecord(this.mirror.edge(target.id)), after: null }];
    this.select(null);
    this.picture.canvas.focus({ preventScroll: true });
    await attempt("Deleting", async () => {
      await this.edits.apply(title, places);
      notify(target.kind === "vertex" ? `Deleted ${title.slice(7)}.` : "Deleted an edge.", { action: { label: "Undo", run: () => this.undo() } });
    });
  }

  /** Change a value that merges: `act` says how, and how to take it back; null: there is nothing to do. */
  act(title, act) {
    return act && this.change(title, [{ kind: "act", ...act }]);
  }

  change(title, places) {
    return attempt("The change", () => this.edits.apply(title.toLowerCase(), places));
  }

  /** An edge's type is part of what it is: another type is another edge. */
  async retype(edge, type) {
    if (!type || type === edge.type) return;
    this.#lastType = type;
    const id = freshId();
    const before = edgeRecord(edge);
    this.#focusWhenThere = { kind: "edge", id, selector: "[data-key=new-name]" };
    await this.change("change the type", [{ kind: "edge", id: edge.id, before, after: null }, { kind: "edge", id, before: null, after: { ...before, type } }]);
  }

  async loadExample() {
    await attempt("Loading the example", async () => {
      await this.edits.apply(EXAMPLE_TITLE, await examplePlaces());
      this.picture.fit();
      notify("The example is here. Drag, change, share it.", { action: { label: "Undo", run: () => this.undo() } });
    });
  }

  /** Lay the picture out anew: places given by hand are forgotten (and can be undone). */
  async rearrange() {
    const places = [];
    for (const { id, labels, properties } of this.mirror.vertices.values()) {
      if (!("x" in properties) && !("y" in properties)) continue;
      const { x, y, ...rest } = properties;
      places.push({ kind: "vertex", id, before: { labels, properties }, after: { labels, properties: rest } });
    }
    if (places.length) await this.change("tidy up", places);
    this.layout.rearrange();
    this.picture.fit();
  }

  undo() {
    return this.#history("undo", "Undid");
  }

  redo() {
    return this.#history("redo", "Did again");
  }

  async #history(verb, said) {
    const done = await attempt("That", () => this.edits[verb]());
    if (!done) return;
    const rest = done.skipped ? ` ${done.skipped} ${done.skipped === 1 ? "thing was" : "things were"} changed by someone else meanwhile and stayed.` : "";
    if (rest) notify(`${said}: ${done.title}.${rest}`);
    else announce(`${said}: ${done.title}`);
  }
}
