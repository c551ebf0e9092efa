// Files dropped anywhere on the page. The overlay appears only while a file hovers.
import { icon, make } from "../document/elements.js";

/** `onFiles(files)` gets what was dropped. */
export function watchDrops(says, onFiles) {
  const overlay = document.body.appendChild(make("div", { class: "drop-zone", hidden: true, "aria-hidden": "true" }, make("div", {}, icon("download"), make("strong", {}, says))));
  let depth = 0; // dragenter and dragleave come for every element on the way
  const hasFiles = (event) => event.dataTransfer?.types.includes("Files");
  const show = (isShown) => {
    if (!isShown) depth = 0;
    overlay.hidden = !isShown;
  };
  addEventListener("dragenter", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    depth += 1;
    show(true);
  });
  addEventListener("dragover", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = "copy";
  });
  addEventListener("dragleave", (event) => {
    if (!hasFiles(event)) return;
    depth -= 1;
    if (depth <= 0) show(false);
  });
  addEventListener("drop", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    show(false);
    onFiles([...event.dataTransfer.files]);
  });
}
