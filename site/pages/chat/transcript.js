// The messages on the page: grouped by author and day, with a line above what is new. Only a window of them is in the
// document: older ones come when one scrolls up.
import { icon, make } from "../document/elements.js";
import { colourClass } from "../space/names.js";

const WINDOW = 150;
const GROUP_MS = 5 * 60_000;
const NEAR_END = 80; // CSS pixels
const LONG_TEXT = 3_000; // characters shown before "Show all"
const LINK = /https?:\/\/[^\s<>"']+[^\s<>"'.,;:!?)\]]/g;
const ONLY_EMOJI = /^(\p{Extended_Pictographic}|\p{Emoji_Component}|\s){1,12}$/u;

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const calendar = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long", year: "numeric" });
const dayOf = (at) => new Date(at).toDateString();

/** `text` as text nodes and links; links open elsewhere and only when pressed. */
function withLinks(text) {
  const parts = [];
  let end = 0;
  for (const match of text.matchAll(LINK)) {
    parts.push(text.slice(end, match.index), make("a", { href: match[0], target: "_blank", rel: "noopener noreferrer nofollow" }, match[0]));
    end = match.index + match[0].length;
  }
  parts.push(text.slice(end));
  return parts;
}

function body(text) {
  const isEmoji = ONLY_EMOJI.test(text) && /\p{Extended_Pictographic}/u.test(text);
  const paragraph = make("p", { class: isEmoji ? "text emoji" : "text" });
  if (text.length <= LONG_TEXT) {
    paragraph.append(...withLinks(text));
    return paragraph;
  }
  const more = make("button", { type: "button", class: "quiet", onclick: () => paragraph.replaceChildren(...withLinks(text)) }, "Show all");
  paragraph.append(...withLinks(text.slice(0, LONG_TEXT)), "… ", more);
  return paragraph;
}

export class Transcript {
  #rows = new Map(); // message id -> {signature, element}
  #start = 0; // index of the first message in the document
  #unreadFrom = null; // id of the message that the "new" line stands above

  /** `root` scrolls; `onRead(at)` hears the time of the latest message seen. */
  constructor(root, messages, { isDelivered, onRead }) {
    Object.assign(this, { root, messages, isDelivered, onRead });
    this.list = make("ol", { class: "messages" });
    this.jump = make("button", { type: "button", class: "jump", hidden: true, onclick: () => this.toEnd() }, icon("down"), make("span", {}, "New messages"));
    root.append(this.list);
    root.after(this.jump);
    root.addEventListener("scroll", () => this.#scrolled());
    document.addEventListener("visibilitychange", () => document.hidden || this.#scrolled());
    const follow = new ResizeObserver(() => this.#wasAtEnd && this.toEnd()); // rows get their true height when first seen
    follow.observe(root);
    follow.observe(this.list);
  }

  #wasAtEnd = true;

  /** Whether the reader is at the end, and stays there when something comes. */
  get isFollowing() {
    return this.#wasAtEnd;
  }

  get #isAtEnd() {
    return this.root.scrollHeight - this.root.scrollTop - this.root.clientHeight < NEAR_END;
  }

  /** First drawing: the latest messages, with the line above those after `read`. */
  open(read) {
    const { list, me } = this.messages;
    const unread = list.findIndex((message) => message.at > read && message.by !== me);
    this.#unreadFrom = read && unread >= 0 ? list[unread].id : null;
    this.#start = Math.max(0, Math.min(list.length - WINDOW, unread >= 0 && read ? unread - 10 : Infinity));
    this.draw();
    const line = this.list.querySelector(".unread");
    if (line) line.scrollIntoView({ block: "center" });
    else this.toEnd();
    this.#scrolled();
  }

  /** Take in new messages. */
  update(fresh) {
    const stays = this.#wasAtEnd;
    const { list, me } = this.messages;
    const foreign = fresh.filter((message) => message.by !== me);
    if (fresh.some((message) => message.by === me)) this.#unreadFrom = null;
    else if (foreign.length && document.hidden && !this.#unreadFrom) this.#unreadFrom = foreign[0].id;
    if (stays) this.#start = Math.max(0, list.length - Math.max(WINDOW, Math.min(list.length - this.#start, 2 * WINDOW)));
    this.draw();
    if (stays || fresh.some((message) => message.by === me)) this.toEnd();
    else this.jump.hidden = foreign.length === 0;
  }

  draw() {
    const { list } = this.messages;
    const rows = [];
    const used = new Map();
    for (let index = Math.min(this.#start, list.length); index < list.length; index += 1) {
      const message = list[index];
      const before = index > 0 ? list[index - 1] : null;
      if (!before || dayOf(before.at) !== dayOf(message.at)) rows.push(make("li", { class: "day" }, make("span", {}, calendar.format(message.at))));
      if (message.id === this.#unreadFrom) rows.push(make("li", { class: "unread" }, make("span", {}, "New messages")));
      const row = this.#row(message, before);
      used.set(message.id, row);
      rows.push(row.element);
    }
    this.#rows = used;
    this.list.replaceChildren(...rows);
  }

  #row(message, before) {
    const isMine = message.by === this.messages.me;
    const isFollowing = before && before.by === message.by && before.name === message.name && message.at - before.at < GROUP_MS && dayOf(before.at) === dayOf(message.at) && message.id !== this.#unreadFrom;
    const tick = isMine ? (this.isDelivered(message) ? "delivered" : "kept") : "";
    const signature = [message.text, message.name, message.at, isFollowing, tick].join("\0");
    const known = this.#rows.get(message.id);
    return known?.signature === signature ? known : { signature, element: this.#make(message, { isMine, isFollowing, tick }) };
  }

  #make(message, { isMine, isFollowing, tick }) {
    const time = make("time", { datetime: new Date(message.at).toISOString(), title: new Date(message.at).toLocaleString() }, clock.format(message.at));
    const mark = tick ? make("span", { class: `tick ${tick}`, role: "img", title: tick === "delivered" ? "Another browser has it" : "Kept here; sent when somebody connects", "aria-label": tick === "delivered" ? "delivered" : "kept here" }, icon("check"), tick === "delivered" ? icon("check") : null) : null;
    const head = isFollowing ? null : make("p", { class: `who ${colourClass(message.by)}` }, isMine ? `${message.name} (you)` : message.name);
    const bubble = make("div", { class: "bubble" }, head, body(message.text), make("span", { class: "meta" }, time, mark));
    return make("li", { class: `message${isMine ? " mine" : ""}${isFollowing ? " following" : ""}`, data: { id: message.id } }, bubble);
  }

  toEnd() {
    this.root.scrollTop = this.root.scrollHeight;
    this.#scrolled();
  }

  #scrolled() {
    this.#wasAtEnd = this.#isAtEnd;
    if (this.#wasAtEnd) {
      this.jump.hidden = true;
      const last = this.messages.list.at(-1);
      if (last && !document.hidden) this.onRead(last.at);
    }
    if (this.root.scrollTop < 200 && this.#start > 0) this.#older();
  }

  #older() {
    const height = this.root.scrollHeight;
    const top = this.root.scrollTop;
    this.#start = Math.max(0, this.#start - WINDOW);
    this.draw();
    this.root.scrollTop = top + this.root.scrollHeight - height; // what one was reading stays where it was
  }
}
