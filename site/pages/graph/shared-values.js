// Counters, sets, maps, lists and texts that everybody can change at once: how they show and are changed in the panel.
import { icon, make } from "../document/elements.js";
import { parse, textOf } from "./values.js";

/** A control for a mergeable value, or null for a kind that is only shown. `act(title, work)` performs and reports. */
export function controlOf(kind, name, value, handle, act) {
  if (kind === "Counter") return counter(name, value, handle, act);
  if (kind === "Set" && Array.isArray(value)) return set(name, value, handle, act);
  if (kind === "List" && Array.isArray(value)) return list(name, value, handle, act);
  return null;
}

function counter(name, value, handle, act) {
  const step = (by, label, sign) => make("button", { type: "button", class: "quiet round", "aria-label": label, data: { key: `${name}${sign}` }, onclick: () => act(() => handle("counter").add(by)) }, icon(sign));
  return make("span", { class: "counter", role: "group", "aria-label": name }, step(-1, `Take one from ${name}`, "minus"), make("output", {}, textOf(value)), step(1, `Add one to ${name}`, "add"));
}

function chips(name, values, remove, add) {
  const field = make("input", { class: "slim", placeholder: "Add", "aria-label": `Add to ${name}`, autocomplete: "off", data: { key: `add-${name}` } });
  field.addEventListener("change", () => {
    const text = field.value.trim();
    field.value = field.defaultValue = "";
    if (text) add(parse(text, "auto"));
  });
  const chip = (value, index) => make("li", { class: "chip" }, textOf(value), make("button", { type: "button", "aria-label": `Remove ${textOf(value)} from ${name}`, onclick: () => remove(value, index) }, icon("close")));
  return make("ul", { class: "chips" }, values.map(chip), make("li", {}, field));
}

function set(name, values, handle, act) {
  return chips(name, values, (value) => act(() => handle("set").discard(value)), (value) => act(() => handle("set").add(value)));
}

function list(name, values, handle, act) {
  return chips(name, values, (_, index) => act(() => handle("list").delete(index)), (value) => act(() => handle("list").append(value)));
}
