// Keeps an editor and a shared text alike. The editor shows what is typed at once; the peer takes it when it has nothing newer to
// tell. When it has, its change comes first: the editor puts its own unsent changes behind it, and sends them again.
import { Annotation, ChangeSet, Text, Transaction } from "@codemirror/state";
import { EditorView, ViewPlugin } from "@codemirror/view";

const SELECT_MS = 80;
const PAUSE_MS = 1_500; // who pauses so long begins a new step for undo
const isRemote = Annotation.define();

/** Edits, each after the one before, as one change of a document of `length`. */
export function changeOf(edits, length) {
  let change = ChangeSet.empty(length);
  for (const [from, deleted, text] of edits) {
    change = change.compose(ChangeSet.of({ from, to: from + deleted, insert: Text.of(text.split("\n")) }, change.newLength));
  }
  return change;
}

/** A change as edits, each after the one before. */
export function editsOf(change) {
  const edits = [];
  change.iterChanges((fromA, toA, fromB, _toB, inserted) => edits.push([fromB, toA - fromA, inserted.sliceString(0, inserted.length, "\n")]), true);
  return edits;
}

/** What has not reached the peer: at most one change on its way, and one that waits. Pure: it can be tested without an editor. */
export class Unsent {
  inFlight = null;
  waiting = null;

  /** Both as one, or null. */
  get all() {
    return this.inFlight && this.waiting ? this.inFlight.compose(this.waiting) : (this.inFlight ?? this.waiting);
  }

  add(change) { this.waiting = this.waiting ? this.waiting.compose(change) : change; }

  /** The next change to send, or null. */
  take() {
    if (this.inFlight || !this.waiting) return null;
    this.inFlight = this.waiting;
    this.waiting = null;
    return this.inFlight;
  }

  /** The peer has taken `change`. */
  taken(change) { if (this.inFlight === change) this.inFlight = null; }

  /** A change of others comes before all of this; returns it as the editor must make it. The peer refuses what is on its way. */
  putBehind(change) {
    const own = this.all;
    if (!own) return change;
    this.inFlight = null;
    this.waiting = own.map(change);
    return change.map(own, true);
  }
}

export class SharedDocument {
  #unsent = new Unsent();
  #isSending = false;
  #selecting = null;
  #typedAt = 0;
  #isOpen = true;

  /** `hooks`: cursors(list), history({canUndo, canRedo}), problem(error). */
  constructor(hooks) { this.hooks = hooks; }

  /** Open the text; resolves to what it is. Then make the editor with `extension`, and `attach` it. */
  async open(graph, id, name) {
    const text = await graph.text(id, name, {
      onEdits: (edits) => this.#receive(edits),
      onCursors: (cursors) => this.#isOpen && this.view && this.hooks.cursors(cursors.map((each) => this.#placed(each))),
      onHistory: (history) => this.#isOpen && this.hooks.history(history),
    });
    this.text = text;
    this.#letGo();
    return text.start;
  }

  get isOpen() { return this.#isOpen; }

  get extension() {
    return ViewPlugin.define((view) => {
      this.view = view;
      return { update: (update) => this.#changed(update) };
    });
  }

  /** Whether everything typed is with the peer. */
  get isSettled() { return !this.#unsent.all; }

  undo() { return this.#reverse("undo"); }
  redo() { return this.#reverse("redo"); }

  /**
   * The editor goes away. What was typed and has not reached the peer still goes there, however long that takes; only then is the
   * text let go. isGone: there is nothing any more that it could be written into.
   */
  close({ isGone = false } = {}) {
    this.#isOpen = false;
    clearTimeout(this.#selecting);
    if (isGone) this.#unsent = new Unsent();
    this.#letGo();
  }

  #letGo() {
    if (!this.#isOpen && !this.#unsent.all) this.text?.close();
  }

  /** Resolves when all that was typed is with the peer. */
  async #sent() {
    while (this.#unsent.all) await new Promise((resolve) => setTimeout(resolve, 5));
  }

  /** Resolves when all that was typed is on disk. */
  async settle() {
    await this.#sent();
    await this.text.flush();
  }

  async #reverse(verb) {
    await this.#sent(); // what was typed last is what is taken back first
    await this.text.checkpoint();
    return this.text[verb]();
  }

  #receive(edits) {
    const own = this.#unsent.all;
    if (!this.#isOpen && !own) return;
    const base = own ? own.length : this.view.state.doc.length;
    const change = this.#unsent.putBehind(changeOf(edits, base));
    if (this.#isOpen) this.view.dispatch({ changes: change, annotations: [isRemote.of(true), Transaction.remote.of(true)] });
    this.#send();
  }

  #changed(update) {
    for (const transaction of update.transactions) {
      if (transaction.docChanged && !transaction.annotation(isRemote)) this.#unsent.add(transaction.changes);
    }
    if (update.docChanged) this.#send();
    if (update.selectionSet || update.docChanged || update.focusChanged) this.#selectSoon();
  }

  async #send() {
    if (this.#isSending) return;
    const change = this.#unsent.take();
    if (!change) return;
    this.#isSending = true;
    try {
      const now = performance.now();
      if (now - this.#typedAt > PAUSE_MS && this.#typedAt) this.text.checkpoint();
      this.#typedAt = now;
      if (await this.text.edit(editsOf(change))) this.#unsent.taken(change);
    } catch (error) {
      const isLost = this.#unsent.all !== null; // not so after `close({ isGone: true })`
      this.#unsent = new Unsent(); // the peer can't take it: it would refuse the same again
      this.#letGo();
      if (isLost) this.hooks.problem(error);
      return;
    } finally {
      this.#isSending = false;
    }
    this.#letGo();
    this.#send();
  }

  /** Tell others where we are, a little later, once the peer has the same text. */
  #selectSoon() {
    this.#selecting ??= setTimeout(() => {
      this.#selecting = null;
      if (!this.#isOpen) return;
      if (this.#unsent.all) return this.#selectSoon();
      const { anchor, head } = this.view.state.selection.main;
      this.text.select(anchor, head).catch(() => {});
    }, SELECT_MS);
  }

  #placed({ anchor, head, ...rest }) {
    const own = this.#unsent.all;
    const place = (offset) => {
      const inside = Math.min(offset, own ? own.length : this.view.state.doc.length);
      return own ? own.mapPos(inside, 1) : inside;
    };
    return { ...rest, anchor: place(anchor), head: place(head) };
  }
}

/** Typing over a selection, done here: Chromium would give the new text an inline style, which the page's policy forbids. */
export const typingOver = EditorView.domEventHandlers({
  beforeinput(event, view) {
    const { main, ranges } = view.state.selection;
    if (event.inputType !== "insertText" || !event.data || event.isComposing || main.empty || ranges.length > 1) return false;
    event.preventDefault();
    view.dispatch(view.state.update(view.state.replaceSelection(event.data), { userEvent: "input.type", scrollIntoView: true }));
    return true;
  },
});
