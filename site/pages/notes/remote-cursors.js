// Where others write: a caret with a name, and what they have selected, in their colour.
import { StateEffect, StateField } from "@codemirror/state";
import { Decoration, EditorView, WidgetType } from "@codemirror/view";
import { make } from "../document/elements.js";
import { colourClass } from "../space/names.js";

const MAX_NAME = 24;
const setCursors = StateEffect.define();

class Caret extends WidgetType {
  constructor(name, colour) {
    super();
    Object.assign(this, { name, colour });
  }

  eq(other) { return other.name === this.name && other.colour === this.colour; }

  toDOM() {
    return make("span", { class: `cm-their-caret ${this.colour}`, "aria-hidden": "true" }, make("span", { class: "cm-their-name" }, this.name));
  }

  ignoreEvent() { return true; }
  get estimatedHeight() { return -1; }
}

function decorations(cursors, length) {
  const ranges = [];
  for (const { anchor, head, author, name } of cursors) {
    const colour = colourClass(author);
    const [from, to] = [Math.min(anchor, head, length), Math.min(Math.max(anchor, head), length)];
    if (from < to) ranges.push(Decoration.mark({ class: `cm-their-selection ${colour}` }).range(from, to));
    ranges.push(Decoration.widget({ widget: new Caret((name || "Somebody").slice(0, MAX_NAME), colour), side: 1 }).range(Math.min(head, length)));
  }
  return Decoration.set(ranges, true);
}

/** The carets of others, kept where they belong while the text changes. */
export const remoteCursors = StateField.define({
  create: () => Decoration.none,
  update(marks, transaction) {
    const effect = transaction.effects.find((each) => each.is(setCursors));
    return effect ? decorations(effect.value, transaction.newDoc.length) : marks.map(transaction.changes);
  },
  provide: (field) => EditorView.decorations.from(field),
});

export function showCursors(view, cursors) {
  view.dispatch({ effects: setCursors.of(cursors) });
}
