// A plan as a tree: what each step does, how many rows it was expected to give, and, after PROFILE, what it gave and read.
import { make } from "../document/elements.js";

const number = (value) => Math.round(value).toLocaleString("en");

/** A list of lists. `live`: how a live query of this text would be kept true. */
export function planTree(plan, live) {
  const most = Math.max(1, ...flat(plan).map((node) => node.hits ?? node.estimate));
  const hint = live ? make("p", { class: "hint" }, live === "by deltas" ? "A live query of this text is kept true by deltas: a change costs what it touches." : `As a live query: ${live}.`) : null;
  return make("div", { class: "plan" }, hint, make("ul", { "aria-label": "Plan; each step takes its rows from the one below" }, chain(plan, most)));
}

function flat(node) {
  return [node, ...node.children.flatMap(flat)];
}

/** Hits count what lies below, too; a step's own are what it adds. */
function ownHits(node) {
  return Math.max(0, node.hits - node.children.reduce((sum, child) => sum + child.hits, 0));
}

/** Steps that take all their rows from one other stand below each other; only a fork goes deeper, with a list for each branch. */
function chain(node, most) {
  return [step(node, most), ...(node.children.length === 1 ? chain(node.children[0], most) : [])];
}

function step(node, most) {
  const isCounted = node.rows !== null;
  const weight = isCounted ? ownHits(node) : node.estimate;
  const bar = make("meter", { min: 0, max: most, value: weight, "aria-hidden": "true" });
  const facts = isCounted
    ? [`${number(node.rows)} ${node.rows === 1 ? "row" : "rows"}`, `${number(ownHits(node))} read`, `expected ${number(node.estimate)}`]
    : [`about ${number(node.estimate)} ${Math.round(node.estimate) === 1 ? "row" : "rows"}`];
  const isOff = isCounted && Math.max(node.rows, 1) / Math.max(node.estimate, 1) > 10;
  return make(
    "li",
    {},
    make("div", { class: isOff ? "step is-off" : "step", title: isOff ? "Far more rows than the planner expected" : null }, make("strong", {}, node.name), make("code", {}, node.details), make("span", { class: "facts" }, facts.join(" · ")), bar),
    ...(node.children.length > 1 ? node.children.map((child) => make("ul", {}, chain(child, most))) : []),
  );
}
