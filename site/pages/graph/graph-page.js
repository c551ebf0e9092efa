// Puts the parts of the graph page together.
import { byId, prefersStillness } from "../document/elements.js";
import { makeMenu } from "../document/menu.js";
import { notify } from "../document/notices.js";
import { ConnectionBar } from "../space/connection-bar.js";
import { showInvitation } from "../space/invitation.js";
import { chooseSpace } from "../space/spaces-menu.js";
import { Edits } from "./edits.js";
import { Editor } from "./editor.js";
import { FileTools } from "./file-tools.js";
import { Gestures } from "./gestures.js";
import { Layout } from "./layout.js";
import { Legend } from "./legend.js";
import { Mirror } from "./mirror.js";
import { Mover } from "./mover.js";
import { Palette } from "./palette.js";
import { PictureKeys } from "./picture-keys.js";
import { Picture } from "./picture.js";
import { PropertiesPanel } from "./properties-panel.js";
import { QueryTools } from "./query-tools.js";
import { Search } from "./search.js";
import { Spotlight } from "./spotlight.js";
import { Table } from "./table.js";

const MAX_DRAWN = 5_000; // beyond this the picture is a cloud; the table shows everything
const MAX_FLASHES = 50;
const PANEL_WIDTH = 340;

export class GraphPage {
  /** `openSpace(name)` opens another space, for what is imported into one. */
  constructor(graph, place, openSpace) {
    Object.assign(this, { graph, place, openSpace });
    this.mirror = new Mirror();
    this.layout = new Layout();
    this.palette = new Palette(matchMedia("(prefers-color-scheme: dark)").matches);
    this.picture = new Picture(byId("picture"), this.mirror, this.layout, this.palette);
    this.edits = new Edits(graph, this.mirror);
    this.mover = new Mover(graph, this.mirror, this.layout, this.edits);
    this.legend = new Legend(byId("legend"), this.mirror, this.palette, () => this.picture.draw());
    const { mirror, edits, layout, picture, mover } = this;
    this.editor = new Editor({
      mirror, edits, layout, picture, mover,
      show: (target) => this.#show(target),
      focusPanel: (selector) => this.panel.focus(selector),
    });
    this.#makeParts();
    this.#wireButtons();
    this.#wireKeys();
  }

  #makeParts() {
    const { editor, mirror, picture, mover } = this;
    const actions = {
      select: (target) => editor.select(target),
      change: (title, places) => editor.change(title, places),
      act: (title, act) => editor.act(title, act),
      remove: () => editor.remove(),
      startConnecting: (id) => (this.#view("picture"), editor.startConnecting(id)),
      retype: (edge, type) => editor.retype(edge, type),
      connect: (from, to) => editor.connect(from, to),
      aimed: (id) => editor.aimed(id),
      cancel: () => (picture.selection || picture.link ? editor.cancel() : this.spotlight.clear()),
      addInMiddle: () => editor.addInMiddle(),
      nudge: (id, dx, dy) => (mover.nudge(id, dx, dy), picture.keepView()),
      openPanel: () => this.panel.focus(),
      close: () => (editor.select(null), picture.canvas.focus()),
    };
    this.panel = new PropertiesPanel(byId("panel"), mirror, actions, this.graph);
    this.table = new Table(byId("table"), mirror, actions);
    this.keys = new PictureKeys(picture, actions);
    this.gestures = new Gestures(picture, {
      select: (target) => editor.press(target),
      moveStart: (id) => mover.start(id),
      moveTo: (id, point) => mover.to(id, point),
      moveEnd: (id) => mover.end(id),
      connect: actions.connect,
      connectToNew: (from, point) => editor.connectToNew(from, point),
      add: (point) => editor.add(point),
    });
    this.spotlight = new Spotlight(byId("spotlight"), picture);
    this.query = new QueryTools({
      graph: this.graph, space: this.place.space, mirror, edits: this.edits, picture, spotlight: this.spotlight,
      select: (target) => this.#selectFound(target),
      showPicture: () => this.#view("picture"),
      undo: () => editor.undo(),
    });
    this.files = new FileTools({ graph: this.graph, mirror, place: this.place, openSpace: this.openSpace });
    this.search = new Search(byId("search"), mirror, {
      found: (vertices, text) => this.#found(vertices, text),
      choose: (id) => this.#goTo(id),
    });
  }

