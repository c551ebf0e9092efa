// What this person is called in chats, kept for every space of this browser; and a colour for everybody.

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

export function keepName(name) {
  try {
    localStorage.setItem(KEY, name);
  } catch {
    // Private browsing may forbid it; the name then lasts as long as the page.
  }
}

/** The class that colours an author: the same in every browser. */
export function colourClass(author) {
  let hash = 0;
  for (let index = 0; index < author.length; index += 1) hash = (hash * 31 + author.charCodeAt(index)) >>> 0;
  return `author-${hash % COLOURS}`;
}
