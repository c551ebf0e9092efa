// Where one writes: Enter sends, Shift+Enter begins a new line.
import { make } from "../document/elements.js";
import { makeMenu } from "../document/menu.js";
import { MAX_TEXT_LENGTH } from "./messages.js";

const EMOJI = ["🙂", "😂", "😍", "😎", "🤔", "😢", "👍", "👎", "👏", "🙏", "🎉", "❤️", "🔥", "✅", "❌", "👀", "🚀", "🌿"];
const MAX_HEIGHT = 180; // CSS pixels

export class Composer {
  /** `send(text)` resolves to whether it is kept; the text comes back when it is not. */
  constructor(form, field, picker, send) {
    Object.assign(this, { form, field, send });
    field.maxLength = MAX_TEXT_LENGTH;
    field.addEventListener("input", () => this.#grow());
    field.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.#submit();
    });
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
    });
    this.#fillPicker(picker);
  }

  #fillPicker(picker) {
    const choose = (emoji) => {
      this.field.setRangeText(emoji, this.field.selectionStart, this.field.selectionEnd, "end");
      this.#grow();
      this.field.focus();
    };
    picker.append(make("div", { class: "popover emojis", role: "group", "aria-label": "Emoji" }, EMOJI.map((emoji) => make("button", { type: "button", class: "quiet", onclick: () => choose(emoji) }, emoji))));
    makeMenu(picker);
  }

  async #submit() {
    const text = this.field.value.trim();
    if (!text) return;
    this.field.value = "";
    this.#grow();
    this.field.focus();
    if (await this.send(text)) return;
    this.field.value = [text, this.field.value].filter(Boolean).join("\n"); // before what was typed meanwhile
    this.#grow();
  }

  #grow() {
    this.field.style.height = "auto";
    this.field.style.height = `${Math.min(MAX_HEIGHT, this.field.scrollHeight + 2)}px`;
  }
}
