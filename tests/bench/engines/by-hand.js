// What the triple stores leave to the application: searching and counting over their own look-ups.

/** Steps of the shortest path, from both ends, one front after the other. neighbours(id) resolves to ids. */
async function distance(start, end, neighbours) {
  if (start === end) return 0;
  let [near, far] = [new Set([start]), new Set([end])];
  let [seen, seenFar] = [new Set(near), new Set(far)];
  for (let steps = 1; near.size && far.size; steps++) {
    if (near.size > far.size) [near, far, seen, seenFar] = [far, near, seenFar, seen];
    const next = new Set();
    for (const id of near)
      for (const other of await neighbours(id)) {
        if (seenFar.has(other)) return steps;
        if (!seen.has(other)) next.add(other);
      }
    for (const id of next) seen.add(id);
    near = next;
  }
  return null;
}

/** Triangles in a list of pairs, each pair once. */
export function countTriangles(pairs) {
  const higher = new Map();
  for (const [low, high] of pairs) {
    if (!higher.has(low)) higher.set(low, new Set());
    higher.get(low).add(high);
  }
  let count = 0;
  for (const [low, high] of pairs)
    for (const third of higher.get(high) ?? []) if (higher.get(low).has(third)) count++;
  return count;
}

/** What follows from `neighbours(id)`, which a store has and which resolves to ids. */
export class Walks {
  async friends(ids) {
    const rows = [];
    for (const id of ids) {
      const found = new Set();
      for (const friend of await this.neighbours(id)) for (const other of await this.neighbours(friend)) found.add(other);
      found.delete(id);
      rows.push([...found].sort());
    }
    return rows;
  }

  async shortest(pairs) {
    const rows = [];
    for (const [start, end] of pairs) rows.push(await distance(start, end, (id) => this.neighbours(id)));
    return rows;
  }
}
