// Counters, sets, maps, lists and texts that everybody can change at once: how they show and are changed in the panel.
import { icon, make } from "../document/elements.js";
import { isSame, parse, sharedKindOf, textOf } from "./values.js";

/**
 * A control for a mergeable value, or null for a kind that is only shown. target: a vertex id, or {edge: id}. `perform(title,
 * act)` does an act, {does, undoes}: functions that return steps of a transaction, made when they are wanted. `now()` is what
 * the value is by then.
 */
export function controlOf(name, value, target, perform, now) {
  const [content] = Object.values(value);
  const verbs = verbsOf(sharedKindOf(value), target, name, now);
  const act = (title, ...steps) => perform(title, verbs(...steps));
  switch (sharedKindOf(value)) {
    case "Counter": return counter(name, content, act);
    case "Set":
    case "List": return chips(name, content, act);
    default: return null;
  }
}

/** Acts on one value: what each does, and what takes it back whatever others did meanwhile. */
export function verbsOf(shared, target, name, now) {
  const kind = shared.toLowerCase();
  const step = (verb, ...args) => [["merge", kind, target, name, verb, args]];
  const elements = () => Object.values(now() ?? { none: [] })[0];
  const holds = (value) => elements().some((each) => isSame(each, value));
  const placeOf = (value, near) => {
    const places = elements().flatMap((each, index) => (isSame(each, value) ? [index] : []));
    return places.sort((a, b) => Math.abs(a - near) - Math.abs(b - near))[0] ?? null;
  };
  const drop = (value, near) => {
    const index = placeOf(value, near);
    return index === null ? [] : step("delete", index);
  };
  const acts = {
    counter: { add: (by) => ({ does: () => step("add", by), undoes: () => step("add", -by) }) },
    set: {
      add: (value) => (holds(value) ? null : { does: () => step("add", value), undoes: () => step("discard", value) }),
      remove: (value) => ({ does: () => step("discard", value), undoes: () => step("add", value) }),
    },
    list: {
      add: (value) => ({ does: () => step("append", value), undoes: () => drop(value, elements().length) }),
      remove: (value, index) => ({ does: () => drop(value, index), undoes: () => step("insert", Math.min(index, elements().length), value) }),
    },
  }[kind];
  return (verb, ...args) => acts[verb](...args);
}

function counter(name, value, act) {
  const step = (by, label, sign) => make("button", { type: "button", class: "quiet round", "aria-label": label, data: { key: `${name}${sign}` }, onclick: () => act(label, "add", by) }, icon(sign));
  return make("span", { class: "counter", role: "group", "aria-label": name }, step(-1, `Take one from ${name}`, "minus"), make("output", {}, textOf(value)), step(1, `Add one to ${name}`, "add"));
}

function chips(name, values, act) {
  const field = make("input", { class: "slim", placeholder: "Add", "aria-label": `Add to ${name}`, autocomplete: "off", data: { key: `add-${name}` } });
  field.addEventListener("change", () => {
    const text = field.value.trim();
    field.value = field.defaultValue = "";
    if (text) act(`Add to ${name}`, "add", parse(text, "auto"));
  });
  const chip = (value, index) => {
    const label = `Remove ${textOf(value)} from ${name}`;
    return make("li", { class: "chip" }, textOf(value), make("button", { type: "button", "aria-label": label, onclick: () => act(label, "remove", value, index) }, icon("close")));
  };
  return make("ul", { class: "chips" }, values.map(chip), make("li", {}, field));
}
