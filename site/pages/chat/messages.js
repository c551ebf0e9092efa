// The messages of a space: vertices with the label Message, in the order of their time.

export const LABEL = "Message";
export const MAX_TEXT_LENGTH = 20_000;
const GATHER_MS = 12;

/** The message in a vertex, {id, text, at, name, by}; null when it is none. Others wrote it, so nothing is taken for granted. */
export function messageOf(vertex) {
  if (!vertex || !vertex.labels?.includes(LABEL)) return null;
  const { text, at, name, by } = vertex.properties ?? {};
  if (typeof text !== "string" || typeof at !== "number" || !Number.isFinite(at) || Math.abs(at) > 8.64e15) return null;
  return { id: vertex.id, text, at, name: typeof name === "string" && name.trim() ? name : "Somebody", by: typeof by === "string" ? by : "" };
}

function isBefore(a, b) {
  return a.at < b.at || (a.at === b.at && a.id < b.id);
}

/** `list` is in order. A "change" event tells what came: detail {fresh: messages that were not there before}. */
export class Messages extends EventTarget {
  list = [];
  #byId = new Map();
  #fresh = [];
  #timer = null;

  /** Begin with what the graph holds. `me` is this person's author key. */
  async start(graph, me) {
    this.graph = graph;
    this.me = me;
    const early = [];
    let isFilled = false;
    await graph.changes(null, (change) => {
      if (change.kind !== "vertex") return;
      if (isFilled) this.#take(change);
      else early.push(change);
    });
    for (const vertex of await graph.vertices({ label: LABEL })) this.#keep(messageOf(vertex));
    this.list.sort((a, b) => (isBefore(a, b) ? -1 : 1));
    isFilled = true;
    early.forEach((change) => this.#take(change));
    this.#fresh = [];
    this.#tell();
  }

  /** Resolves to the message when it is safe on disk. */
  async send(text, name) {
    const last = this.list.at(-1)?.at ?? 0;
    const now = Date.now();
    const at = last >= now && last < now + 60_000 ? last + 1 : now; // an answer never comes before its question
    const id = `message/${at.toString(36)}-${crypto.randomUUID().slice(0, 13)}`;
    const message = { id, text: text.slice(0, MAX_TEXT_LENGTH), at, name, by: this.me };
    await this.graph.put(id, { text: message.text, at, name, by: this.me }, { labels: [LABEL] });
    return message;
  }

  /** The name that an author used last. */
  nameOf(author) {
    for (let index = this.list.length - 1; index >= 0; index -= 1) if (this.list[index].by === author) return this.list[index].name;
    return null;
  }

  #take(change) {
    const known = this.#byId.get(change.id);
    const message = change.change === "delete" ? null : messageOf(change.vertex);
    if (!known && !message) return;
    if (known) this.#drop(known);
    if (message) this.#insert(message);
    if (message && !known) this.#fresh.push(message);
    this.#timer ??= setTimeout(() => this.#tell(), GATHER_MS);
  }

  #keep(message) {
    if (!message || this.#byId.has(message.id)) return;
    this.#byId.set(message.id, message);
    this.list.push(message);
  }

  #drop(message) {
    this.#byId.delete(message.id);
    this.list.splice(this.list.indexOf(message), 1);
  }

  #insert(message) {
    this.#byId.set(message.id, message);
    let index = this.list.length;
    while (index > 0 && isBefore(message, this.list[index - 1])) index -= 1; // nearly always at the end
    this.list.splice(index, 0, message);
  }

  #tell() {
    clearTimeout(this.#timer);
    this.#timer = null;
    const fresh = this.#fresh;
    this.#fresh = [];
    this.dispatchEvent(new CustomEvent("change", { detail: { fresh } }));
  }
}
