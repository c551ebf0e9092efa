// Puts the parts of the chat page together.
import { byId } from "../document/elements.js";
import { askText } from "../document/dialog.js";
import { attempt } from "../document/notices.js";
import { ConnectionBar } from "../space/connection-bar.js";
import { isDelivered } from "../space/status-words.js";
import { showInvitation } from "../space/invitation.js";
import { chooseSpace } from "../space/spaces-menu.js";
import { Composer } from "./composer.js";
import { Marks } from "./marks.js";
import { Messages } from "./messages.js";
import { MAX_NAME_LENGTH, keepName, onOwnName, ownName } from "../space/names.js";
import { Transcript } from "./transcript.js";

export class ChatPage {
  #unread = 0;
  #keptAt = 0; // time of our latest message that is on disk
  #title = document.title;

  constructor(graph, place) {
    Object.assign(this, { graph, place, name: ownName() });
    this.marks = new Marks(place.space);
    this.messages = new Messages();
    this.transcript = new Transcript(byId("transcript"), this.messages, {
      isDelivered: (message) => message.at <= this.marks.delivered,
      onRead: (at) => this.#read(at),
    });
    this.composer = new Composer(byId("composer"), byId("text"), byId("emoji"), (text) => this.#send(text));
  }

  async start() {
    byId("share").addEventListener("click", () => showInvitation(this.place));
    byId("space").addEventListener("click", () => chooseSpace(this.place));
    byId("name").addEventListener("click", () => this.#rename());
    byId("join").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#call(byId("join-name").value);
    });
    const { author } = await this.graph.status();
    await this.messages.start(this.graph, author);
    this.#keptAt = this.messages.list.findLast((message) => message.by === author)?.at ?? 0;
    this.transcript.open(this.marks.read);
    this.messages.addEventListener("change", ({ detail }) => this.#came(detail.fresh));
    byId("empty").hidden = this.messages.list.length > 0;
    this.#showName(this.name);
    onOwnName((name) => this.#showName(name));
    this.bar = new ConnectionBar(this.graph, byId("connection"), (status) => this.#status(status), (key) => this.messages.nameOf(key));
  }

  #came(fresh) {
    byId("empty").hidden = this.messages.list.length > 0;
    const foreign = fresh.filter((message) => message.by !== this.messages.me).length;
    if (foreign && (document.hidden || !this.transcript.isFollowing)) this.#unread += foreign;
    this.#showUnread();
    this.transcript.update(fresh);
  }

  #read(at) {
    this.marks.advance("read", at);
    this.#unread = 0;
    this.#showUnread();
  }

  #showUnread() {
    document.title = this.#unread ? `(${this.#unread}) ${this.#title}` : this.#title;
  }

  async #send(text) {
    const message = await attempt("Sending", () => this.messages.send(text, this.name));
    if (!message) return false;
    this.#keptAt = Math.max(this.#keptAt, message.at);
    this.bar.refresh();
    return true;
  }

  #status(status) {
    if (isDelivered(status) && this.marks.advance("delivered", this.#keptAt)) this.transcript.draw();
  }

  async #rename() {
    const name = await askText("Your name", { label: "What should the others call you?", value: this.name, accept: "Save", maxLength: MAX_NAME_LENGTH, hint: "It goes with the messages you write from now on." });
    if (name) this.#call(name);
  }

  #call(name) {
    const wanted = name.trim().slice(0, MAX_NAME_LENGTH);
    if (!wanted) return;
    keepName(wanted);
    byId("text").focus();
  }

  #showName(name) {
    this.name = name;
    byId("own-name").textContent = this.name;
    byId("name").hidden = !this.name;
    byId("composer").hidden = !this.name;
    byId("join").hidden = Boolean(this.name);
  }
}
