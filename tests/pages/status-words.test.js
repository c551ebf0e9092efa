import assert from "node:assert/strict";
import { test } from "node:test";
import { namesOf } from "../../site/pages/space/names.js";
import { bytesText, durationText, peerText, personText, persons, refusals, relayText, storageText, summarise, syncText } from "../../site/pages/space/status-words.js";

const peer = (fields = {}) => ({ kind: "webrtc", state: "ready", sync: "converged", rtt_ms: 12.4, since_s: 200, ...fields });
const STORAGE = { state: "ok", error: "", unsaved: 0, damaged: 0, bytes: 41_000, usage_bytes: 37_000_000, quota_bytes: 4_100_000_000, is_persistent: false };
const text = (status, options) => summarise(status, options).text;

test("the connection in a few words", () => {
  assert.equal(text({ peers: [peer(), peer({ kind: "tab" })] }), "1 browser and 1 tab connected");
  assert.equal(text({ peers: [peer({ kind: "tab" }), peer({ kind: "tab" })] }), "2 other tabs connected");
  assert.equal(text({ peers: [peer({ state: "securing" })], relay: { url: "ws://r/", state: "joined" } }), "Nobody else here yet");
  assert.equal(text({ relay: { url: "ws://r/", state: "disconnected" } }), "Relay not reached: changes are kept here");
  assert.equal(text({}, { isOnline: false }), "Offline: changes are kept here");
});

test("who has a name is called by it", () => {
  const names = { a: "Ada", g: "Grace", l: "Linus", x: "A name that goes on and on" };
  const nameOf = ({ peer: id }) => names[id] ?? null;
  const said = (...ids) => text({ peers: ids.map((id) => peer({ peer: id, kind: id === "tab" ? "tab" : "webrtc" })) }, { nameOf });
  assert.equal(said("a"), "Ada connected");
  assert.equal(said("a", "g"), "Ada and Grace connected");
  assert.equal(said("a", "a"), "Ada connected");
  assert.equal(said("a", "g", "l", "?1"), "Ada, Grace and 2 more connected");
  assert.equal(said("?1", "a"), "Ada and 1 more connected");
  assert.equal(said("?1", "?2"), "2 browsers connected");
  assert.equal(said("a", "tab"), "Ada and 1 tab connected");
  assert.equal(said("x"), "A name that goes …  connected".replace("  ", " "));
});

test("a person is shown once, however many tabs they have open", () => {
  const grace = (id, fields) => peer({ peer: id, author: "grace", ...fields });
  const [tabs, ada, claims] = persons([grace("g1"), peer({ peer: "a1", author: "ada" }), grace("g2", { rtt_ms: 3 }), grace("g3", { state: "securing" })]);
  assert.deepEqual(tabs.map(({ peer: id }) => id), ["g2", "g1"]);
  assert.deepEqual([ada, claims].map((found) => found.map(({ peer: id }) => id)), [["a1"], ["g3"]], "who only claims to be Grace is not Grace yet");
  assert.deepEqual(personText(tabs), { how: "2 tabs; direct, encrypted (WebRTC), for 3 min", state: "3.0 ms" });
  assert.deepEqual(personText(ada), peerText(ada[0]));
  const own = persons([1, 2, 3].map((id) => peer({ peer: `t${id}`, author: "me", kind: "tab", rtt_ms: null })));
  assert.deepEqual(own.map(personText), [{ how: "3 other tabs of this browser", state: "" }]);
  assert.equal(persons([peer({ peer: "x", author: "" }), peer({ peer: "y", author: "" })]).length, 2, "nobody knows whether they are one");
  const named = { peers: [grace("g1"), grace("g2"), peer({ peer: "a1", author: "ada" })] };
  assert.equal(text(named), "2 browsers connected");
  assert.equal(text(named, { nameOf: ({ peer: id }) => (id === "g2" ? "Grace" : null) }), "Grace and 1 more connected");
});

