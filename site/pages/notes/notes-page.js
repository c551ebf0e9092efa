// Puts the parts of the notes page together.
import { byId, make } from "../document/elements.js";
import { askText, openDialog } from "../document/dialog.js";
import { attempt, notify } from "../document/notices.js";
import { MAX_NAME_LENGTH, colourClass, keepName, onOwnName, ownName } from "../space/names.js";
import { ConnectionBar } from "../space/connection-bar.js";
import { showInvitation } from "../space/invitation.js";
import { chooseSpace } from "../space/spaces-menu.js";
import { NoteEditor } from "./note-editor.js";
import { NoteList } from "./note-list.js";
import { whoIsHere } from "./words.js";

const MAX_FACES = 5;
const TITLE_MS = 300;

/** The note that the address asks for. */
const asked = () => new URLSearchParams(location.hash.slice(1)).get("note");

function remember(id) {
  const parts = new URLSearchParams(location.hash.slice(1));
  if (parts.get("note") === id) return;
  if (id) parts.set("note", id);
  else parts.delete("note");
  history.replaceState(null, "", `#${parts}`);
}

export class NotesPage {
  #opening = null;
  #titleTimer = null;
  #untold = null; // {id, title} that is not written yet
  #people = [];

  constructor(graph, place) {
    Object.assign(this, { graph, place, name: ownName(), editor: null });
    this.list = new NoteList(byId("note-list"), graph);
  }

