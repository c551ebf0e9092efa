// The panel beside the picture: everything about the selected vertex or edge, to read and to change.
import { icon, make } from "../document/elements.js";
import { edgeRecord, vertexRecord } from "./edits.js";
import { controlOf } from "./shared-values.js";
import { KINDS, captionOf, isWritable, kindOf, parse, sharedKindOf, textOf } from "./values.js";
import { attempt } from "../document/notices.js";

const MAX_NEIGHBOURS = 60;
const byImportance = (a, b) => (b === "name") - (a === "name") || (a < b ? -1 : 1); // the name comes first
const SHOWN_ONLY = { Text: "a text for several writers: the notes page or the Python console changes it", Map: "a map: the Python console or a script changes its entries" };
const HIDDEN = new Set(["x", "y"]); // the place in the picture; shown as such, not as data

/**
 * `actions`: change(title, places), act(title, act), select(target), remove(), startConnecting(id), retype(edge, type), close().
 * `graph` explains properties.
 */
export class PropertiesPanel {
  #target = null;
  #asked = null; // the property whose "why" is open

  constructor(root, mirror, actions, graph) {
    Object.assign(this, { root, mirror, actions, graph });
    mirror.addEventListener("change", ({ detail }) => this.#refresh(detail));
  }

  /** Show {kind, id}, or nothing. */
  show(target) {
    const isSame = target?.id === this.#target?.id && target?.kind === this.#target?.kind;
    this.#target = target;
    this.root.hidden = !target;
    if (isSame) return;
    this.#asked = null;
    if (target) this.#render();
  }

  /** Put the cursor where one most likely wants to write. */
  focus(selector = "input") {
    const field = this.root.querySelector(selector) ?? this.root.querySelector("button");
    field?.focus();
    field?.select?.();
  }

  /** The target as the verbs of mergeable values name it. */
  #place() {
    return this.#target.kind === "vertex" ? this.#target.id : { edge: this.#target.id };
  }

