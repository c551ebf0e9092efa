import assert from "node:assert/strict";
import { test } from "node:test";
import { AddressError, checkRelay, newSpaceName, placeUrl, readAddress, relayOfSite } from "../../site/pages/space/address.js";

test("fragment and query both name the place; the fragment wins", () => {
  assert.deepEqual(readAddress("http://h/a/?space=q&relay=ws://r:1/#space=f"), { space: "f", relay: "ws://r:1/" });
  assert.deepEqual(readAddress("http://h/a/"), { space: undefined, relay: undefined });
  assert.deepEqual(readAddress("http://h/#space=%20&relay="), { space: undefined, relay: null });
});

test("an invitation leads to the same place, whatever the name holds", () => {
  for (const space of ["team-wiki", "a&b=c#d", "Zoë 🌿 +1"]) {
    const place = { space, relay: "wss://relay.example/x?y=1" };
    assert.deepEqual(readAddress(placeUrl(place, "https://h/deep/er/chat.html?space=other#old")), place);
    assert.ok(placeUrl(place, "https://h/deep/er/chat.html?space=other").startsWith("https://h/deep/er/chat.html#space="));
  }
});

test("only WebSocket addresses are relays", () => {
  assert.equal(checkRelay("none"), null);
  assert.equal(checkRelay("WSS://Relay.Example"), "wss://relay.example/");
  for (const text of ["http://h/", "javascript:alert(1)", "relay", "//h"]) assert.throws(() => checkRelay(text), AddressError);
  assert.throws(() => readAddress(`http://h/#space=${"x".repeat(121)}`), AddressError);
});

test("a site names its relay absolutely or relative to itself", () => {
  assert.equal(relayOfSite(null, "https://h/a/"), null);
  assert.equal(relayOfSite("ws://127.0.0.1:8765/", "https://h/a/"), "ws://127.0.0.1:8765/");
  assert.equal(relayOfSite("relay", "https://h/a/index.html"), "wss://h/a/relay");
  assert.equal(relayOfSite("//r.example:1/", "http://h/"), "ws://r.example:1/");
});

test("a made-up name is hard to guess", () => {
  const names = new Set(Array.from({ length: 500 }, newSpaceName));
  assert.equal(names.size, 500);
  for (const name of names) assert.match(name, /^[a-z]+-[a-z]+-[0-9a-z]{8}$/);
});
