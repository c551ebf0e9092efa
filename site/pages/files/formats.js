// The kinds of files that a space can be written to and read from.

/** name: as the engine says it (pypkg/graphvine/files/formats.py). suffix: of a file. */
export const FORMATS = [
  { name: "graphvine", suffix: ".graphvine", title: "Graphvine archive", says: "Everything, with its signatures: who wrote what and when. The one to keep, and to move a space with." },
  { name: "cypher", suffix: ".cypher", title: "Cypher script", says: "Statements that make the graph anew, here or in another graph database." },
  { name: "graphml", suffix: ".graphml", title: "GraphML", says: "For Gephi, yEd, NetworkX and other tools that draw and measure graphs." },
  { name: "jsonld", suffix: ".jsonld", title: "JSON-LD", says: "Linked data for the web, and JSON for everything else." },
  { name: "csv", suffix: ".csv.zip", title: "CSV tables (zip)", says: "One table of vertices and one of edges, for spreadsheets." },
  { name: "gun", suffix: ".gun.json", title: "GUN graph", says: "JSON of a GUN graph, with its souls and states." },
];

/** What a file picker should offer. */
export const ACCEPTED = ".graphvine,.cypher,.cyp,.cql,.graphml,.jsonld,.json,.csv,.tsv,.zip,.gun";

/** A file's name for a space, without what file systems don't like. */
export function fileName(space, suffix) {
  return `${space.replace(/[^\p{L}\p{N}_-]+/gu, "-").replace(/^-+|-+$/g, "").slice(0, 80) || "graph"}${suffix}`;
}

/** What an import did, in words; `result` is what graph.import resolves to. */
export function resultText({ format, vertices = 0, edges = 0, transactions = 0, known = 0 }) {
  const count = (number, one, many) => `${number.toLocaleString("en")} ${number === 1 ? one : many}`;
  const parts = [count(vertices, "vertex", "vertices"), count(edges, "edge", "edges")];
  const from = FORMATS.find(({ name }) => name === format)?.title ?? format;
  if (format === "graphvine" && (transactions || known)) {
    const were = known ? ` (${known.toLocaleString("en")} ${known === 1 ? "was" : "were"} here already)` : "";
    return `${count(transactions, "transaction", "transactions")}${were} from a ${from}`;
  }
  return `${parts.join(" and ")} from ${/^[AEIOU]/.test(from) ? "an" : "a"} ${from}`;
}

/** Ids that are new since a copy of the mirror, and how many records of that copy are different now. */
export function newcomers(before, mirror) {
  const made = { vertices: [], edges: [], changed: 0 };
  for (const [id, vertex] of mirror.vertices) {
    if (!before.vertices.has(id)) made.vertices.push(id);
    else if (before.vertices.get(id) !== vertex) made.changed += 1;
  }
  for (const [id, edge] of mirror.edges) {
    if (!before.edges.has(id)) made.edges.push(id);
    else if (before.edges.get(id) !== edge) made.changed += 1;
  }
  return made;
}