  #record() {
    const { kind, id } = this.#target;
    return kind === "vertex" ? this.mirror.vertex(id) : this.mirror.edge(id);
  }

  #refresh({ vertices, edges }) {
    if (!this.#target) return;
    if (!this.#record()) return;
    const { kind, id } = this.#target;
    const isTouched = kind === "edge" ? edges.has(id) : vertices.has(id) || [...edges].some((edge) => this.mirror.edgesAt(id).some((at) => at.id === edge)) || edges.size > 0;
    if (!isTouched) return;
    this.#redraw();
  }

  /** Draw anew under the person's hands: their cursor stays, what they are typing comes first, and what they typed into other fields stays there. */
  #redraw() {
    const focused = this.root.contains(document.activeElement) ? document.activeElement : null;
    if (focused?.matches("input") && focused.value !== focused.defaultValue) return;
    const key = focused?.dataset.key;
    const isWhole = focused?.matches("input") && focused.selectionEnd - focused.selectionStart === focused.value.length;
    const drafts = [...this.root.querySelectorAll("input[data-key]")].filter((input) => input.value !== input.defaultValue).map((input) => [input.dataset.key, input.value]);
    this.#render();
    for (const [field, text] of drafts) {
      const input = this.root.querySelector(`[data-key="${CSS.escape(field)}"]`);
      if (input) input.value = text;
    }
    const again = key ? this.root.querySelector(`[data-key="${CSS.escape(key)}"]`) : null;
    again?.focus();
    if (isWhole) again?.select?.();
  }

  #render() {
    const record = this.#record();
    if (!record) return;
    const scroll = this.root.scrollTop;
    this.root.replaceChildren(...(this.#target.kind === "vertex" ? this.#vertex(record) : this.#edge(record)));
    this.root.scrollTop = scroll;
  }

  #head(kind, title, id) {
    return make(
      "header",
      {},
      make("div", {}, make("p", { class: "kind" }, kind), make("h2", {}, title), make("p", { class: "id", title: "The id never changes" }, id)),
      make("button", { class: "quiet round", type: "button", "aria-label": "Close the panel", onclick: this.actions.close }, icon("close")),
    );
  }

  #vertex(vertex) {
    return [
      this.#head("Vertex", captionOf(vertex), vertex.id),
      this.#labels(vertex),
      this.#properties(vertex),
      make(
        "div",
        { class: "actions" },
        make("button", { type: "button", data: { key: "connect" }, onclick: () => this.actions.startConnecting(vertex.id) }, icon("link"), "Connect …"),
        make("button", { type: "button", class: "danger", data: { key: "delete" }, onclick: this.actions.remove }, icon("trash"), "Delete"),
      ),
      this.#neighbours(vertex),
    ];
  }

  #edge(edge) {
    const end = (id) => make("button", { type: "button", class: "quiet end", onclick: () => this.actions.select({ kind: "vertex", id }) }, captionOf(this.mirror.vertex(id) ?? { id, properties: {} }));
    const type = make("input", { id: "edge-type", value: edge.type, maxlength: 120, autocomplete: "off", data: { key: "type" } });
    type.defaultValue = edge.type;
    type.addEventListener("change", () => this.actions.retype(edge, type.value.trim()));
    return [
      this.#head("Edge", edge.type, edge.id),
      make("p", { class: "ends" }, end(edge.source), make("span", { "aria-label": "to" }, "→"), end(edge.target)),
      make("section", {}, make("label", { for: "edge-type" }, "Type"), type),
      this.#properties(edge),
      make("div", { class: "actions" }, make("button", { type: "button", class: "danger", data: { key: "delete" }, onclick: this.actions.remove }, icon("trash"), "Delete")),
    ];
  }

  #change(title, alter) {
    const { kind, id } = this.#target;
    const current = this.#record();
    if (!current) return;
    const before = kind === "vertex" ? vertexRecord(current) : edgeRecord(current);
    const after = structuredClone(before);
    alter(after);
    this.actions.change(title, [{ kind, id, before, after }]);
  }

  #labels(vertex) {
    const chips = vertex.labels.map((label) =>
      make(
        "li",
        { class: "chip" },
        label,
        make("button", { type: "button", "aria-label": `Remove the label ${label}`, onclick: () => this.#change(`Remove label ${label}`, (record) => (record.labels = record.labels.filter((other) => other !== label))) }, icon("close")),
      ),
    );
    const input = make("input", { class: "slim", placeholder: "Add label", "aria-label": "Add a label", maxlength: 60, autocomplete: "off", data: { key: "new-label" } });
    input.addEventListener("change", () => {
      const label = input.value.trim();
      input.value = "";
      if (label && !vertex.labels.includes(label)) this.#change(`Add label ${label}`, (record) => record.labels.push(label));
    });
    return make("section", {}, make("h3", {}, "Labels"), make("ul", { class: "chips" }, chips, make("li", {}, input)));
  }

  #properties(record) {
    const names = Object.keys(record.properties).filter((name) => this.#target.kind === "edge" || !HIDDEN.has(name)).sort(byImportance);
    return make("section", {}, make("h3", {}, "Properties"), make("div", { class: "properties" }, names.map((name) => this.#property(name, record.properties[name])), this.#newProperty(record)));
  }

  #property(name, value) {
    const shared = sharedKindOf(value);
    const id = `property-${name}`;
    const why = make("button", { type: "button", class: "quiet round why", "aria-label": `Why is ${name} what it is?`, "aria-expanded": String(this.#asked === name), title: "Why?", data: { key: `why-${name}` }, onclick: () => this.#ask(name) }, icon("question"));
    const row = make("div", { class: shared ? "property shared" : "property" }, ...(shared ? this.#sharedField(name, value, shared, id) : this.#plainField(name, value, id)), why);
    if (this.#asked === name) row.append(this.#explanation(name));
    return row;
  }

  #ask(name) {
    this.#asked = this.#asked === name ? null : name;
    this.#redraw();
  }

  /** A place that fills itself with who wrote the property and why it won. */
  #explanation(name) {
    const box = make("div", { class: "explanation", role: "region", "aria-label": `Why ${name} is what it is` }, make("p", { class: "hint" }, "…"));
    const take = (value) => this.#change(`Take another value of ${name}`, (record) => (record.properties[name] = value));
    attempt("Explaining it", async () => {
      const [{ whyNodes }, why, status] = await Promise.all([import("./why-view.js"), this.graph.why(this.#place(), name, { exact: true }), this.graph.status()]);
      box.replaceChildren(...whyNodes(why, status.author, take));
    });
    return box;
  }

  #sharedField(name, value, shared, id) {
    const perform = (title, act) => this.actions.act(title, act);
    const control = controlOf(name, value, this.#place(), perform, () => this.#record()?.properties[name]) ?? make("input", { id, value: textOf(value), readonly: true, title: `${textOf(value)}\n(${SHOWN_ONLY[shared] ?? "shown only"})`, data: { key: id } });
    return [make("label", { for: id, title: `${name}: everybody can change it at once` }, name), control, make("span", { class: "value-kind" }, shared), make("span")];
  }

  #plainField(name, value, id) {
    const kind = kindOf(value);
    const input = make("input", { id, value: textOf(value), title: textOf(value), readonly: !isWritable(kind), autocomplete: "off", data: { key: id }, placeholder: kind === "nothing" ? "nothing" : "" });
    input.defaultValue = input.value;
    input.addEventListener("change", () => this.#write(input, name, kind === "nothing" ? "auto" : kind, value));
    input.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      input.value = input.defaultValue;
      input.blur();
    });
    const remove = make("button", { type: "button", class: "quiet round", "aria-label": `Remove ${name}`, onclick: () => this.#change(`Remove ${name}`, (record) => delete record.properties[name]) }, icon("close"));
    return [make("label", { for: id, title: name }, name), input, make("span", { class: "value-kind" }, KINDS[kind] ?? ""), remove];
  }

  #write(input, name, kind, old) {
    const guessed = kind === "number" && Number.isNaN(Number(input.value)) ? "auto" : kind;
    try {
      const value = parse(input.value, guessed, old);
      input.setCustomValidity("");
      input.defaultValue = input.value;
      this.#change(`Change ${name}`, (record) => (record.properties[name] = value));
    } catch (error) {
      input.setCustomValidity(error.message);
      input.reportValidity();
    }
  }

  #newProperty(record) {
    const name = make("input", { "aria-label": "Name of a new property", placeholder: "Name", maxlength: 60, autocomplete: "off", data: { key: "new-name" } });
    const value = make("input", { "aria-label": "Its value", placeholder: "Value", autocomplete: "off", data: { key: "new-value" } });
    const add = (event) => {
      event.preventDefault();
      const key = name.value.trim();
      if (!key) return name.focus();
      const isKnown = key in record.properties;
      const parsed = parse(value.value, "auto");
      name.value = value.value = "";
      return this.#change(`${isKnown ? "Change" : "Add"} ${key}`, (fresh) => (fresh.properties[key] = parsed));
    };
    return make("form", { class: "property new", onsubmit: add }, name, value, make("button", { class: "quiet round", "aria-label": "Add the property" }, icon("add")));
  }

  #neighbours(vertex) {
    const edges = this.mirror.edgesAt(vertex.id);
    const rows = edges.slice(0, MAX_NEIGHBOURS).map((edge) => {
      const isOut = edge.source === vertex.id;
      const other = this.mirror.vertex(isOut ? edge.target : edge.source);
      return make(
        "li",
        {},
        make("button", { type: "button", class: "quiet relation", "aria-label": `Edge ${edge.type}`, onclick: () => this.actions.select({ kind: "edge", id: edge.id }) }, isOut ? `${edge.type} →` : `← ${edge.type}`),
        make("button", { type: "button", class: "quiet", onclick: () => this.actions.select({ kind: "vertex", id: other.id }) }, captionOf(other)),
      );
    });
    const more = edges.length > MAX_NEIGHBOURS ? make("p", { class: "hint" }, `and ${edges.length - MAX_NEIGHBOURS} more, in the table`) : null;
    return make("section", {}, make("h3", {}, `Connections (${edges.length})`), rows.length ? make("ul", { class: "relations" }, rows) : make("p", { class: "hint" }, "None yet. Drag from the green dot to another vertex."), more);
  }
}
