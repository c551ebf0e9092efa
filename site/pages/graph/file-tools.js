// Import and export on the graph page: buttons, a file picker and a drop zone; the dialogs are loaded when they are wanted.
import { byId, make } from "../document/elements.js";
import { attempt } from "../document/notices.js";
import { watchDrops } from "../files/drop-zone.js";
import { ACCEPTED } from "../files/formats.js";

/** `page`: {graph, mirror, place, openSpace(name)}. */
export class FileTools {
  #isBusy = false;

  constructor(page) {
    this.page = page;
    this.picker = make("input", { type: "file", accept: ACCEPTED, hidden: true, "aria-label": "File to import" });
    document.body.append(this.picker);
    this.picker.addEventListener("change", () => {
      const files = [...this.picker.files];
      this.picker.value = ""; // the same file can be chosen again
      this.take(files);
    });
    byId("import").addEventListener("click", () => this.picker.click());
    byId("import-first").addEventListener("click", () => this.picker.click());
    byId("export").addEventListener("click", () => this.export());
    watchDrops(`Drop to import into “${page.place.space}”`, (files) => this.take(files));
  }

  /** Files, one after the other. */
  async take(files) {
    if (this.#isBusy) return;
    this.#isBusy = true;
    try {
      for (const file of files) {
        const { showImport } = await import("../files/import-dialog.js");
        await showImport(this.page, file);
      }
    } catch (error) {
      await attempt("Importing", () => Promise.reject(error));
    } finally {
      this.#isBusy = false;
    }
  }

  export() {
    return attempt("Exporting", async () => {
      const { showExport } = await import("../files/export-dialog.js");
      await showExport({ graph: this.page.graph, space: this.page.place.space });
    });
  }
}
