// Choose a format, and get the whole space as a file.
import { openDialog } from "../document/dialog.js";
import { make } from "../document/elements.js";
import { keep, recall } from "../document/keeping.js";
import { notify } from "../document/notices.js";
import { bytesText } from "../space/status-words.js";
import { FORMATS, fileName } from "./formats.js";
import { Progress } from "./progress.js";

const KEY = "graphvine.export-format";

function save(blob, name) {
  const url = URL.createObjectURL(blob);
  make("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

/** `page`: {graph, space}. */
export function showExport(page) {
  const last = recall(KEY, "graphvine", (name) => FORMATS.some((format) => format.name === name));
  return openDialog("Export this space", (close) => {
    const content = make("div", { class: "stack" });
    const choice = ({ name, title, suffix, says }) => make("label", { class: "choice" }, make("input", { type: "radio", name: "format", value: name, checked: name === last, autofocus: name === last }), make("span", {}, make("strong", {}, title), make("span", { class: "hint" }, ` ${suffix}`), make("span", { class: "hint says" }, says)));
    const start = async (event) => {
      event.preventDefault();
      const format = FORMATS.find(({ name }) => name === new FormData(event.target).get("format"));
      keep(KEY, format.name);
      await run(page, format, content, close);
    };
    content.append(make("form", { class: "stack", onsubmit: start }, make("div", { class: "format-choices", role: "radiogroup", "aria-label": "Format" }, FORMATS.map(choice)), make("div", { class: "actions" }, make("button", { class: "primary" }, "Export"))));
    return content;
  });
}

async function run({ graph, space }, format, content, close) {
  const progress = new Progress(`Writing ${fileName(space, format.suffix)}`);
  content.replaceChildren(progress.root);
  const stream = graph.export(format.name, { onProgress: (news) => progress.show(news) });
  const chunks = [];
  try {
    const collect = new WritableStream({ write: (chunk) => void chunks.push(chunk) });
    await stream.pipeTo(collect, { signal: progress.signal });
    const { vertices, edges, warnings = [] } = await stream.summary;
    const blob = new Blob(chunks);
    save(blob, fileName(space, format.suffix));
    const said = `Saved ${vertices.toLocaleString("en")} ${vertices === 1 ? "vertex" : "vertices"} and ${edges.toLocaleString("en")} ${edges === 1 ? "edge" : "edges"} (${bytesText(blob.size)}).`;
    if (!warnings.length) {
      close();
      return notify(said);
    }
    return content.replaceChildren(make("p", {}, said), warningList(warnings));
  } catch (error) {
    if (progress.signal.aborted) return close();
    return content.replaceChildren(make("div", { class: "query-error", role: "alert" }, make("p", {}, String(error?.message ?? error))));
  }
}

/** What was left out or changed on the way, so that nobody finds out later. */
export function warningList(warnings) {
  return make("details", { class: "warnings", open: warnings.length <= 3 }, make("summary", {}, `${warnings.length} ${warnings.length === 1 ? "thing" : "things"} to know`), make("ul", {}, warnings.slice(0, 100).map((text) => make("li", {}, String(text)))));
}
