// Which space, and through which relay: read from the page's address, else from the last visit, else made up.

const LAST = "graphvine.last-place";
const RECENT = "graphvine.recent-spaces";
const MAX_RECENT = 8;
export const MAX_NAME_LENGTH = 120;

const FIRST = ["amber", "bright", "calm", "clear", "early", "gentle", "green", "happy", "little", "mellow", "quiet", "silver", "sunny", "warm", "wild"];
const SECOND = ["acorn", "arbor", "blossom", "brook", "clover", "fern", "garden", "grove", "harbor", "ivy", "leaf", "meadow", "orchard", "trellis", "willow"];

/** What the address asks for cannot be done. */
export class AddressError extends Error {
  name = "AddressError";
}

/** A name nobody else has: two words, and 40 random bits, because whoever knows the name of a space can open it. */
export function newSpaceName() {
  const [a, b, c, d] = crypto.getRandomValues(new Uint32Array(4));
  const tail = c.toString(36).padStart(7, "0").slice(-4) + d.toString(36).padStart(7, "0").slice(-4);
  return `${FIRST[a % FIRST.length]}-${SECOND[b % SECOND.length]}-${tail}`;
}

/** The relay of a text, or null for "none"; raises AddressError for anything that is no WebSocket address. */
export function checkRelay(text) {
  if (!text || text === "none") return null;
  let url;
  try {
    url = new URL(text);
  } catch {
    throw new AddressError(`“${text.slice(0, 80)}” is not the address of a relay. It should look like wss://relay.example/`);
  }
  if (url.protocol !== "ws:" && url.protocol !== "wss:") {
    throw new AddressError(`A relay's address starts with wss:// or ws://, not ${url.protocol}//`);
  }
  return url.href;
}

function checkSpace(text) {
  const name = text.trim();
  if (name.length > MAX_NAME_LENGTH) throw new AddressError(`The name of the space is longer than ${MAX_NAME_LENGTH} characters.`);
  return name;
}

/** {space, relay} as far as an address says; undefined where it says nothing. The fragment wins over the query. */
export function readAddress(href) {
  const url = new URL(href);
  const parts = [new URLSearchParams(url.hash.slice(1)), url.searchParams];
  const find = (name) => parts.map((part) => part.get(name)).find((value) => value !== null);
  const space = find("space");
  const relay = find("relay");
  return { space: space ? checkSpace(space) || undefined : undefined, relay: relay === undefined ? undefined : checkRelay(relay) };
}

/** The relay of a config.json: an address, absolute or relative to the site, or null. */
export function relayOfSite(text, href) {
  if (!text) return null;
  const url = new URL(text, href);
  url.protocol = url.protocol.replace(/^http/, "ws");
  return checkRelay(url.href);
}

/** The relay that whoever serves this site names in config.json, or null. */
export async function configuredRelay() {
  try {
    const response = await fetch("config.json");
    return response.ok ? relayOfSite((await response.json()).relay, location.href) : null;
  } catch {
    return null;
  }
}

function recall(key, otherwise) {
  try {
    return JSON.parse(localStorage.getItem(key)) ?? otherwise;
  } catch {
    return otherwise;
  }
}

function keep(key, value) {
  try {
    localStorage.setItem(key, JSON.stringify(value));
  } catch {
    // Private browsing may forbid it; then the next visit starts afresh.
  }
}

/** The place to open now: {space, relay}. Writes it into the address, so that a reload or a bookmark finds it again. */
export async function findPlace() {
  const asked = readAddress(location.href);
  const last = asked.space ? {} : recall(LAST, {});
  const space = asked.space ?? (typeof last.space === "string" ? last.space : newSpaceName());
  const relay = asked.relay !== undefined ? asked.relay : await configuredRelay();
  const place = { space, relay };
  keep(LAST, place);
  keep(RECENT, [space, ...recentSpaces().filter((name) => name !== space)].slice(0, MAX_RECENT));
  if (!asked.space) history.replaceState(null, "", placeUrl(place, location.href));
  return place;
}

/** Names of spaces opened here before, the latest first. */
export function recentSpaces() {
  const names = recall(RECENT, []);
  return Array.isArray(names) ? names.filter((name) => typeof name === "string") : [];
}

/** The address of a place: the page of `href`, with space and relay in the fragment (which no server gets to see). */
export function placeUrl({ space, relay }, href) {
  const url = new URL(href);
  url.search = "";
  url.hash = new URLSearchParams(relay ? { space, relay } : { space });
  return url.href;
}

/** Open another space in this tab. */
export function goTo(place) {
  location.assign(placeUrl(place, location.href));
  location.reload();
}

/** Reload when someone edits the address, or follows an invitation, in this very tab. */
export function watchAddress(place) {
  addEventListener("hashchange", () => {
    const { space, relay } = readAddress(location.href);
    if ((space && space !== place.space) || (relay !== undefined && relay !== place.relay)) location.reload();
  });
}

/** A name's page-by-page links keep the place: fill in the fragment of every `<a data-same-place>`. */
export function linkPlace(place, root = document) {
  for (const anchor of root.querySelectorAll("a[data-same-place]")) anchor.href = placeUrl(place, anchor.href);
}
