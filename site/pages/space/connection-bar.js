// One line that says who is connected and how; a press on it opens the details.
import { make } from "../document/elements.js";
import { announce } from "../document/notices.js";


/** Peers that we can exchange data with now. */
export function readyPeers(status) {
  return (status?.peers ?? []).filter((peer) => peer.state === "ready");
}

/** Whether at least one other peer has everything that we have. */
export function isDelivered(status) {
  return readyPeers(status).some((peer) => peer.sync === "converged");
}

const SYNC_SAYS = { alone: "Waiting for others", syncing: "Exchanging changes …", converged: "Everybody connected has the same" };
const plural = (count, one, many = `${one}s`) => `${count} ${count === 1 ? one : many}`;

/** {tone, text}: the connection in a few words. tone: "good" | "busy" | "alone" | "problem". */
export function summarise(status, isOnline = navigator.onLine) {
  const peers = readyPeers(status);
  const tabs = peers.filter((peer) => peer.kind === "tab").length;
  const others = peers.length - tabs;
  if (status?.storage?.error) return { tone: "problem", text: status.storage.state === "full" ? "Not saved: storage is full" : "Not saved: storage problem" };
  if (others) return { tone: "good", text: tabs ? `${plural(others, "browser")} and ${plural(tabs, "tab")} connected` : `${plural(others, "browser")} connected` };
  if (tabs) return { tone: "good", text: `${plural(tabs, "other tab")} connected` };
  if (!isOnline) return { tone: "alone", text: "Offline: changes are kept here" };
  if (!status?.relay?.url) return { tone: "alone", text: "Only this browser" };
  if (status.relay.state === "joined") return { tone: "alone", text: "Nobody else here yet" };
  if (status.relay.state === "connecting" || status.relay.state === "draining") return { tone: "busy", text: "Looking for others …" };
  return { tone: "problem", text: "Relay not reached: changes are kept here" };
}

function bytes(count) {
  if (!Number.isFinite(count)) return "";
  const units = ["bytes", "KB", "MB", "GB", "TB"];
  const power = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(1, count)) / 3));
  return `${(count / 1000 ** power).toFixed(power ? 1 : 0)} ${units[power]}`;
}

/** Whom a peer belongs to, short: nobody reads 52 characters. */
export function shortKey(key) {
  return key ? key.slice(0, 6) : "unknown";
}

function relayText({ url, state, detail } = {}) {
  if (!url) return "None. Tabs of this browser still share this space.";
  const said = { joined: "connected", connecting: "connecting …", draining: "about to restart", disconnected: "not reached" }[state] ?? state;
  return `${new URL(url).host}: ${said}${detail ? ` (${detail})` : ""}`;
}

function storageText(storage) {
  if (!storage) return "unknown";
  if (storage.error) return `Problem: ${storage.error}`;
  const kept = storage.unsaved ? `Saving ${plural(storage.unsaved, "change")} …` : "Saved in this browser";
  const used = storage.usage_bytes ? `, ${bytes(storage.usage_bytes)} used` : "";
  return kept + used + (storage.is_persistent ? ", protected from clean-up" : "");
}

function peerRow(peer, nameOf) {
  const how = peer.kind === "tab" ? "another tab of this browser" : "direct connection (WebRTC)";
  const speed = Number.isFinite(peer.rtt_ms) ? `${peer.rtt_ms < 10 ? peer.rtt_ms.toFixed(1) : Math.round(peer.rtt_ms)} ms` : "";
  const state = peer.state !== "ready" ? "connecting …" : peer.sync !== "converged" ? "syncing …" : speed;
  return make("li", {}, make("span", { class: "key", title: peer.author }, nameOf(peer.author) ?? shortKey(peer.author)), make("span", {}, how), make("span", { class: "speed" }, state));
}

function details(status, nameOf) {
  const peers = status.peers ?? [];
  const list = peers.length
    ? make("ul", { class: "peers" }, peers.map((peer) => peerRow(peer, nameOf)))
    : make("p", { class: "hint" }, "Nobody is connected right now. Use Share to invite someone; what you do meanwhile is kept and sent later.");
  const rows = [
    ["Relay", relayText(status.relay)],
    ["Storage", storageText(status.storage)],
    ["Sync", SYNC_SAYS[status.sync?.state] ?? "unknown"],
    ["You", shortKey(status.author)],
  ];
  return [make("h2", {}, "Who is connected"), list, make("dl", {}, rows.flatMap(([name, text]) => [make("dt", {}, name), make("dd", {}, text)]))];
}

/** Keeps `button` and the details up to date; `onStatus(status)` hears every new status; `nameOf(author)` may know a name. */
export class ConnectionBar {
  #status = {};
  #said = "";

  constructor(graph, button, onStatus = () => {}, nameOf = () => null) {
    Object.assign(this, { graph, button, onStatus, nameOf });
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
    const { tone, text } = summarise(this.#status);
    this.button.dataset.tone = tone;
    this.button.querySelector("[data-says]").textContent = text;
    if (this.#said && this.#said !== text) announce(text);
    this.#said = text;
    if (!this.panel.hidden) this.panel.replaceChildren(...details(this.#status, this.nameOf));
  }

  #toggle(isOpen, focusBack = false) {
    this.panel.hidden = !isOpen;
    this.button.setAttribute("aria-expanded", String(isOpen));
    if (isOpen) this.panel.replaceChildren(...details(this.#status, this.nameOf));
    if (focusBack) this.button.focus();
  }
}
