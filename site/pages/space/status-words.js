// What `graph.status` says, in words for people: pure.

const plural = (count, one, many = `${one}s`) => `${count.toLocaleString("en")} ${count === 1 ? one : many}`;

/** Peers that we can exchange data with now. */
export function readyPeers(status) {
  return (status?.peers ?? []).filter((peer) => peer.state === "ready");
}

/** Whether at least one other peer has everything that we have. */
export function isDelivered(status) {
  return readyPeers(status).some((peer) => peer.sync === "converged");
}

/**
 * Peers as people: each person's tabs together, the best route first; people in the order in which they came. Who has not
 * proven yet who they are stands alone.
 */
export function persons(peers) {
  const byAuthor = new Map();
  for (const peer of peers) {
    const who = peer.state === "ready" && peer.author ? `author ${peer.author}` : `peer ${peer.peer}`;
    if (!byAuthor.has(who)) byAuthor.set(who, []);
    byAuthor.get(who).push(peer);
  }
  const distance = (peer) => (peer.kind === "tab" ? -1 : peer.rtt_ms ?? Infinity);
  return [...byAuthor.values()].map((tabs) => tabs.sort((a, b) => distance(a) - distance(b) || 0));
}

/** How we reach a person, by the best of their tabs: {how, state}. `tabs`: one of `persons`. */
export function personText(tabs) {
  const { how, state } = peerText(tabs[0]);
  if (tabs.length === 1) return { how, state };
  if (tabs.every(({ kind }) => kind === "tab")) return { how: `${tabs.length} other tabs of this browser`, state };
  return { how: `${tabs.length} tabs; ${how}`, state };
}

/** Whom a peer belongs to, short: nobody reads 52 characters. */
export function shortKey(key) {
  return key ? key.slice(0, 6) : "unknown";
}

export function bytesText(count) {
  if (!Number.isFinite(count)) return "";
  const units = ["bytes", "KB", "MB", "GB", "TB"];
  const power = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(1, count)) / 3));
  return `${(count / 1000 ** power).toFixed(power && count / 1000 ** power < 100 ? 1 : 0)} ${units[power]}`;
}