  /** Fill the page from the graph; resolves when it shows. */
  async start() {
    this.bar = new ConnectionBar(this.graph, byId("connection"));
    this.mirror.addEventListener("change", ({ detail }) => this.#changed(detail));
    await this.mirror.start(this.graph);
    this.query.restore();
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", ({ matches }) => {
      this.palette.isDark = matches;
      this.legend.update();
      this.picture.readTheme();
    });
  }

  #changed({ vertices: touched, remote, isStructural }) {
    const { vertices, edges } = this.mirror;
    const isTooMany = vertices.size > MAX_DRAWN;
    byId("too-many").hidden = !isTooMany;
    if (!isTooMany) {
      if (this.layout.update(this.mirror, this.mover.held, isStructural ? null : touched)) this.picture.fit();
      this.legend.update();
      if (remote.size <= MAX_FLASHES) this.picture.flash(remote);
      this.picture.draw();
    }
    byId("empty").hidden = vertices.size > 0 || this.isEmptyWanted;
    byId("counts").textContent = `${vertices.size} ${vertices.size === 1 ? "vertex" : "vertices"}, ${edges.size} ${edges.size === 1 ? "edge" : "edges"}`;
  }

  #show(target) {
    this.panel.show(target);
    this.table.select(target);
    document.body.classList.toggle("has-panel", Boolean(target));
    const isPhone = innerWidth <= 760;
    const { margins, camera } = this.picture;
    margins.right = target && !isPhone ? PANEL_WIDTH + 24 : 48;
    margins.bottom = target && isPhone ? 24 + this.panel.root.offsetHeight : 84;
    const node = target?.kind === "vertex" ? this.layout.position(target.id) : null;
    if (!node) return;
    const at = camera.toScreen(node);
    if (at.x < camera.width - margins.right && at.y < camera.height - margins.bottom) return;
    camera.centre(node, margins, prefersStillness()); // out from under the panel
    this.picture.keepView();
  }

  #found(vertices, text) {
    this.picture.matches = vertices ? new Set(vertices.map(({ id }) => id)) : null;
    this.picture.draw();
    this.table.filter(text);
  }

  /** Select a vertex or an edge of a query's rows, if it is still there. */
  #selectFound(target) {
    const isThere = target.kind === "vertex" ? this.mirror.vertex(target.id) : this.mirror.edge(target.id);
    if (!isThere) return notify("That is not in the graph any more.");
    if (target.kind === "vertex" && !byId("picture-view").hidden) return this.#goTo(target.id, { focus: false });
    return this.editor.select(target);
  }

  #goTo(id, { focus = true } = {}) {
    this.editor.select({ kind: "vertex", id });
    const node = this.layout.position(id);
    if (node) this.picture.camera.centre(node, this.picture.margins, prefersStillness());
    this.picture.keepView();
    if (focus) this.picture.canvas.focus({ preventScroll: true });
  }

  #view(name) {
    for (const view of ["picture", "table"]) {
      byId(`show-${view}`).setAttribute("aria-pressed", String(view === name));
    }
    byId("table").hidden = name !== "table";
    byId("picture-view").hidden = name !== "picture";
    document.body.dataset.view = name;
    this.table.render();
    this.table.reveal();
    this.picture.draw();
  }

  #wireButtons() {
    const { editor, picture, edits } = this;
    const on = (id, run) => byId(id).addEventListener("click", run);
    on("space", () => chooseSpace(this.place));
    on("share", () => showInvitation(this.place));
    on("show-picture", () => this.#view("picture"));
    on("show-table", () => this.#view("table"));
    on("undo", () => editor.undo());
    for (const id of ["redo", "redo-too"]) on(id, () => editor.redo());
    on("add", () => (this.#view("picture"), editor.addInMiddle()));
    on("zoom-in", () => this.#zoom(1.3));
    on("zoom-out", () => this.#zoom(1 / 1.3));
    on("fit", () => picture.fit());
    on("arrange", () => editor.rearrange());
    on("load-example", () => editor.loadExample());
    on("start-empty", () => this.#startEmpty());
    makeMenu(byId("more"));
    const share = byId("share-moves");
    share.checked = this.mover.isShared;
    share.addEventListener("change", () => this.mover.share(share.checked));
    edits.addEventListener("history", () => this.#showHistory());
    this.#showHistory();
  }

  #showHistory() {
    for (const [id, verb, title] of [["undo", "Undo", this.edits.undoTitle], ["redo", "Redo", this.edits.redoTitle], ["redo-too", "Redo", this.edits.redoTitle]]) {
      byId(id).disabled = !title;
      byId(id).title = title ? `${verb}: ${title}` : `Nothing to ${verb.toLowerCase()}`;
    }
  }

  #startEmpty() {
    this.isEmptyWanted = true;
    byId("empty").hidden = true;
    this.picture.canvas.focus();
    notify("Double-click anywhere to add a vertex. Drag from its dot to connect it.");
  }

  #zoom(factor) {
    const { camera } = this.picture;
    camera.zoomAt({ x: camera.width / 2, y: camera.height / 2 }, factor);
    this.picture.keepView();
  }

  #wireKeys() {
    document.addEventListener("keydown", (event) => {
      const key = event.key.toLowerCase();
      const isCommand = event.ctrlKey || event.metaKey;
      if (isCommand && key === "k" && !event.target.closest?.("dialog")) {
        event.preventDefault();
        this.query.open();
        return;
      }
      const isTyping = event.target.matches?.("input, textarea, select, .editor-host") || event.target.closest?.("dialog");
      if (isTyping) return;
      if (isCommand && key === "z") event.shiftKey ? this.editor.redo() : this.editor.undo();
      else if (isCommand && key === "y") this.editor.redo();
      else if (key === "/" && !isCommand) byId("search").focus();
      else return;
      event.preventDefault();
    });
  }
}
