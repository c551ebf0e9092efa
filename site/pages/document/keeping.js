// What this device remembers for a page. Where site data is switched off, it is remembered until the page is left.

const inMemory = new Map();

/** What was kept under `key`, if `fits(value)`; else `otherwise`. */
export function recall(key, otherwise, fits = () => true) {
  try {
    const text = inMemory.get(key) ?? globalThis.localStorage?.getItem(key);
    const value = text === null || text === undefined ? otherwise : JSON.parse(text);
    return fits(value) ? value : otherwise;
  } catch {
    return otherwise; // blocked, or written by something else
  }
}

/** Remember `value`. Returns false when it will be gone with the page. */
export function keep(key, value) {
  const text = JSON.stringify(value);
  try {
    localStorage.setItem(key, text);
    inMemory.delete(key);
    return true;
  } catch {
    inMemory.set(key, text);
    return false;
  }
}
