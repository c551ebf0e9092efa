// The example that an empty graph offers: who appears with whom in "Les Misérables", compiled by Donald Knuth for the
// Stanford GraphBase; as carried by the vega-datasets package. 77 vertices, 254 edges.

export const EXAMPLE_TITLE = "Les Misérables example";

/** The example as places of one edit, so that loading it can be undone in one step. */
export async function examplePlaces() {
  const { default: data } = await import("../../node_modules/vega-datasets/data/miserables.json");
  const names = data.nodes.map(({ name }) => name);
  const vertices = data.nodes.map(({ name, group }) => ({ kind: "vertex", id: name, before: null, after: { labels: ["Character"], properties: { name, group } } }));
  const edges = data.links.map(({ source, target, value }) => ({
    kind: "edge",
    id: `${names[source]}/${names[target]}`,
    before: null,
    after: { type: "APPEARS_WITH", source: names[source], target: names[target], properties: { chapters: value } },
  }));
  return [...vertices, ...edges];
}
