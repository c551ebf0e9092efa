// The console: what one types, what comes of it, and what one typed before.
import { make } from "../document/elements.js";
import { indentAfter, isUnfinished } from "./python.js";

const HISTORY_KEY = "graphvine.console-history";
const MAX_HISTORY = 200;
const MAX_ENTRIES = 500;
const MAX_HEIGHT = 320; // CSS pixels

export class Console {
  #history = recall();
  #at = this.#history.length;
  #draft = "";
  #queue = Promise.resolve();

  /** `run(code)` resolves to {printed, shown, error}. */
  constructor({ output, form, field, run }) {
    Object.assign(this, { output, form, field, run });
    field.addEventListener("input", () => this.#grow());
    field.addEventListener("keydown", (event) => this.#key(event));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.submit();
    });
    output.addEventListener("click", () => getSelection().isCollapsed && field.focus({ preventScroll: true }));
  }

  /** Put code into the prompt, to be read or changed before it runs. */
  fill(code) {
    this.field.value = code;
    this.#grow();
    this.field.focus();
  }

  /** Run what stands in the prompt, after whatever still runs. */
  submit() {
    const code = this.field.value.replace(/\s+$/, "");
    if (!code.trim()) return;
    this.#remember(code);
    this.fill("");
    const entry = make("div", { class: "entry is-running" }, make("pre", { class: "code" }, code));
    this.output.append(entry);
    while (this.output.childElementCount > MAX_ENTRIES) this.output.firstElementChild.remove();
    this.#toEnd();
    this.#queue = this.#queue.then(() => this.#perform(code, entry));
  }

  async #perform(code, entry) {
    let result;
    try {
      result = await this.run(code);
    } catch (error) {
      result = { error: String(error?.message ?? error) };
    }
    entry.classList.remove("is-running");
    for (const [name, text] of [["printed", result.printed], ["shown", result.shown], ["error", result.error]]) {
      if (text) entry.append(make("pre", { class: name }, text.replace(/\n$/, "")));
    }
    this.#toEnd();
  }

  #toEnd() {
    this.output.scrollTop = this.output.scrollHeight;
  }

  #key(event) {
    if (event.isComposing) return;
    const { field } = this;
    const before = field.value.slice(0, field.selectionStart);
    const after = field.value.slice(field.selectionEnd);
    if (event.key === "Enter") this.#enter(event, before, after);
    else if (event.key === "ArrowUp" && !before.includes("\n") && this.#walk(-1)) event.preventDefault();
    else if (event.key === "ArrowDown" && !after.includes("\n") && this.#walk(1)) event.preventDefault();
    else if (event.key === "Tab" && !event.shiftKey && /(^|\n) *$/.test(before) && before) {
      event.preventDefault(); // only inside a block: elsewhere Tab moves on, as everywhere
      this.#insert("    ");
    }
  }

  #enter(event, before, after) {
    event.preventDefault();
    const isForced = event.ctrlKey || event.metaKey;
    if (!isForced && (event.shiftKey || after.trim() || isUnfinished(before))) this.#insert(`\n${indentAfter(before)}`);
    else this.submit();
  }

  #insert(text) {
    this.field.setRangeText(text, this.field.selectionStart, this.field.selectionEnd, "end");
    this.#grow();
  }

  #walk(step) {
    const next = this.#at + step;
    if (next < 0 || next > this.#history.length) return false;
    if (this.#at === this.#history.length) this.#draft = this.field.value;
    this.#at = next;
    this.fill(next === this.#history.length ? this.#draft : this.#history[next]);
    return true;
  }

  #remember(code) {
    if (this.#history.at(-1) !== code) this.#history.push(code);
    this.#history.splice(0, this.#history.length - MAX_HISTORY);
    this.#at = this.#history.length;
    this.#draft = "";
    try {
      localStorage.setItem(HISTORY_KEY, JSON.stringify(this.#history));
    } catch {
      // Private browsing may forbid it; the history then lasts as long as the page.
    }
  }

  #grow() {
    this.field.style.height = "auto";
    this.field.style.height = `${Math.min(MAX_HEIGHT, this.field.scrollHeight + 2)}px`;
  }
}

function recall() {
  try {
    const kept = JSON.parse(localStorage.getItem(HISTORY_KEY));
    return Array.isArray(kept) ? kept.filter((code) => typeof code === "string") : [];
  } catch {
    return [];
  }
}
