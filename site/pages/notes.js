// The notes page: people in different browsers write in the same notes at the same time.
import * as api from "../graphvine.js";
import { byId, make, placeIcons } from "./document/elements.js";
import { NotesPage } from "./notes/notes-page.js";
import { startPage, showPlace } from "./space/start.js";

placeIcons();
const { graph, place } = await startPage(api, byId("start"));
showPlace(place);
globalThis.graphvine.notes = await new NotesPage(graph, place).start();
document.body.append(make("div", { id: "is-ready", hidden: true }));
