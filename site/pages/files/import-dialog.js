// A file on its way into a space: this one or a new one, with progress, a report, and a way back.
import { openDialog } from "../document/dialog.js";
import { icon, make } from "../document/elements.js";
import { attempt, notify } from "../document/notices.js";
import { newSpaceName, placeUrl } from "../space/address.js";
import { bytesText } from "../space/status-words.js";
import { warningList } from "./export-dialog.js";
import { newcomers, resultText } from "./formats.js";
import { Progress } from "./progress.js";

const MAX_UNDONE = 20_000;
const STEPS_AT_ONCE = 500;

/** `page`: {graph, mirror, place, openSpace(name)}. Resolves when the dialog is closed. */
export function showImport(page, file) {
  return openDialog(`Import ${file.name || "a file"}`, (close) => new Import(page, file, close).root);
}

class Import {
  constructor(page, file, close) {
    Object.assign(this, { page, file, close });
    this.root = make("div", { class: "stack" });
    this.#ask();
  }

  #ask() {
    const isEmpty = this.page.mirror.vertices.size === 0;
    const here = make("button", { type: "button", class: "primary", onclick: () => this.#run(this.page.graph, {}) }, `Into “${this.page.place.space}”`);
    const apart = make("button", { type: "button", onclick: () => this.#intoNewSpace() }, "Into a new space");
    this.root.append(
      make("p", {}, make("strong", {}, this.file.name), make("span", { class: "hint" }, ` ${bytesText(this.file.size)}`)),
      make("p", { class: "hint" }, isEmpty ? "What the file holds becomes part of this space, for everybody in it." : "What the file holds is added to what is here, for everybody in this space; equal ids are one vertex. In a new space it stays by itself."),
      make("div", { class: "actions" }, here, apart),
    );
    queueMicrotask(() => here.focus());
  }

  async #intoNewSpace() {
    const name = newSpaceName();
    const graph = await attempt("Opening a new space", () => this.page.openSpace(name));
    if (graph) await this.#run(graph, {}, name);
  }

  /** Read the file into `graph`. newSpace: its name, when it is not the one on this page. */
  async #run(graph, options, newSpace = null) {
    const { mirror } = this.page;
    const before = { vertices: new Map(mirror.vertices), edges: new Map(mirror.edges) };
    const progress = new Progress(newSpace ? `Reading into “${newSpace}”` : "Reading the file");
    this.root.replaceChildren(progress.root);
    const warnForNothing = (event) => event.preventDefault(); // leaving now would break off the import
    addEventListener("beforeunload", warnForNothing);
    try {
      const result = await graph.import(this.file, { ...options, signal: progress.signal, onProgress: (news) => progress.show(news) });
      await graph.flush();
      if (newSpace) await graph.close();
      this.#report(result, before, newSpace);
    } catch (error) {
      if (/as_new/.test(error?.message) && !options.as_new) {
        if (newSpace) return await this.#run(graph, { as_new: true }, newSpace);
        return this.#offerAsNew(error);
      }
      this.#failed(error, progress, before, newSpace);
    } finally {
      removeEventListener("beforeunload", warnForNothing);
    }
    return undefined;
  }

  #offerAsNew() {
    const goOn = make("button", { type: "button", class: "primary", onclick: () => this.#run(this.page.graph, { as_new: true }) }, "Take its contents over");
    this.root.replaceChildren(
      make("p", {}, "This archive belongs to another space, and its signatures hold only there."),
      make("p", { class: "hint" }, "Its contents can be written here as changes of your own. Who wrote them before is then no longer known here."),
      make("div", { class: "actions" }, goOn, make("button", { type: "button", onclick: () => this.#intoNewSpace() }, "Into a new space")),
    );
    goOn.focus();
  }

  #report(result, before, newSpace) {
    const warnings = result.warnings ?? [];
    const done = make("button", { type: "button", class: "primary", onclick: () => this.close() }, "Done");
    const actions = newSpace ? [make("a", { class: "button primary", href: placeUrl({ space: newSpace, relay: this.page.place.relay }, location.href), target: "_blank" }, `Open “${newSpace}”`)] : [done];
    if (!newSpace) actions.push(...this.#undoButtons(before));
    this.root.replaceChildren(make("p", { role: "status" }, icon("check"), ` ${resultText(result)}.`), ...(warnings.length ? [warningList(warnings)] : []), make("div", { class: "actions" }, actions));
    this.root.querySelector(".primary").focus();
  }

  #failed(error, progress, before, newSpace) {
    const wasStopped = progress.signal.aborted;
    const said = wasStopped ? "Stopped. Whole transactions that were read before are in the graph." : String(error?.message ?? error);
    const partly = error?.vertices || error?.edges ? `Until then ${error.vertices.toLocaleString("en")} vertices and ${error.edges.toLocaleString("en")} edges came in.` : "";
    this.root.replaceChildren(
      make("div", { class: wasStopped ? "stack" : "query-error", role: "alert" }, make("p", {}, said), partly ? make("p", { class: "hint" }, partly) : null),
      make("div", { class: "actions" }, make("button", { type: "button", class: "primary", onclick: () => this.close() }, "Close"), newSpace ? null : this.#undoButtons(before)),
    );
    this.root.querySelector("button.primary").focus();
  }

  /** "Remove again", when all that happened is that things were added. The mirror may be a moment behind, so it is asked when pressed. */
  #undoButtons(before) {
    return [make("button", { type: "button", onclick: () => this.#undo(before) }, icon("undo"), "Remove it again")];
  }

  async #undo(before) {
    const made = newcomers(before, this.page.mirror);
    const count = made.vertices.length + made.edges.length;
    if (count > MAX_UNDONE) return notify(`These are ${count.toLocaleString("en")} vertices and edges, too many to remove from here.`, { isProblem: true });
    const progress = new Progress("Removing what the file brought");
    progress.stop.hidden = true;
    this.root.replaceChildren(progress.root);
    const steps = [...made.edges.map((id) => ["unlink", id]), ...made.vertices.map((id) => ["delete", id])];
    await attempt("Removing it", async () => {
      for (let start = 0; start < steps.length; start += STEPS_AT_ONCE) {
        await this.page.graph.transaction(steps.slice(start, start + STEPS_AT_ONCE));
        progress.show({ fraction: Math.min(1, (start + STEPS_AT_ONCE) / steps.length) });
      }
      notify(made.changed ? `Removed. ${made.changed.toLocaleString("en")} that were here before had been changed by the file, or by others meanwhile, and stay as they are.` : "Removed.");
    });
    return this.close();
  }
}
