// One line that says who is connected and how; a press on it opens the details.
import { make } from "../document/elements.js";
import { announce, notify } from "../document/notices.js";
import { peerText, refusals, relayText, shortKey, storageText, summarise, syncText } from "./status-words.js";

function peerRow(peer, nameOf) {
  const { how, state } = peerText(peer);
  return make("li", {}, make("span", { class: "key", title: peer.author }, nameOf(peer.author) ?? shortKey(peer.author)), make("span", {}, how), make("span", { class: "speed" }, state));
}

function refusedPart(status) {
  const refused = refusals(status);
  if (!refused.length) return [];
  return [
    make("div", { class: "refused", role: "note" },
      make("h3", {}, "Refused"),
      make("p", {}, "These could not prove who they are, so nothing was sent to them. Somebody may be in between, such as a relay that swaps keys."),
      make("ul", {}, refused.map(({ key, reason }) => make("li", {}, make("span", { class: "key", title: key }, shortKey(key)), ` ${reason}`)))),
  ];
}

function storagePart(storage, isKept, ask) {
  const { lines, fraction, canAsk } = storageText(storage, isKept);
  const parts = lines.map((line) => make("span", { class: "line" }, line));
  if (fraction !== null) parts.splice(-1, 0, make("meter", { min: 0, max: 1, high: 0.8, value: fraction, "aria-label": "Storage used" }));
  if (canAsk) parts.push(make("button", { type: "button", class: "quiet ask", data: { key: "ask" }, onclick: ask }, "Ask it to keep everything"));
  return parts;
}

/**
 * Keeps `button` and the details up to date; `onStatus(status)` hears every new status; `nameOf(author)` may know a name.
 * `graph.isKept` is false when the browser gave no storage (see start.js).
 */
export class ConnectionBar {
  #status = {};
  #said = "";

  constructor(graph, button, onStatus = () => {}, nameOf = () => null) {
    Object.assign(this, { graph, button, onStatus, nameOf, isKept: graph.isKept !== false });
    this.panel = make("section", { class: "popover", id: "connection-details", role: "region", "aria-label": "Who is connected", hidden: true });
    button.after(this.panel);
    button.setAttribute("aria-controls", this.panel.id);
    button.setAttribute("aria-expanded", "false");
    button.addEventListener("click", () => this.#toggle(this.panel.hidden));
    document.addEventListener("keydown", (event) => event.key === "Escape" && !this.panel.hidden && this.#toggle(false, true));
    document.addEventListener("pointerdown", (event) => {
      if (!this.panel.hidden && !this.panel.contains(event.target) && !button.contains(event.target)) this.#toggle(false);
    });
    graph.onStatus((status) => this.#take(status));
    for (const event of ["online", "offline"]) addEventListener(event, () => this.#show());
  }

  /** Ask now, rather than wait for the next report. */
  async refresh() {
    try {
      this.#take(await this.graph.status());
    } catch (error) {
      console.warn("No status:", error);
    }
  }

  #take(status) {
    this.#status = status;
    this.#show();
    this.onStatus(status);
  }

  #show() {
    const { tone, text } = summarise(this.#status, { isOnline: navigator.onLine, isKept: this.isKept });
    this.button.dataset.tone = tone;
    this.button.querySelector("[data-says]").textContent = text;
    if (this.#said && this.#said !== text) announce(text);
    this.#said = text;
    if (!this.panel.hidden) this.#draw();
  }

  #draw() {
    const status = this.#status;
    const peers = status.peers ?? [];
    const list = peers.length
      ? make("ul", { class: "peers" }, peers.map((peer) => peerRow(peer, this.nameOf)))
      : make("p", { class: "hint" }, "Nobody is connected right now. Use Share to invite someone; what you do meanwhile is kept and sent later.");
    const rows = [
      ["Relay", relayText(status.relay)],
      ["Sync", syncText(status.sync)],
      ["Storage", storagePart(status.storage, this.isKept, () => this.#ask())],
      ["You", make("span", { class: "key", title: status.author }, shortKey(status.author))],
    ];
    const hadFocus = this.panel.contains(document.activeElement) && document.activeElement.dataset.key;
    this.panel.replaceChildren(make("h2", {}, "Who is connected"), list, ...refusedPart(status), make("dl", {}, rows.flatMap(([name, content]) => [make("dt", {}, name), make("dd", {}, content)])));
    if (hadFocus) this.panel.querySelector(`[data-key="${hadFocus}"]`)?.focus();
  }

  /** The browser decides; some ask the person, some look at how often the site is used. */
  async #ask() {
    const isGranted = await navigator.storage?.persist?.().catch(() => false);
    notify(isGranted ? "The browser keeps this site's data until you delete it yourself." : "The browser said no for now. It often agrees once a site is bookmarked, installed or used more; the others' copies are safe in any case.");
    this.refresh();
  }

  #toggle(isOpen, focusBack = false) {
    this.panel.hidden = !isOpen;
    this.button.setAttribute("aria-expanded", String(isOpen));
    if (isOpen) this.#draw();
    if (focusBack) this.button.focus();
  }
}