export function durationText(seconds) {
  if (!Number.isFinite(seconds) || seconds < 60) return "just now";
  const minutes = Math.floor(seconds / 60);
  return minutes < 60 ? `for ${minutes} min` : `for ${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** {tone, text}: the connection in a few words. tone: "good" | "busy" | "alone" | "problem". `isKept`: false in memory. `nameOf(peer)`: a name or null. */
export function summarise(status, { isOnline = true, isKept = true, nameOf = () => null } = {}) {
  const problem = storageProblem(status?.storage);
  if (problem) return { tone: "problem", text: problem };
  const { tone, text } = connection(status, isOnline, nameOf);
  const refused = Object.keys(status?.refused ?? {}).length;
  if (refused) return { tone: tone === "good" ? tone : "problem", text: `${text} · ${refused} refused` };
  return isKept ? { tone, text } : { tone: "problem", text: `${text} · nothing is kept` };
}

const MAX_NAMED = 2;
const MAX_SHOWN_NAME = 18;
const shortName = (name) => (name.length > MAX_SHOWN_NAME ? `${name.slice(0, MAX_SHOWN_NAME - 1)}…` : name);
const inWords = (parts) => (parts.length < 2 ? parts.join("") : `${parts.slice(0, -1).join(", ")} and ${parts.at(-1)}`);

/** Who that is, as parts of a sentence: names first, the others as a number. Somebody with two browsers is one person. */
function whoText(peers, nameOf) {
  const everybody = persons(peers).map(([best, ...further]) => [best, ...further].map(nameOf).find(Boolean) ?? null);
  const names = [...new Set(everybody.filter(Boolean))];
  const shown = names.slice(0, MAX_NAMED).map(shortName);
  const nameless = everybody.filter((name) => !name).length;
  const more = names.length - shown.length + nameless;
  if (!more) return shown;
  return [...shown, shown.length ? `${more} more` : plural(more, "browser")];
}

function connection(status, isOnline, nameOf) {
  const peers = readyPeers(status);
  const tabs = peers.filter((peer) => peer.kind === "tab").length;
  const others = peers.filter((peer) => peer.kind !== "tab");
  if (others.length) return { tone: "good", text: `${inWords([...whoText(others, nameOf), ...(tabs ? [plural(tabs, "tab")] : [])])} connected` };
  if (tabs) return { tone: "good", text: `${plural(tabs, "other tab")} connected` };
  if (!isOnline) return { tone: "alone", text: "Offline: changes are kept here" };
  if (!status?.relay?.url) return { tone: "alone", text: "Only this browser" };
  if (status.relay.state === "joined") return { tone: "alone", text: "Nobody else here yet" };
  if (status.relay.state === "connecting" || status.relay.state === "draining") return { tone: "busy", text: "Looking for others …" };
  return { tone: "problem", text: "Relay not reached: changes are kept here" };
}

function storageProblem(storage) {
  if (!storage?.error) return "";
  return storage.state === "full" ? "Not saved: storage is full" : "Not saved: storage problem";
}

export function relayText({ url, state, detail } = {}) {
  if (!url) return "None. Tabs of this browser still share this space.";
  const said = { joined: "connected", connecting: "connecting …", draining: "about to restart", disconnected: "not reached" }[state] ?? state;
  return `${new URL(url).host}: ${said}${detail ? ` (${detail})` : ""}`;
}

/** Who a peer is to us: {how, state}. */
export function peerText(peer) {
  const how = peer.kind === "tab" ? "another tab of this browser" : "direct, encrypted (WebRTC)";
  if (peer.state !== "ready") return { how, state: peer.state === "securing" ? "proving who it is …" : "connecting …" };
  const speed = Number.isFinite(peer.rtt_ms) ? `${peer.rtt_ms < 10 ? peer.rtt_ms.toFixed(1) : Math.round(peer.rtt_ms)} ms` : "";
  const sync = { sending: "sending …", receiving: "receiving …", connecting: "comparing …" }[peer.sync];
  return { how: `${how}, ${durationText(peer.since_s)}`, state: sync ?? speed };
}

export function syncText(sync) {
  if (!sync) return "unknown";
  const says = { alone: "Waiting for others", syncing: "Exchanging changes …", converged: "Everybody connected has the same" }[sync.state] ?? sync.state;
  const waiting = sync.waiting ? `, ${plural(sync.waiting, "change")} on the way in` : "";
  const held = sync.held ? `. ${plural(sync.held, "change")} from a clock that runs ahead ${sync.held === 1 ? "waits" : "wait"} for the time` : "";
  return says + waiting + held;
}

/** {lines, fraction, canAsk}: what is stored, how much room there is (0..1, null: unknown), whether to ask for protection. */
export function storageText(storage, isKept = true) {
  if (!isKept) return { lines: ["Nothing is kept: this browser gives the page no storage. What you do is gone when this page closes, unless others have it."], fraction: null, canAsk: false };
  if (!storage) return { lines: ["unknown"], fraction: null, canAsk: false };
  const lines = [];
  if (storage.error) lines.push(`${storage.state === "full" ? "The disk is full" : "Writing fails"}: ${storage.error}`);
  if (storage.unsaved) lines.push(storage.error ? `${plural(storage.unsaved, "change")} not on disk yet; they stay in this tab and are tried again.` : `Saving ${plural(storage.unsaved, "change")} …`);
  else if (!storage.error) lines.push(storage.bytes ? `Saved in this browser (${bytesText(storage.bytes)})` : "Saved in this browser");
  if (storage.damaged) lines.push(`${plural(storage.damaged, "damaged record")} skipped; others may still have what was in ${storage.damaged === 1 ? "it" : "them"}.`);
  const hasQuota = storage.quota_bytes > 0 && Number.isFinite(storage.usage_bytes);
  if (hasQuota) lines.push(`${bytesText(storage.usage_bytes)} of ${bytesText(storage.quota_bytes)} used by this site`);
  lines.push(storage.is_persistent ? "Protected: the browser won't clear it by itself" : "The browser may clear it when space gets short");
  return { lines, fraction: hasQuota ? Math.min(1, storage.usage_bytes / storage.quota_bytes) : null, canAsk: !storage.is_persistent };
}

/** [{key, reason}] of those that could not prove who they are. */
export function refusals(status) {
  return Object.entries(status?.refused ?? {}).map(([key, reason]) => ({ key, reason }));
}
