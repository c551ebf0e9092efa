// Shared texts and presence for pages.
//
//   const text = await graph.text("note", "body", { onEdits: (edits) => …, onCursors: (cursors) => … });
//   text.start                                   // the text when it was opened
//   await text.edit([[0, 0, "Hello"]])           // [offset, units to delete, text to insert], each after the one before
//   text.select(5, 5); await text.undo(); text.close();
//
// Offsets are those of JavaScript strings. `onEdits` hears of every change that `edit` did not make, in the same form. `edit`
// resolves to false when its edits were made before such a change was heard of: then nothing happened, and they must be put
// behind that change and sent again (an editor's own mapping does it; see pages/notes/shared-document.js). `onHistory` hears
// {canUndo, canRedo} whenever that is different; at first there is nothing to undo.
//
//   graph.presence.set({ name: "Ada", color: "#1b7a48" });          // shown to everybody who is here; never stored
//   const stop = graph.presence.onChange((people) => …);            // [{peer, author, values}]

/** A text of an open graph. */
export class SharedText {
  #call;
  #stop;
  #listeners;
  #revision = 0;
  #isOpen = true;

  /** Use `graph.text`. `call(verb, …args)` asks the peer; `stream(onItem, onError)` starts the long call: {id, stop}. */
  static open(call, stream, listeners = {}) {
    return new Promise((resolve, reject) => {
      const text = new SharedText();
      text.#listeners = listeners;
      const { id, stop } = stream((item) => {
        if (item.text !== undefined) {
          text.start = item.text;
          resolve(text);
        } else if (text.#isOpen) text.#take(item);
      }, reject);
      text.#stop = stop;
      text.#call = (verb, ...args) => call(`text_${verb}`, id, ...args);
    });
  }

  #take({ edits, history, cursors, revision }) {
    this.#revision = revision;
    if (edits) this.#listeners.onEdits?.(edits);
    else if (history) this.#listeners.onHistory?.({ canUndo: history[0], canRedo: history[1] });
    else this.#listeners.onCursors?.(cursors);
  }

  /** Make edits. Resolves to whether they were taken: false when the text had changed and `onEdits` tells, or told, how. */
  edit(edits) { return this.#call("edit", this.#revision, edits); }
  /** Take back our last edits; others' stay. Resolves to whether there were any; `onEdits` tells what changes. */
  undo() { return this.#call("undo"); }
  redo() { return this.#call("redo"); }
  /** Let undo stop here. */
  checkpoint() { return this.#call("checkpoint"); }
  /** Show others our selection (two offsets), or nothing (null). */
  select(anchor, head = anchor) { return this.#call("select", anchor, head); }
  /** Resolves when every edit made until now is on disk. */
  flush() { return this.#call("flush"); }
  /** Hear of nothing any more. */
  close() {
    this.#isOpen = false;
    this.#stop();
  }
}

/** Who is here. */
export class Presence {
  #call;
  #stream;

  constructor(call, stream) {
    this.#call = call;
    this.#stream = stream;
  }

  /** Show these values (null, booleans, numbers, text; 1 KiB in all), and no longer what was before. */
  set(values) { return this.#call("show", "set", values); }
  /** Show these values besides what was before; null takes one away. */
  update(values) { return this.#call("show", "update", values); }
  /** Be seen by nobody any more. */
  leave() { return this.#call("show", "leave"); }
  /** Call `onPeople(people)` now and whenever somebody comes, goes or changes; returns the function that stops it. */
  onChange(onPeople, onError) { return this.#stream("people", [], onPeople, onError); }
}
