// From an address to an open graph: shows what is happening, and what to do when it does not work.
import { byId, make } from "../document/elements.js";
import { notify } from "../document/notices.js";
import { findPlace, linkPlace, watchAddress } from "./address.js";

const SAYS = {
  download: "Fetching the database …",
  start: "Starting Python …",
  ready: "Opening the space …",
  open: "Opening the space …",
};
// How much of the bar each phase fills: [from, to]. Measured on a first visit over a slow line and on a second one.
const SPAN = { download: [0.02, 0.6], start: [0.6, 0.85], ready: [0.85, 0.92], open: [0.85, 0.98] };

const EXPECTED = new Set(["AddressError", "BrowserLacksError", "StorageBlocked"]); // said on the page, and no defect of ours

/**
 * Open the space that the page's address names. `api` is graphvine.js; `screen` is the element with the progress.
 * Sets `globalThis.graphvine`. Resolves to {graph, place}, or never: then the screen says why.
 */
export function startPage(api, screen) {
  const opened = openPlace(api, screen).catch((error) => (error?.name === "StorageBlocked" ? offerMemory(api, screen, error) : Promise.reject(error)));
  const ready = opened.then(({ graph }) => graph);
  globalThis.graphvine = {
    ready,
    graph: null,
    run: async (code) => (await ready).run(code),
    status: async () => (await ready).status(),
  };
  ready.then((graph) => (globalThis.graphvine.graph = graph), () => {});
  return opened.then(
    (result) => {
      screen.remove();
      document.body.classList.add("is-open");
      api.keepForOffline?.();
      return result;
    },
    (error) => {
      showFailure(screen, error);
      return new Promise(() => {});
    },
  );
}

/** The browser stores nothing for this page: say so, and go on without if the person wants to. */
function offerMemory(api, screen, error) {
  return new Promise((resolve, reject) => {
    const goOn = () => {
      screen.removeAttribute("role");
      screen.replaceChildren(...before);
      openPlace(api, screen, { storage: ":memory:" }).then(({ graph, place }) => resolve({ graph: Object.assign(graph, { isKept: false }), place }), reject);
    };
    const before = [...screen.childNodes];
    showFailure(screen, error, [make("button", { type: "button", onclick: goOn }, "Go on without keeping anything")]);
  });
}

async function openPlace(api, screen, options = {}) {
  const lacks = api.missingFeatures?.() ?? [];
  const fatal = lacks.find((lack) => lack.fatal);
  if (fatal) throw fatal;
  showProgress(screen, { phase: "download", fraction: 0 });
  const place = await findPlace();
  watchAddress(place);
  linkPlace(place);
  document.title = `${place.space} · ${document.title}`;
  const graph = await api.open(place.space, { relay: place.relay, onProgress: (progress) => showProgress(screen, progress), ...options });
  for (const lack of lacks) notify(lack.message, { isProblem: true });
  return { graph, place };
}

function showProgress(screen, { phase, fraction = 0 }) {
  const [from, to] = SPAN[phase] ?? SPAN.open;
  const bar = screen.querySelector("progress");
  bar.value = Math.max(bar.value, from + (to - from) * Math.min(1, fraction));
  const line = screen.querySelector("[data-says]");
  const says = SAYS[phase] ?? SAYS.open;
  if (line.textContent !== says) line.textContent = says;
}

function showFailure(screen, error, more = []) {
  if (!EXPECTED.has(error?.name)) console.warn("The page could not start:", error);
  const remedies = [make("button", { class: "primary", type: "button", onclick: () => location.reload() }, "Try again"), ...more];
  if (error?.name === "AddressError") {
    remedies.unshift(make("button", { type: "button", onclick: () => location.replace(location.pathname) }, "Open without it"));
  }
  screen.setAttribute("role", "alert");
  screen.replaceChildren(
    make(
      "div",
      { class: "card" },
      make("h2", {}, "Graphvine could not start"),
      make("p", {}, String(error?.message ?? error)),
      make("div", { class: "actions" }, remedies),
    ),
  );
}

/** Everything a page's header shows of the place: its name. */
export function showPlace(place) {
  byId("space-name").textContent = place.space;
}
