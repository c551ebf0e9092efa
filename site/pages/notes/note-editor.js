// One open note: CodeMirror on a shared text. It lives in a shadow tree: there its styles are adopted sheets, which the page's
// strict policy allows.
import { defaultKeymap, insertNewlineAndIndent } from "@codemirror/commands";
import { EditorState } from "@codemirror/state";
import { EditorView, drawSelection, keymap, placeholder } from "@codemirror/view";
import { make } from "../document/elements.js";
import { remoteCursors, showCursors } from "./remote-cursors.js";
import { SharedDocument, typingOver } from "./shared-document.js";

const COLOURS = 8;
const colours = Object.fromEntries(Array.from({ length: COLOURS }, (_, n) => [`.author-${n}`, { "--theirs": `var(--author-${n})` }]));

const THEME = EditorView.theme({
  "&": { height: "100%", fontSize: "16px", color: "var(--ink)", backgroundColor: "transparent" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": { fontFamily: "inherit", lineHeight: "1.65", overflow: "auto" },
  ".cm-content": { padding: "18px 0 40vh", caretColor: "var(--accent)", maxWidth: "50rem", margin: "0 auto" },
  ".cm-line": { padding: "0 1.2rem" },
  ".cm-cursor": { borderLeftColor: "var(--accent)", borderLeftWidth: "2px" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": { background: "color-mix(in srgb, var(--accent) 24%, transparent)" },
  ".cm-placeholder": { color: "var(--ink-faint)" },
  ...colours,
  ".cm-their-selection": { backgroundColor: "color-mix(in srgb, var(--theirs) 22%, transparent)" },
  ".cm-their-caret": { position: "relative", borderLeft: "2px solid var(--theirs)", marginLeft: "-1px", marginRight: "-1px" },
  ".cm-their-name": {
    position: "absolute", bottom: "100%", left: "-2px", padding: "0 5px", borderRadius: "5px 5px 5px 0", background: "var(--theirs)", color: "var(--paper)",
    font: "600 11px/1.5 system-ui, sans-serif", whiteSpace: "nowrap", pointerEvents: "none", zIndex: "5",
  },
});

export class NoteEditor {
  #isAwaited = false; // the cursor goes into the text as soon as that is there

  /** `hooks`: cursors(list), history({canUndo, canRedo}), problem(error). */
  constructor(graph, id, place, hooks) {
    Object.assign(this, { graph, id, hooks });
    this.host = make("div", { class: "editor-host" });
    place.append(this.host);
    this.shared = new SharedDocument({
      problem: hooks.problem,
      history: hooks.history,
      cursors: (cursors) => {
        showCursors(this.view, cursors);
        hooks.cursors(cursors);
      },
    });
  }

  async open() {
    const doc = await this.shared.open(this.graph, this.id, "body");
    if (!this.shared.isOpen) return this;
    const shadow = this.host.attachShadow({ mode: "open", delegatesFocus: true });
    const reverse = (verb) => () => (this.shared[verb]().catch(this.hooks.problem), true);
    const byKey = [
      { key: "Mod-z", run: reverse("undo"), preventDefault: true },
      { key: "Mod-y", mac: "Mod-Shift-z", run: reverse("redo"), preventDefault: true },
      { linux: "Ctrl-Shift-z", win: "Ctrl-Shift-z", run: reverse("redo"), preventDefault: true },
      { key: "Enter", run: insertNewlineAndIndent },
    ];
    const extensions = [
      keymap.of([...byKey, ...defaultKeymap]),
      EditorState.lineSeparator.of("\n"), // a carriage return is a character like any other: offsets must not differ
      EditorView.lineWrapping,
      EditorView.contentAttributes.of({ "aria-label": "Text of the note", spellcheck: "true", autocapitalize: "sentences" }),
      drawSelection(),
      placeholder("Write here. Everybody in this space sees it, and can write at the same time."),
      typingOver,
      remoteCursors,
      THEME,
      this.shared.extension,
    ];
    this.view = new EditorView({ parent: shadow, root: shadow, state: EditorState.create({ doc, extensions }) });
    if (this.#isAwaited) this.view.focus();
    return this;
  }

  focus() {
    this.#isAwaited = true;
    this.view?.focus();
  }

  /** isGone: the note was deleted; what was typed last has no place to go. */
  close({ isGone = false } = {}) {
    this.shared.close({ isGone });
    this.view?.destroy();
    this.host.remove();
  }
}
