// The graph page: a live picture and a table of one space.
import * as api from "../graphvine.js";
import { byId, make, placeIcons } from "./document/elements.js";
import { GraphPage } from "./graph/graph-page.js";
import { startPage, showPlace } from "./space/start.js";

placeIcons();
const { graph, place } = await startPage(api, byId("start"));
showPlace(place);
await new GraphPage(graph, place).start();
document.body.append(make("div", { id: "is-ready", hidden: true }));
