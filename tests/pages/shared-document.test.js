import assert from "node:assert/strict";
import { test } from "node:test";
import { Text } from "../../site/node_modules/@codemirror/state/dist/index.js";
import { Unsent, changeOf, editsOf } from "../../site/pages/notes/shared-document.js";

function dice(seed) {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** A peer that takes edits of whoever has heard everything, as `rpc_texts.TextBridge` does. */
class Peer {
  text = Text.of(["start"]);
  revision = 0;

  take(revision, edits) {
    if (revision !== this.revision) return false;
    this.text = changeOf(edits, this.text.length).apply(this.text);
    return true;
  }

  changeByOthers(edits) {
    this.text = changeOf(edits, this.text.length).apply(this.text);
    this.revision += 1;
    return { edits, revision: this.revision };
  }
}

function randomEdits(roll, length) {
  const from = roll(length + 1);
  return [[from, roll(Math.min(3, length - from + 1)), ["x", "yy", "\n", "", "😀"][roll(5)]]];
}

test("edits and changes are two forms of one thing", () => {
  const edits = [[0, 2, "a\r\nb"], [3, 0, "😀"], [1, 4, ""]];
  const change = changeOf(edits, 10);
  const text = Text.of(["0123456789"]);
  assert.equal(changeOf(editsOf(change), 10).apply(text).toString(), change.apply(text).toString());
});

test("an editor and its peer end in the same text, whatever crosses on the way", () => {
  for (let seed = 1; seed <= 300; seed += 1) {
    const roll = dice(seed);
    const [peer, unsent] = [new Peer(), new Unsent()];
    let [shown, revision, answer] = [peer.text, 0, null];
    const toPage = []; // messages of the peer on their way, in order
    const toPeer = [];
    const act = {
      type() {
        const change = changeOf(randomEdits(roll, shown.length), shown.length);
        shown = change.apply(shown);
        unsent.add(change);
      },
      send() {
        if (answer) return;
        const change = unsent.take();
        if (change) toPeer.push((answer = { revision, edits: editsOf(change), change }));
      },
      others() { toPage.push(peer.changeByOthers(randomEdits(roll, peer.text.length))); },
      peerReads() {
        const message = toPeer.shift();
        if (message) toPage.push({ isTaken: peer.take(message.revision, message.edits), message });
      },
      pageReads() {
        const message = toPage.shift();
        if (!message) return;
        if (message.edits) {
          const base = unsent.all?.length ?? shown.length;
          shown = unsent.putBehind(changeOf(message.edits, base)).apply(shown);
          revision = message.revision;
        } else {
          if (message.isTaken) unsent.taken(message.message.change);
          answer = null;
        }
      },
    };
    const names = Object.keys(act);
    for (let step = 0; step < 120; step += 1) act[names[roll(names.length)]]();
    for (let step = 0; step < 400; step += 1) {
      for (const name of ["send", "peerReads", "pageReads"]) act[name]();
    }
    assert.equal(unsent.all, null);
    assert.equal(shown.toString(), peer.text.toString(), `seed ${seed}`);
  }
});
