// What the completion may offer, read from the page's own copy of the graph; gathered anew when the graph changed.

const SAMPLE = 2_000; // vertices and edges that are looked at: names repeat

export class Knowledge {
  #isOld = true;

  constructor(mirror, language) {
    Object.assign(this, { mirror, language });
    mirror.addEventListener("change", () => (this.#isOld = true));
  }

  /** See `complete` in completion.js. */
  read(parameters) {
    if (this.#isOld) this.#gather();
    return {
      keywords: this.language.keywords,
      functions: this.language.functions,
      labels: this.labels,
      types: this.types,
      properties: (labels) => names(this.byLabel, labels),
      edgeProperties: (types) => names(this.byType, types),
      parameters,
    };
  }

  #gather() {
    Object.assign(this, { labels: new Map(), types: new Map(), byLabel: new Map(), byType: new Map() });
    let seen = 0;
    for (const { labels, properties } of this.mirror.vertices.values()) {
      if ((seen += 1) > SAMPLE) break;
      for (const label of labels) count(this.labels, label);
      for (const label of labels.length ? labels : [""]) note(this.byLabel, label, properties);
    }
    seen = 0;
    for (const { type, properties } of this.mirror.edges.values()) {
      if ((seen += 1) > SAMPLE) break;
      count(this.types, type);
      note(this.byType, type, properties);
    }
    this.#isOld = false;
  }
}

function count(counts, name) {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}

function note(groups, group, properties) {
  if (!groups.has(group)) groups.set(group, new Map());
  for (const name of Object.keys(properties)) count(groups.get(group), name);
}

/** Property names of some groups (all of them for null, or when they are unknown), the most frequent first. */
function names(groups, wanted) {
  const known = (wanted ?? []).filter((name) => groups.has(name));
  const counts = new Map();
  for (const [group, properties] of groups) {
    if (known.length && !known.includes(group)) continue;
    for (const [name, many] of properties) counts.set(name, (counts.get(name) ?? 0) + many);
  }
  return [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).map(([name]) => name);
}
