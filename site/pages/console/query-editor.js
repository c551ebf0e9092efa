// The Cypher editor: CodeMirror with colours, completion, and errors shown at their place.
// It lives in a shadow tree: there its styles are adopted sheets, which the page's strict policy allows.
import { acceptCompletion, autocompletion, closeBrackets, closeBracketsKeymap, closeCompletion, completionKeymap, completionStatus, startCompletion } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, insertNewlineAndIndent } from "@codemirror/commands";
import { HighlightStyle, StreamLanguage, bracketMatching, syntaxHighlighting } from "@codemirror/language";
import { EditorState, Prec, StateEffect, StateField } from "@codemirror/state";
import { Decoration, EditorView, drawSelection, keymap, placeholder } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { make } from "../document/elements.js";
import { complete } from "./completion.js";
import { tokenize } from "./tokens.js";

const INTERACTION_MS = 75; // a list that opens under a person's fingers is not taken by accident
const STYLES = { comment: "comment", string: "string", quoted: "variableName", parameter: "atom", number: "number", symbol: "operator" };

/** Colours by line: a string or comment that goes over several lines is remembered from line to line. */
function cypherColours(keywords) {
  const words = new Set(keywords);
  return StreamLanguage.define({
    name: "cypher",
    startState: () => ({ inside: null }),
    languageData: { closeBrackets: { brackets: ["(", "[", "{", "'", '"', "`"] } },
    token(stream, state) {
      if (state.inside) return restOf(stream, state);
      if (stream.eatSpace()) return null;
      const [token] = tokenize(stream.string.slice(stream.pos));
      stream.pos += token.text.length;
      if (token.kind === "name") return styleOfName(token, stream, words);
      if (token.kind === "comment" && token.text.startsWith("/*") && !/^\/\*[^]*\*\/$/.test(token.text)) state.inside = "*/";
      if (token.kind === "string" && stream.eol() && !/^(['"])(?:[^\\]|\\[^])*\1$/.test(token.text)) state.inside = token.text[0];
      return STYLES[token.kind];
    },
  });
}

function restOf(stream, state) {
  const style = state.inside === "*/" ? "comment" : "string";
  const end = stream.string.indexOf(state.inside, stream.pos);
  if (end < 0) stream.skipToEnd();
  else {
    stream.pos = end + state.inside.length;
    state.inside = null;
  }
  return style;
}

function styleOfName(token, stream, words) {
  const before = stream.string.slice(0, stream.pos - token.text.length).trimEnd().at(-1);
  const after = stream.string.slice(stream.pos).trimStart()[0];
  if (before === ":" || (before === "|" && after !== "(")) return "typeName";
  if (before === ".") return "propertyName";
  if (words.has(token.text.toUpperCase())) return "keyword";
  if (after === "(") return "variableName.function";
  return after === ":" && before !== "(" && before !== "[" ? "propertyName" : "variableName";
}

const COLOURS = HighlightStyle.define([
  { tag: tags.keyword, color: "var(--code-keyword)", fontWeight: "600" },
  { tag: [tags.string], color: "var(--code-text)" },
  { tag: [tags.number, tags.atom, tags.bool], color: "var(--code-number)" },
  { tag: tags.comment, color: "var(--ink-faint)", fontStyle: "italic" },
  { tag: tags.typeName, color: "var(--code-type)" },
  { tag: tags.propertyName, color: "var(--code-property)" },
  { tag: tags.function(tags.variableName), color: "var(--code-function)" },
  { tag: tags.operator, color: "var(--ink-faint)" },
]);

const THEME = EditorView.theme({
  "&": { height: "100%", fontSize: "14px", color: "var(--ink)", backgroundColor: "transparent" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": { fontFamily: "ui-monospace, 'Cascadia Code', 'SF Mono', Menlo, 'DejaVu Sans Mono', monospace", lineHeight: "1.55", overflow: "auto" },
  ".cm-content": { padding: "10px 0", caretColor: "var(--accent)" },
  ".cm-line": { padding: "0 12px" },
  ".cm-cursor": { borderLeftColor: "var(--accent)", borderLeftWidth: "2px" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": { background: "color-mix(in srgb, var(--accent) 24%, transparent)" },
  ".cm-placeholder": { color: "var(--ink-faint)" },
  ".cm-matchingBracket": { backgroundColor: "color-mix(in srgb, var(--accent) 20%, transparent)", outline: "none" },
  ".cm-wrong": { textDecoration: "underline wavy var(--danger) 1.5px", textUnderlineOffset: "4px", backgroundColor: "color-mix(in srgb, var(--danger) 12%, transparent)" },
  ".cm-tooltip": { border: "1px solid var(--line)", borderRadius: "10px", background: "var(--card)", color: "var(--ink)", boxShadow: "var(--shadow)", overflow: "hidden" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul": { fontFamily: "inherit", maxHeight: "14em", minWidth: "15em" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li": { padding: "5px 10px", display: "flex", gap: "1.2em", alignItems: "baseline" },
  ".cm-tooltip-autocomplete ul li[aria-selected]": { background: "color-mix(in srgb, var(--accent) 18%, transparent)", color: "var(--ink)" },
  ".cm-completionLabel": { fontFamily: "ui-monospace, Menlo, 'DejaVu Sans Mono', monospace", fontSize: "13px" },
  ".cm-completionMatchedText": { textDecoration: "none", fontWeight: "700", color: "var(--accent)" },
  ".cm-completionDetail": { marginLeft: "auto", fontStyle: "normal", fontSize: "12px", color: "var(--ink-faint)" },
});

const setWrong = StateEffect.define();
const wrongPlace = StateField.define({
  create: () => Decoration.none,
  update(marks, transaction) {
    const effect = transaction.effects.find((each) => each.is(setWrong));
    if (effect) return effect.value ? Decoration.set([WRONG.range(effect.value.from, effect.value.to)]) : Decoration.none;
    return transaction.docChanged ? Decoration.none : marks;
  },
  provide: (field) => EditorView.decorations.from(field),
});
const WRONG = Decoration.mark({ class: "cm-wrong", attributes: { "aria-invalid": "true" } });

/**
 * Typing over a selection, done here: left to itself, Chromium gives the new text the colours of the old as an inline style,
 * which the page's policy forbids (nothing breaks, but each time the browser complains).
 */
const typingOver = EditorView.domEventHandlers({
  beforeinput(event, view) {
    const { main, ranges } = view.state.selection;
    if (event.inputType !== "insertText" || !event.data || event.isComposing || main.empty || ranges.length > 1) return false;
    event.preventDefault();
    const insert = () => view.state.update(view.state.replaceSelection(event.data), { userEvent: "input.type", scrollIntoView: true });
    const isHandled = view.state.facet(EditorView.inputHandler).some((handle) => handle(view, main.from, main.to, event.data, insert));
    if (!isHandled) view.dispatch(insert());
    return true;
  },
});

/** `actions`: run(), older(text), newer(), cancel() -> whether there was something, changed(). `knows()` is what completion may offer. */
export class QueryEditor {
  constructor(root, { keywords, knows, actions, label }) {
    const host = make("div", { class: "editor-host" });
    root.append(host);
    const shadow = host.attachShadow({ mode: "open", delegatesFocus: true });
    const offer = (context) => {
      const found = complete(context.state.doc.toString(), context.pos, knows());
      if (!found || (!context.explicit && !isWorthIt(context, found))) return null;
      return { from: found.from, options: found.options, validFor: /^[\p{L}\p{N}_$]*$/u };
    };
    const byKey = [
      { key: "Mod-Enter", run: (view) => (closeCompletion(view), actions.run(), true) },
      { key: "Shift-Enter", run: insertNewlineAndIndent },
      { key: "Tab", run: takeCompletion },
      { key: "ArrowUp", run: () => this.#atEdge(true) && this.#travel(actions.older(this.text)) },
      { key: "ArrowDown", run: () => this.#atEdge(false) && this.#travel(actions.newer()) },
      { key: "Escape", run: () => (completionStatus(this.view.state) ? false : actions.cancel()) },
    ];
    this.view = new EditorView({
      parent: shadow,
      root: shadow,
      state: EditorState.create({
        extensions: [
          Prec.high(keymap.of(byKey)),
          history(),
          drawSelection(),
          bracketMatching(),
          closeBrackets(),
          autocompletion({ override: [offer], icons: false, interactionDelay: INTERACTION_MS }),
          keymap.of([...closeBracketsKeymap, ...completionKeymap, ...historyKeymap, ...defaultKeymap]),
          cypherColours(keywords),
          syntaxHighlighting(COLOURS),
          THEME,
          wrongPlace,
          typingOver,
          EditorView.lineWrapping,
          placeholder("MATCH (n) RETURN n LIMIT 25"),
          EditorView.contentAttributes.of({ "aria-label": label, autocapitalize: "off", autocorrect: "off", spellcheck: "false" }),
          EditorView.updateListener.of((update) => update.docChanged && actions.changed?.()),
        ],
      }),
    });
  }

  get text() {
    return this.view.state.doc.toString();
  }

  set text(text) {
    this.view.dispatch({ changes: { from: 0, to: this.view.state.doc.length, insert: text }, selection: { anchor: text.length }, scrollIntoView: true });
  }

  focus() {
    this.view.focus();
  }

  /** Underline {from, to}; null takes the line away. */
  showWrong(place, { select = false } = {}) {
    const length = this.view.state.doc.length;
    const mark = place && length ? { from: Math.min(place.from, length - 1), to: Math.max(place.to, Math.min(place.from, length - 1) + 1) } : null;
    this.view.dispatch({ effects: setWrong.of(mark), ...(mark && select ? { selection: { anchor: place.from }, scrollIntoView: true } : {}) });
  }

  suggest() {
    this.view.focus();
    startCompletion(this.view);
  }

  /** Whether the cursor is in the first (or last) line, alone, with no list of completions open. */
  #atEdge(isFirst) {
    const { state } = this.view;
    const { main } = state.selection;
    if (!main.empty || completionStatus(state)) return false;
    const line = state.doc.lineAt(main.head);
    return isFirst ? line.number === 1 : line.number === state.doc.lines;
  }

  #travel(text) {
    if (text === null) return false;
    this.text = text;
    return true;
  }
}

/** Tab takes the completion; one that has only just opened is taken in a moment, rather than the cursor leaving the editor. */
function takeCompletion(view) {
  if (acceptCompletion(view)) return true;
  if (!completionStatus(view.state)) return false;
  setTimeout(() => acceptCompletion(view), INTERACTION_MS + 5);
  return true;
}

/** Without being asked, completion comes after two letters, or after a sign that leaves few choices. */
function isWorthIt(context, found) {
  const typed = context.pos - found.from;
  if (typed >= 2 || found.options.length < 40) return typed > 0 || /[.:${|]\s?$/.test(context.state.sliceDoc(Math.max(0, context.pos - 2), context.pos));
  return false;
}