test("names that others show are cleaned, and belong to a peer before they belong to its author", () => {
  const nameOf = namesOf([
    { peer: "p1", author: "a", values: { name: "  Ada \n L. " } },
    { peer: "p2", author: "a", values: { name: "Ada at work" } },
    { peer: "p3", author: "b", values: { name: 7 } },
    { peer: "p4", author: "c", values: { name: "x".repeat(500) } },
    { peer: "p5", author: "d", values: null },
  ]);
  assert.deepEqual(["p1", "p2"].map((id) => nameOf({ peer: id, author: "a" })), ["Ada L.", "Ada at work"]);
  assert.equal(nameOf({ peer: "other", author: "a" }), "Ada L.");
  assert.equal(nameOf({ peer: "p3", author: "b" }), null);
  assert.equal(nameOf({ peer: "p4", author: "c" }).length, 40);
});

test("a refused peer is never hidden, and is a problem when nobody else is there", () => {
  const refused = { abcdefghij: "wrong fingerprints" };
  assert.deepEqual(summarise({ peers: [peer()], refused }), { tone: "good", text: "1 browser connected · 1 refused" });
  assert.deepEqual(summarise({ relay: { url: "ws://r/", state: "joined" }, refused }), { tone: "problem", text: "Nobody else here yet · 1 refused" });
  assert.deepEqual(refusals({ refused }), [{ key: "abcdefghij", reason: "wrong fingerprints" }]);
  assert.deepEqual(refusals({}), []);
});

test("storage that is full, failing or absent comes first", () => {
  assert.equal(text({ peers: [peer()], storage: { ...STORAGE, state: "full", error: "no room" } }), "Not saved: storage is full");
  assert.equal(text({ storage: { ...STORAGE, state: "failing", error: "x" } }), "Not saved: storage problem");
  assert.deepEqual(summarise({ peers: [peer()] }, { isKept: false }), { tone: "problem", text: "1 browser connected · nothing is kept" });
});

test("storage in words, with the room that is left", () => {
  const said = storageText(STORAGE);
  assert.deepEqual(said.lines, ["Saved in this browser (41.0 KB)", "37.0 MB of 4.1 GB used by this site", "The browser may clear it when space gets short"]);
  assert.ok(said.fraction > 0.008 && said.fraction < 0.01);
  assert.equal(said.canAsk, true);
  assert.ok(storageText({ ...STORAGE, is_persistent: true }).lines.at(-1).startsWith("Protected"));
  const full = storageText({ ...STORAGE, state: "full", error: "The disk is full.", unsaved: 2 });
  assert.ok(full.lines[0].startsWith("The disk is full") && full.lines[1].startsWith("2 changes not on disk"));
  assert.ok(storageText({ ...STORAGE, damaged: 1 }).lines.some((line) => line.startsWith("1 damaged record skipped")));
  assert.equal(storageText({ ...STORAGE, quota_bytes: null }).fraction, null);
  assert.ok(storageText(STORAGE, false).lines[0].startsWith("Nothing is kept"));
});

test("peers: how, since when, how fast", () => {
  assert.deepEqual(peerText(peer()), { how: "direct, encrypted (WebRTC), for 3 min", state: "12 ms" });
  assert.deepEqual(peerText(peer({ kind: "tab", sync: "receiving", since_s: 3 })), { how: "another tab of this browser, just now", state: "receiving …" });
  assert.equal(peerText(peer({ state: "securing" })).state, "proving who it is …");
});

test("numbers and relays", () => {
  assert.deepEqual([0, 999, 1000, 123_456, 5e9].map(bytesText), ["0 bytes", "999 bytes", "1.0 KB", "123 KB", "5.0 GB"]);
  assert.deepEqual([5, 61, 3_700, undefined].map(durationText), ["just now", "for 1 min", "for 1 h 1 min", "just now"]);
  assert.equal(relayText({ url: "wss://r.example/x", state: "disconnected", detail: "refused" }), "r.example: not reached (refused)");
  assert.equal(syncText({ state: "syncing", waiting: 1, held: 2 }), "Exchanging changes …, 1 change on the way in. 2 changes from a clock that runs ahead wait for the time");
});
