// What this person is called, kept for every space and every page of this browser; what others are called; a colour for everybody.

const KEY = "graphvine.name";
export const MAX_NAME_LENGTH = 40;
const COLOURS = 8; // classes author-0 … author-7

export function ownName() {
  try {
    return localStorage.getItem(KEY) ?? "";
  } catch {
    return "";
  }
}

/** Keep a new name, and tell the parts of the page that show it (`onOwnName`). */
export function keepName(name) {
  try {
    localStorage.setItem(KEY, name);
  } catch {
    // Private browsing may forbid it; the name then lasts as long as the page.
  }
  changes.dispatchEvent(new CustomEvent("name", { detail: name }));
}

const changes = new EventTarget();

/** Call `listener(name)` whenever this person changes their name on this page. */
export function onOwnName(listener) {
  changes.addEventListener("name", ({ detail }) => listener(detail));
}

/** A function from a peer to the name that it shows, or null. people: what `graph.presence.onChange` tells; anybody can show anything. */
export function namesOf(people) {
  const byPeer = new Map();
  const byAuthor = new Map();
  for (const { peer, author, values } of people) {
    const name = typeof values?.name === "string" ? values.name.replace(/\s+/g, " ").trim().slice(0, MAX_NAME_LENGTH) : "";
    if (!name) continue;
    byPeer.set(peer, name);
    if (!byAuthor.has(author)) byAuthor.set(author, name);
  }
  return ({ peer, author }) => byPeer.get(peer) ?? byAuthor.get(author) ?? null;
}

/** The class that colours an author: the same in every browser. */
export function colourClass(author) {
  let hash = 0;
  for (let index = 0; index < author.length; index += 1) hash = (hash * 31 + author.charCodeAt(index)) >>> 0;
  return `author-${hash % COLOURS}`;
}