  async start() {
    byId("share").addEventListener("click", () => showInvitation(this.place));
    byId("space").addEventListener("click", () => chooseSpace(this.place));
    byId("name").addEventListener("click", () => this.#rename());
    for (const id of ["new-note", "first-note"]) byId(id).addEventListener("click", () => this.#add());
    byId("undo").addEventListener("click", () => this.editor?.shared.undo().catch((error) => this.#problem(error)));
    byId("redo").addEventListener("click", () => this.editor?.shared.redo().catch((error) => this.#problem(error)));
    byId("delete-note").addEventListener("click", () => this.#delete());
    byId("show-notes").addEventListener("click", () => this.#showList(!byId("notes").classList.contains("is-open")));
    byId("title").addEventListener("input", () => this.#retitleSoon());
    byId("title").addEventListener("change", () => this.#retitle());
    addEventListener("pagehide", () => this.#retitle());
    byId("title").addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.isComposing) return;
      event.preventDefault(); // or the text, focused now, would get a new line
      this.editor?.focus();
    });
    addEventListener("keydown", (event) => event.key === "Escape" && this.#showList(false));
    byId("note").addEventListener("pointerdown", (event) => byId("show-notes").contains(event.target) || this.#showList(false));
    this.list.addEventListener("change", () => this.#listed());
    this.list.addEventListener("open", ({ detail }) => this.open(detail, { focus: true }));
    new ConnectionBar(this.graph, byId("connection"), () => {}, (key) => this.#nameOf(key));
    this.#show(this.name);
    onOwnName((name) => this.#show(name));
    this.graph.presence.onChange((people) => this.#came(people));
    await this.list.start();
    const wanted = asked();
    const first = this.list.has(wanted) ? wanted : this.list.notes[0]?.id;
    if (first) await this.open(first);
    return this;
  }

  /** Show a note. focus: go to its text, or to the title while it has none. */
  async open(id, { focus = false } = {}) {
    this.#showList(false);
    if (this.editor?.id !== id) this.#opening = this.#begin(id);
    await this.#opening;
    if (byId("note").contains(document.activeElement)) return; // somebody is there already
    if (focus && this.editor?.id === id) (this.list.titleOf(id) ? this.editor : byId("title")).focus();
  }

  async #begin(id) {
    this.#close();
    const editor = new NoteEditor(this.graph, id, byId("editor"), {
      cursors: (cursors) => this.#writing(cursors),
      history: (history) => this.#showHistory(history),
      problem: (error) => this.#problem(error, editor),
    });
    this.editor = editor;
    this.list.show(id);
    byId("title").value = this.list.titleOf(id);
    byId("note").hidden = false;
    remember(id);
    await attempt("Opening the note", () => editor.open());
  }

  #close({ isGone = false } = {}) {
    this.#retitle();
    this.editor?.close({ isGone });
    this.editor = null;
    this.#writing([]);
    this.#showHistory({ canUndo: false, canRedo: false });
  }

  #showHistory({ canUndo, canRedo }) {
    byId("undo").disabled = !canUndo;
    byId("redo").disabled = !canRedo;
  }

  async #add() {
    const id = await this.list.add();
    if (id) await this.open(id, { focus: true });
  }

  async #delete() {
    const id = this.editor?.id;
    if (!id) return;
    const title = this.list.titleOf(id) || "Untitled note";
    const yes = await openDialog("Delete this note?", (close) => [
      make("p", {}, `“${title}” is deleted for everybody in this space.`),
      make("div", { class: "actions" }, make("button", { class: "danger", type: "button", onclick: () => close(true) }, "Delete"), make("button", { type: "button", autofocus: true, onclick: () => close(false) }, "Keep")),
    ]);
    if (yes) await attempt("Deleting the note", () => this.#deleteForNow(id, title));
  }

  /** Delete a note so that it can be brought back: with its text, and with the edges that anything else may have to it. */
  async #deleteForNow(id, title) {
    const [note, all] = await Promise.all([this.graph.get(id, { exact: true }), this.graph.edges({ exact: true })]);
    const edges = all.filter(({ source, target }) => source === id || target === id);
    await this.graph.delete(id);
    const bring = async () => {
      await this.graph.transaction((tx) => {
        tx.put(id, note.properties, { labels: note.labels });
        for (const edge of edges) tx.link(edge.source, edge.type, edge.target, edge.properties, { edge: edge.id });
      });
      await this.list.listed(id);
      await this.open(id);
    };
    if (note) notify(`Deleted “${title}”.`, { action: { label: "Undo", run: () => attempt("Bringing the note back", bring) } });
  }

  /** The list is different. */
  #listed() {
    const { notes } = this.list;
    byId("empty").hidden = notes.length > 0;
    document.querySelector("main").classList.toggle("has-none", !notes.length);
    if (this.editor && !this.list.has(this.editor.id)) {
      notify("This note was deleted.");
      this.#close({ isGone: true });
      byId("note").hidden = true;
      remember(null);
      this.list.show(null);
    }
    if (!this.editor && notes.length) this.open(notes[0].id);
    const title = byId("title");
    if (this.editor && !this.#untold && document.activeElement !== title) title.value = this.list.titleOf(this.editor.id);
  }

  #retitleSoon() {
    clearTimeout(this.#titleTimer);
    this.#untold = { id: this.editor?.id, title: byId("title").value };
    this.#titleTimer = setTimeout(() => this.#retitle(), TITLE_MS);
  }

  /** Write the title that was typed last, if it is not written yet. */
  #retitle() {
    clearTimeout(this.#titleTimer);
    const { id, title } = this.#untold ?? {};
    this.#untold = null;
    if (id && this.list.has(id)) attempt("Saving the title", () => this.graph.put(id, { title }));
  }

  #showList(isOpen) {
    byId("notes").classList.toggle("is-open", isOpen);
    byId("show-notes").setAttribute("aria-expanded", String(isOpen));
  }

  // -- people ---------------------------------------------------------------------------------------------------------

  #came(people) {
    this.#people = people;
    const faces = people.slice(0, MAX_FACES).map(({ author, values }) => {
      const name = typeof values.name === "string" && values.name ? values.name : "Somebody";
      return make("li", { class: colourClass(author), title: name, "aria-label": name }, [...name][0].toUpperCase());
    });
    if (people.length > MAX_FACES) faces.push(make("li", { class: "more", "aria-label": `and ${people.length - MAX_FACES} more` }, `+${people.length - MAX_FACES}`));
    byId("people").replaceChildren(...faces);
  }

  #nameOf(key) { return this.#people.find(({ author, values }) => author === key && typeof values.name === "string")?.values.name ?? null; }

  #writing(cursors) {
    const said = whoIsHere(cursors.map(({ name }) => name));
    if (byId("writers").textContent !== said) byId("writers").textContent = said;
  }

  async #rename() {
    const name = await askText("Your name", { label: "What should the others call you?", value: this.name, accept: "Save", maxLength: MAX_NAME_LENGTH, hint: "It stands at your cursor, for everybody who is here." });
    if (!name) return;
    keepName(name.trim().slice(0, MAX_NAME_LENGTH));
  }

  /** The connection line tells the others. */
  #show(name) {
    this.name = name;
    byId("own-name").textContent = name || "Set your name";
  }

  /** Something about the text went wrong: say so, and begin again from what the peer has. editor: whose text; left out: the open one's. */
  #problem(error, editor = this.editor) {
    console.warn("The note:", error);
    if (editor !== this.editor) {
      notify(`What you wrote last in “${this.list.titleOf(editor.id) || "Untitled note"}” could not be kept. ${error?.message ?? error}`, { isProblem: true });
      return;
    }
    notify(`The note had to be loaded again. ${error?.message ?? error}`, { isProblem: true });
    const id = this.editor?.id;
    this.#close();
    if (id) this.open(id);
  }
}
