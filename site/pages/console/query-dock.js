// The Cypher console below the picture: an editor on the left, what came of it on the right.
import { icon, make } from "../document/elements.js";
import { keep, recall } from "../document/keeping.js";
import { announce, notify } from "../document/notices.js";
import { DockSize } from "./dock-size.js";
import { ExampleMenu, HistoryMenu } from "./query-menus.js";
import { Knowledge } from "./knowledge.js";
import { QueryEditor } from "./query-editor.js";
import { QueryHistory } from "./history.js";
import { QueryRun, describeError, readParameters } from "./query-run.js";
import { ResultView } from "./result-view.js";
import { countersText, placeIn } from "./results.js";
import { parametersOf } from "./tokens.js";

const CLOCK_AFTER_MS = 250; // a query that is quicker shows no clock
const isApple = /Mac|iPhone|iPad/.test(globalThis.navigator?.userAgent ?? "");

/** `page`: {graph, mirror, edits, space, spotlight, select(target), pin(text, parameters), undo(), closed()}. */
export class QueryDock {
  #run = null;
  #clock = null;

  constructor(root, page, language) {
    Object.assign(this, { root, page });
    this.history = new QueryHistory(page.space);
    this.knowledge = new Knowledge(page.mirror, language);
    this.view = new ResultView(page);
    this.#build();
    this.editor = new QueryEditor(this.editorPlace, {
      keywords: language.keywords,
      label: "Cypher query",
      knows: () => this.knowledge.read(this.#parameterNames()),
      actions: {
        run: () => this.run(),
        cancel: () => Boolean(this.#run) && (this.cancel(), true),
        older: (text) => this.history.older(text),
        newer: () => this.history.newer(),
        changed: () => this.#changed(),
      },
    });
    this.editor.text = recall(this.#key("text"), "", (value) => typeof value === "string");
    this.#changed();
    this.view.showWelcome(this.#examples());
  }

  #key(name) {
    return `graphvine.console.${name}.${this.page.space}`;
  }

  #build() {
    this.editorPlace = make("div", { class: "editor-place" });
    this.parameters = make("textarea", { rows: 3, spellcheck: "false", "aria-label": "Parameters as JSON", placeholder: '{"name": "Cosette"}' });
    this.parameters.value = recall(this.#key("parameters"), "", (value) => typeof value === "string");
    this.parameterBox = make("details", { class: "parameters", hidden: true }, make("summary", {}, "Parameters"), this.parameters);
    this.runButton = make("button", { type: "button", class: "primary", onclick: () => this.run() }, icon("play"), make("span", {}, "Run"), make("kbd", { "aria-hidden": "true" }, isApple ? "⌘⏎" : "Ctrl ⏎"));
    this.cancelButton = make("button", { type: "button", class: "danger", hidden: true, onclick: () => this.cancel() }, icon("stop"), make("span", {}, "Stop"), (this.clockText = make("span", { class: "clock" })));
    this.pinButton = make("button", { type: "button", title: "Keep this query's rows true, as a card on the picture", onclick: () => this.#pin() }, icon("pin"), make("span", {}, "Keep live"));
    const put = (text) => this.put(text);
    this.root.append(
      new DockSize(this.root).handle,
      make(
        "header",
        { class: "dock-bar" },
        make("h2", {}, "Cypher"),
        new ExampleMenu(() => this.#examples(), put).root,
        new HistoryMenu(this.history, put).root,
        make("span", { class: "gap" }),
        this.pinButton,
        this.runButton,
        this.cancelButton,
        make("button", { type: "button", class: "quiet round", "aria-label": "Close the console", onclick: () => this.page.closed() }, icon("close")),
      ),
      make("div", { class: "dock-body" }, make("div", { class: "dock-write" }, this.editorPlace, this.parameterBox), this.view.root),
    );
    this.view.onExample = put;
    this.view.onPlace = () => this.#showPlace(true);
  }

  #examples() {
    for (const vertex of this.page.mirror.vertices.values()) return vertex.labels.includes("Character") ? "example" : "any";
    return "any";
  }

  #parameterNames() {
    try {
      return Object.keys(readParameters(this.parameters.value));
    } catch {
      return [];
    }
  }

  #changed() {
    const names = parametersOf(this.editor?.text ?? "");
    if (names.length) this.parameterBox.hidden = false;
    else if (!this.parameters.value.trim()) this.parameterBox.hidden = true;
    keep(this.#key("text"), this.editor?.text ?? "");
  }

  /** Put a text into the editor, ready to run. */
  put(text, parameters = null) {
    this.editor.text = text;
    if (parameters && Object.keys(parameters).length) this.parameters.value = JSON.stringify(parameters, null, 1);
    this.#changed();
    this.editor.focus();
  }

  focus() {
    this.editor.focus();
  }

  #pin() {
    const parameters = this.#readParameters();
    if (!this.editor.text.trim()) this.view.showHint("Write a query first; then its rows can be kept live.");
    else if (parameters) this.page.pin(this.editor.text.trim(), parameters);
  }

  /** The parameters, or null after showing what is wrong with them. */
  #readParameters() {
    keep(this.#key("parameters"), this.parameters.value);
    try {
      const given = readParameters(this.parameters.value);
      const missing = parametersOf(this.editor.text).filter((name) => !(name in given));
      if (!missing.length) return given;
      this.parameters.value = JSON.stringify({ ...given, ...Object.fromEntries(missing.map((name) => [name, null])) }, null, 1);
      throw new SyntaxError(`Give ${missing.map((name) => `$${name}`).join(", ")} a value under Parameters.`);
    } catch (error) {
      this.parameterBox.hidden = false;
      this.parameterBox.open = true;
      this.parameters.focus();
      this.view.showError({ title: "Parameters", text: error.message, place: null });
      return null;
    }
  }

  async run() {
    const text = this.editor.text.trim();
    if (this.#run) return;
    if (!text) return this.view.showHint("Write a query, or choose one of the examples.");
    const parameters = this.#readParameters();
    if (!parameters) return;
    this.text = this.editor.text; // errors count lines in what was sent
    const run = (this.#run = new QueryRun(this.page.graph, this.text, parameters));
    this.editor.showWrong(null);
    this.#showRunning(true);
    try {
      await run.start((head) => this.view.begin(head, run), (rows) => this.view.add(rows));
      this.history.add(text);
      this.view.end(run);
      this.#wrote(run);
    } catch (error) {
      this.history.add(text, { failed: error?.name !== "AbortError" });
      this.#failed(error, run);
    } finally {
      this.#run = null;
      this.#showRunning(false);
    }
  }

  cancel() {
    this.#run?.cancel();
  }

  #showRunning(isRunning) {
    clearInterval(this.#clock);
    this.root.classList.toggle("is-running", isRunning);
    this.runButton.disabled = isRunning;
    if (isRunning) this.#startClock(this.#run);
    const hadFocus = document.activeElement === this.cancelButton;
    this.cancelButton.hidden = true;
    this.runButton.hidden = false;
    if (hadFocus) this.editor.focus();
  }

  #startClock(run) {
    this.#clock = setInterval(() => {
      if (run.elapsedMs < CLOCK_AFTER_MS) return;
      this.runButton.hidden = true;
      this.cancelButton.hidden = false;
      this.clockText.textContent = `${(run.elapsedMs / 1000).toFixed(1)} s`;
      this.view.showRunning(run);
    }, 100);
  }

  #wrote(run) {
    const { written, counters, undo } = run.head;
    const said = countersText(counters, written);
    if (!said) return;
    announce(said);
    if (written?.length) this.page.edits.record("run a query", written);
    else if (undo) notify(`${said[0].toUpperCase()}${said.slice(1)}. This can't be undone: ${undo}.`);
  }

  #failed(error, run) {
    const described = describeError(error);
    if (error?.name === "AbortError") return this.view.showHint(`Stopped after ${(run.elapsedMs / 1000).toFixed(1)} s.`);
    this.place = described.place;
    this.#showPlace(false);
    return this.view.showError(described);
  }

  #showPlace(select) {
    const place = this.place && placeIn(this.text, this.place.line, this.place.column);
    this.editor.showWrong(this.editor.text === this.text ? place : null, { select });
    if (select) this.editor.focus();
  }
}
