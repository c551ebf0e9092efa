// A large answer of the peer, put together from its parts (the other end, with the form, is
// pypkg/graphvine/platform/browser/parcels.py). Each part is a message of its own, so the page can paint in between.

/** Define a key, whatever its name: an assignment to `__proto__` would be lost. */
function own(target, key, value) {
  if (key === "__proto__") Object.defineProperty(target, key, { value, writable: true, enumerable: true, configurable: true });
  else target[key] = value;
}

export class Assembly {
  #box = {};

  /** All that came. */
  get all() { return this.#box.all; }

  /** Take a part: a list of [path, piece]. */
  take(part) {
    for (const [path, piece] of part) {
      let [target, key] = [this.#box, "all"];
      for (const step of path) [target, key] = [target[key], step];
      if (!Object.hasOwn(target, key)) own(target, key, piece);
      else if (Array.isArray(piece)) target[key].push(...piece);
      else for (const [name, value] of Object.entries(piece)) own(target[key], name, value);
    }
  }
}
