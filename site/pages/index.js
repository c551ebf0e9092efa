// The graph page: a live picture and a table of one space.
import * as api from "../graphvine.js";
import { byId, make, placeIcons } from "./document/elements.js";
import { GraphPage } from "./graph/graph-page.js";
import { startPage, showPlace } from "./space/start.js";

placeIcons();
const { graph, place } = await startPage(api, byId("start"));
showPlace(place);
const openSpace = (name) => api.open(name, { relay: place.relay, storage: graph.isKept === false ? ":memory:" : null });
await new GraphPage(graph, place, openSpace).start();
document.body.append(make("div", { id: "is-ready", hidden: true }));
