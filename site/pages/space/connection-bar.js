// One line that says who is connected and how; a press on it opens the details.
import { make } from "../document/elements.js";
import { askText } from "../document/dialog.js";
import { announce, notify } from "../document/notices.js";
import { MAX_NAME_LENGTH, keepName, namesOf, onOwnName, ownName } from "./names.js";
import { personText, persons, refusals, relayText, shortKey, storageText, summarise, syncText } from "./status-words.js";

const MAX_FURTHER = 12;

/** A person, however many tabs they have open. */
function personRow(tabs, nameOf) {
  const { how, state } = personText(tabs);
  const name = tabs.map(nameOf).find(Boolean);
  const { author } = tabs[0];
  return make("li", {}, make("span", { class: name ? "key named" : "key", title: author }, name ?? shortKey(author)), make("span", {}, how), make("span", { class: "speed" }, state));
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
 * Keeps `button` and the details up to date, and shows this person's name to the others; `onStatus(status)` hears every new
 * status; `nameOf(author)` may know a name from elsewhere, such as from messages of the past.
 * `graph.isKept` is false when the browser gave no storage (see start.js).
 */
export class ConnectionBar {
  #status = {};
  #said = "";
  #people = [];
  #shownName = () => null; // peer -> the name it shows right now

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
    graph.presence.onChange((people) => this.#came(people));
    if (ownName()) this.#present(ownName());
    onOwnName((name) => {
      this.#present(name);
      this.#show();
    });
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

  #present(name) {
    this.graph.presence.update({ name: name || null }).catch((error) => console.warn("No presence:", error));
  }

  #came(people) {
    this.#people = people;
    this.#shownName = namesOf(people);
    this.#show();
  }

  /** What a peer is called: what it shows now, or what is known of its author. */
  #nameOf = (peer) => this.#shownName(peer) ?? this.nameOf(peer.author);

  #take(status) {
    this.#status = status;
    this.#show();
    this.onStatus(status);
  }

  #show() {
    const { tone, text } = summarise(this.#status, { isOnline: navigator.onLine, isKept: this.isKept, nameOf: this.#nameOf });
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
      ? make("ul", { class: "peers" }, persons(peers).map((tabs) => personRow(tabs, this.#nameOf)))
      : make("p", { class: "hint" }, "Nobody is connected right now. Use Share to invite someone; what you do meanwhile is kept and sent later.");
    const rows = [
      ["Relay", relayText(status.relay)],
      ["Sync", syncText(status.sync)],
      ["Storage", storagePart(status.storage, this.isKept, () => this.#ask())],
      ["You", this.#you(status.author)],
    ];
    const hadFocus = this.panel.contains(document.activeElement) && document.activeElement.dataset.key;
    this.panel.replaceChildren(make("h2", {}, "Who is connected"), list, ...this.#further(peers), ...refusedPart(status), make("dl", {}, rows.flatMap(([name, content]) => [make("dt", {}, name), make("dd", {}, content)])));
    if (hadFocus) this.panel.querySelector(`[data-key="${hadFocus}"]`)?.focus();
  }

  /** Who is here without a link to us: through others. A further tab of somebody who stands above is nobody new. */
  #further(peers) {
    const linked = new Set(peers.flatMap(({ peer, author }) => [peer, author]));
    const others = this.#people.filter(({ peer, author }) => !linked.has(peer) && !linked.has(author) && author !== this.#status.author);
    const names = [...new Set(others.map(this.#shownName).filter(Boolean))];
    return names.length ? [make("p", { class: "hint" }, `Also here, through others: ${names.slice(0, MAX_FURTHER).join(", ")}${names.length > MAX_FURTHER ? ` and ${names.length - MAX_FURTHER} more` : ""}`)] : [];
  }

  #you(author) {
    const name = ownName();
    return [
      name ? make("span", { class: "line" }, name) : null,
      make("span", { class: "key line", title: author }, shortKey(author)),
      make("button", { type: "button", class: "quiet ask", data: { key: "name" }, onclick: () => this.#rename() }, name ? "Change your name" : "Tell the others your name"),
    ].filter(Boolean);
  }

  async #rename() {
    const name = await askText("Your name", { label: "What should the others call you?", value: ownName(), accept: "Save", maxLength: MAX_NAME_LENGTH, hint: "Whoever has a space open together with you sees it. It is kept in this browser, for all spaces." });
    if (name) keepName(name.trim().slice(0, MAX_NAME_LENGTH));
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
