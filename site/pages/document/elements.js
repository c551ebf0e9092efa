// Makes elements without ever reading text as HTML: what other people wrote stays text.

const SVG = "http://www.w3.org/2000/svg";

/** An element. `on…` attributes are listeners; true is an empty attribute; false, null and undefined are left out. */
export function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === false || value === null || value === undefined) continue;
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (key === "value") element.value = value;
    else if (key === "data") Object.assign(element.dataset, value);
    else element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** An SVG element. */
export function makeSvg(name, attributes = {}, ...children) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

/** The element with this id; a page without it is broken, and says so. */
export function byId(id) {
  const element = document.getElementById(id);
  if (!element) throw new Error(`The page has no element #${id}.`);
  return element;
}

const STROKES = {
  add: "M12 5v14M5 12h14",
  arrange: "M11 5l1.8 5.2L18 12l-5.2 1.8L11 19l-1.8-5.2L4 12l5.2-1.8zM19 3v4M17 5h4M19 17v4M17 19h4",
  back: "M15 5l-7 7 7 7",
  chat: "M4 5h16v11H10l-5 4v-4H4z",
  check: "M5 13l4 4L19 7",
  close: "M6 6l12 12M18 6L6 18",
  code: "M8 7l-5 5 5 5M16 7l5 5-5 5",
  copy: "M9 9h11v11H9zM5 15H4V4h11v1",
  down: "M6 9l6 6 6-6",
  download: "M12 4v11M7 11l5 5 5-5M5 20h14",
  fit: "M4 9V4h5M20 9V4h-5M4 15v5h5M20 15v5h-5",
  graph: "M8.2 7.2l6.6 2M7.3 8.6l3.4 7.6M16.2 12.2l-3.4 4.2M6.2 3.8a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5zM17.3 7.5a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5zM11.6 16a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5z",
  import: "M12 15V4M7 9l5-5 5 5M5 20h14",
  link: "M10 14l4-4M8 11l-2 2a3.5 3.5 0 0 0 5 5l2-2M16 13l2-2a3.5 3.5 0 0 0-5-5l-2 2",
  minus: "M5 12h14",
  more: "M4 6h16M4 12h16M4 18h16",
  history: "M4 5v5h5M4.6 14a8 8 0 1 0 1-7.4L4 10M12 8v4.5l3 2",
  pin: "M9 4h6l-1 6 3 3v2H7v-2l3-3zM12 15v5",
  play: "M8 5l11 7-11 7z",
  query: "M4 6h9M4 11h6M4 16h5M15.5 10.5a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM18.5 17.5L21 20",
  question: "M9 9a3 3 0 1 1 4.2 2.8c-.8.4-1.2 1-1.2 2.2M12 17.5v.5",
  note: "M6 3h9l4 4v14H6zM15 3v4h4M9.5 12h6M9.5 16h6",
  redo: "M19 9H10a5 5 0 0 0 0 10h4M15 5l4 4-4 4",
  search: "M11 4a7 7 0 1 0 0 14 7 7 0 0 0 0-14zM16 16l4.5 4.5",
  send: "M12 20V5M6 11l6-6 6 6",
  share: "M12 15V4M8 7l4-4 4 4M6 11H5v9h14v-9h-1",
  smile: "M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17zM8.5 14a4 4 0 0 0 7 0M9 9.5v.5M15 9.5v.5",
  stop: "M7 7h10v10H7z",
  table: "M4 5h16v14H4zM4 10h16M4 14.5h16M10 10v9",
  target: "M12 3v4M12 17v4M3 12h4M17 12h4M12 7a5 5 0 1 0 0 10 5 5 0 0 0 0-10z",
  trash: "M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13M10.5 11v5M13.5 11v5",
  up: "M6 15l6-6 6 6",
  undo: "M5 9h9a5 5 0 0 1 0 10h-4M9 5L5 9l4 4",
};

/** A line icon of the current text colour; it is decoration, the button around it carries the name. */
export function icon(name) {
  const path = makeSvg("path", { d: STROKES[name] });
  return makeSvg("svg", { class: "icon", viewBox: "0 0 24 24", "aria-hidden": "true", focusable: "false" }, path);
}

/** Put icons into every element of the page that asks for one with `data-icon`. */
export function placeIcons(root = document) {
  for (const element of root.querySelectorAll("[data-icon]")) element.prepend(icon(element.dataset.icon));
}

/** Whether the person asked the system for less motion. */
export function prefersStillness() {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}
