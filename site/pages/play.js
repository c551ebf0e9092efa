// The smallest page that runs a peer: a Python console on a live graph.
import * as api from "../graphvine.js";
import { byId, make, placeIcons } from "./document/elements.js";
import { ConnectionBar } from "./space/connection-bar.js";
import { shortKey } from "./space/status-words.js";
import { showInvitation } from "./space/invitation.js";
import { chooseSpace } from "./space/spaces-menu.js";
import { startPage, showPlace } from "./space/start.js";
import { Console } from "./play/console.js";
import { EXAMPLES } from "./play/examples.js";
import { wrap } from "./play/python.js";

const MAX_CHANGES = 12;

placeIcons();
const { graph, place } = await startPage(api, byId("start"));
showPlace(place);
byId("space").addEventListener("click", () => chooseSpace(place));
byId("share").addEventListener("click", () => showInvitation(place));
new ConnectionBar(graph, byId("connection"));

const prompt = new Console({ output: byId("output"), form: byId("prompt"), field: byId("code"), run: (code) => graph.run(wrap(code)) });
const examples = EXAMPLES.map(([title, code]) => make("li", {}, make("button", { type: "button", onclick: () => prompt.fill(code) }, make("span", {}, title), make("code", {}, code.trimEnd()))));
byId("examples").replaceChildren(...examples);
if (matchMedia("(pointer: fine)").matches) byId("code").focus();

const changes = byId("changes");
await graph.changes(null, (change) => {
  const what = change.change === "delete" ? "deleted" : (change.properties ?? []).join(", ") || "created";
  const who = change.isLocal ? "you" : shortKey(change.author);
  if (changes.querySelector(".hint")) changes.replaceChildren();
  changes.prepend(make("li", {}, make("strong", {}, change.id), ` ${what} `, make("span", { class: "by" }, who)));
  while (changes.childElementCount > MAX_CHANGES) changes.lastElementChild.remove();
});
document.body.append(make("div", { id: "is-ready", hidden: true }));
