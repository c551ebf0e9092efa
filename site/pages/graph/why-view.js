// Who wrote a property, when, which values lost, and by which rule: shown below it, in the panel.
import { make } from "../document/elements.js";
import { shortKey } from "../space/status-words.js";
import { kindOf, textOf } from "./values.js";

const MAX_LISTED = 12;

/** What can be written back from here: what was put, whatever it is. What was merged counts already. */
export function canTake({ does }) {
  return does === "put";
}

/** The moment of a write, as people of this place write it, to the millisecond: that is what decides. */
export function momentText(time, locale) {
  const date = new Date(time);
  if (Number.isNaN(date.getTime())) return String(time);
  const day = date.toLocaleDateString(locale, { day: "numeric", month: "short", year: "numeric" });
  const clock = date.toLocaleTimeString(locale, { hour: "2-digit", minute: "2-digit", second: "2-digit", fractionalSecondDigits: 3 });
  return `${day}, ${clock}`;
}

/** What one write did, in a few words. */
export function writeText({ does, value }) {
  if (does === "put") return textOf(value) === "" ? "nothing" : textOf(value);
  const said = { remove: "removed it", delete: "deleted all of it" }[does];
  if (said) return said;
  if (kindOf(value) !== "other") return textOf(value);
  return Object.entries(value).map(([name, part]) => `${name} ${kindOf(part) === "other" ? writeText({ value: part }) : textOf(part)}`).join(", ");
}

function row(write, author, action = null) {
  const who = write.author === author ? "you" : shortKey(write.author);
  return make(
    "li",
    {},
    make("span", { class: "why-value" }, writeText(write)),
    make("span", { class: "hint" }, "by ", make("span", { class: "key", title: write.author }, who), ` · ${momentText(write.time)}`),
    action,
  );
}

function part(title, writes, makeRow) {
  if (!writes.length) return [];
  const more = writes.length > MAX_LISTED ? [make("li", { class: "hint" }, `and ${writes.length - MAX_LISTED} more`)] : [];
  return [make("h4", {}, title), make("ul", {}, writes.slice(0, MAX_LISTED).map(makeRow), more)];
}

/** Nodes for what graph.why resolved to. `author`: our own key. `take(value)` writes a value that lost. */
export function whyNodes(why, author, take) {
  const isMerged = why.contributions.length > 0;
  const loser = (write) => row(write, author, canTake(write) ? make("button", { type: "button", class: "quiet take", onclick: () => take(write.value) }, "Take this value") : null);
  return [
    ...(isMerged ? part(`A ${why.kind}, made of`, why.contributions, (write) => row(write, author)) : []),
    ...(!isMerged && why.winner ? part("Written", [why.winner], (write) => row(write, author)) : []),
    ...part("Written at the same time, and lost", why.losers, loser),
    ...part("Hides what is older", why.overruling, (write) => row(write, author)),
    make("p", { class: "hint" }, `Because ${why.rule}.`),
  ];
}
