// The chat page: people in different browsers talk; the messages are vertices of the space.
import * as api from "../graphvine.js";
import { byId, make, placeIcons } from "./document/elements.js";
import { ChatPage } from "./chat/chat-page.js";
import { startPage, showPlace } from "./space/start.js";

placeIcons();
const { graph, place } = await startPage(api, byId("start"));
showPlace(place);
await new ChatPage(graph, place).start();
document.body.append(make("div", { id: "is-ready", hidden: true }));
