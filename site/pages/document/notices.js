// Short messages at the bottom of the page, read out by screen readers.
import { icon, make } from "./elements.js";

const VISIBLE_MS = 6_000;
let region;

function place() {
  region ??= document.body.appendChild(make("div", { class: "notices", role: "status", "aria-live": "polite" }));
  return region;
}

/** Show `text`; `action` is {label, run}. Problems stay until they are dismissed; anything else gives way to the next. */
export function notify(text, { isProblem = false, action = null } = {}) {
  const close = () => notice.remove();
  const buttons = [];
  if (action) buttons.push(make("button", { class: "quiet", onclick: () => (close(), action.run()) }, action.label));
  buttons.push(make("button", { class: "quiet round", "aria-label": "Dismiss", onclick: close }, icon("close")));
  const notice = make("div", { class: isProblem ? "notice problem" : "notice" }, make("span", {}, text), buttons);
  const notices = place();
  notices.querySelector(".notice:not(.problem)")?.remove();
  while (notices.childElementCount >= 3) notices.firstElementChild.remove();
  notices.append(notice);
  if (!isProblem) setTimeout(close, VISIBLE_MS);
  return close;
}

/** Run `work`; if it fails, say so on the page. Resolves to its result, or undefined. */
export async function attempt(what, work) {
  try {
    return await work();
  } catch (error) {
    console.warn(what, error);
    notify(`${what} did not work. ${error?.message ?? error}`, { isProblem: true });
    return undefined;
  }
}

let spoken;

/** Say `text` to screen readers only. */
export function announce(text) {
  spoken ??= document.body.appendChild(make("div", { class: "unseen", "aria-live": "polite" }));
  spoken.textContent = text;
}
