// A modal dialog: the browser's own <dialog>, which traps the focus and closes on Escape.
import { icon, make } from "./elements.js";

/** Open a dialog with this title and content; resolves to what `close` was given (null on Escape). */
export function openDialog(title, build) {
  return new Promise((resolve) => {
    let result = null;
    const dialog = make("dialog", { class: "dialog", "aria-labelledby": "dialog-title" });
    const close = (value = null) => {
      result = value;
      dialog.close();
    };
    const head = make(
      "header",
      {},
      make("h2", { id: "dialog-title" }, title),
      make("button", { class: "quiet round", type: "button", "aria-label": "Close", onclick: () => close() }, icon("close")),
    );
    dialog.append(head, ...[build(close)].flat());
    dialog.addEventListener("click", (event) => event.target === dialog && close());
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(result);
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}

/** Ask for one line of text; resolves to it, or null. */
export function askText(title, { label, value = "", hint = "", accept = "OK", maxLength = 200 } = {}) {
  return openDialog(title, (close) => {
    const input = make("input", { id: "dialog-text", value, maxlength: maxLength, autocomplete: "off", required: true, autofocus: true });
    const submit = (event) => {
      event.preventDefault();
      const text = input.value.trim();
      if (text) close(text);
    };
    return make(
      "form",
      { onsubmit: submit, class: "stack" },
      make("label", { for: "dialog-text" }, label),
      input,
      hint ? make("p", { class: "hint" }, hint) : null,
      make("div", { class: "actions" }, make("button", { class: "primary" }, accept)),
    );
  });
}
