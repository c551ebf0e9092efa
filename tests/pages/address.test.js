import assert from "node:assert/strict";
import { test } from "node:test";
import { AddressError, checkRelay, newSpaceName, placeUrl, readAddress } from "../../site/pages/space/address.js";

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

test("a made-up name is hard to guess", () => {
  const names = new Set(Array.from({ length: 500 }, newSpaceName));
  assert.equal(names.size, 500);
  for (const name of names) assert.match(name, /^[a-z]+-[a-z]+-[0-9a-z]{8}$/);
});
