// A scrolling list of messages that is brought up to date in place: what did not change keeps its node, focus and selection.

import { day, momentOf } from "./dates.js";
import { h } from "./dom.js";
import { keepingFocus } from "./focus.js";
import { messageNode, noticeNode } from "./messages.js";

const NEAR_PX = 40;

export class MessageList {
  /**
   * @param {object} page
   * @param {HTMLElement} scroller the element that scrolls
   * @param {{inThread: boolean, label: string}} settings
   */
  constructor(page, scroller, { inThread }) {
    this.page = page;
    this.scroller = scroller;
    this.inThread = inThread;
    this.list = h("div", { class: "message-list", role: "log", "aria-live": "off" });
    this.jump = h("button", { type: "button", class: "button jump", hidden: true, onclick: () => this.follow() }, "New messages ↓");
    this.scroller.append(this.list, this.jump);
    this.drawn = new Map();
    this.follows = true;
    this.scroller.addEventListener("scroll", () => this.noticeScroll());
    // Pictures arrive after their message: the end stays in sight while they do.
    new ResizeObserver(() => this.follows && this.scrollToNewest()).observe(this.list);
  }

  /**
   * Show these messages and notices, oldest first; a new place starts at its newest message.
   * `threads` has the replies to count under a message, by its ts.
   */
  show(place, messages, notices = [], threads = new Map()) {
    this.threads = threads;
    const isNewPlace = place !== this.place;
    if (isNewPlace) {
      this.drawn.clear();
      this.list.replaceChildren();
      this.follows = true;
      this.place = place;
    }
    const grew = messages.length + notices.length > (this.count ?? 0);
    this.count = messages.length + notices.length;
    keepingFocus(this.list, () => this.replaceNodes(this.wanted(messages, notices)));
    if (this.follows) this.scrollToNewest();
    this.jump.hidden = this.follows || (!grew && this.jump.hidden);
  }

  label(words) {
    this.list.setAttribute("aria-label", words);
  }

  /** Nodes in order, with a line wherever a day begins. */
  wanted(messages, notices) {
    const items = [
      ...messages.map((message) => ({ key: message.ephemeral_id ?? message.ts, at: Number(message.ts), message })),
      ...notices.map((notice) => ({ key: notice.id, at: momentOf(notice.at).getTime() / 1000, notice })),
    ].sort((one, other) => one.at - other.at);
    let lastDay = null;
    return items.flatMap((item) => {
      const itsDay = day(momentOf(item.at));
      const node = this.nodeFor(item);
      if (itsDay === lastDay) return [node];
      lastDay = itsDay;
      return [this.cached(`day ${itsDay}`, [], () => h("div", { class: "day" }, h("span", {}, itsDay))), node];
    });
  }

  nodeFor({ key, message, notice }) {
    if (notice) return this.cached(key, [], () => noticeNode(notice));
    const replies = this.threads.get(message.ts) ?? [];
    // A change brings a new message object, so the same object means the same drawing.
    const facts = [message, replies.length, replies.at(-1), !this.inThread && this.page.session.thread === message.ts];
    return this.cached(key, facts, () => messageNode(this.page, message, { inThread: this.inThread, replies }));
  }

  cached(key, facts, draw) {
    const known = this.drawn.get(key);
    if (known && facts.every((fact, index) => fact === known.facts[index])) return known.node;
    const node = draw();
    this.drawn.set(key, { facts, node });
    return node;
  }

  replaceNodes(nodes) {
    const keep = new Set(nodes);
    for (const node of [...this.list.children]) if (!keep.has(node)) node.remove();
    let next = this.list.firstElementChild;
    for (const node of nodes) {
      if (node === next) next = next.nextElementSibling;
      else this.list.insertBefore(node, next);
    }
  }

  /** Go to the newest message and stay there. */
  follow() {
    this.follows = true;
    this.jump.hidden = true;
    this.scrollToNewest();
  }

  /** The end of the list, but never past the beginning of the newest message: a long report is read from its top. */
  scrollToNewest() {
    const newest = this.list.lastElementChild;
    if (!newest) return;
    const end = this.scroller.scrollHeight - this.scroller.clientHeight;
    const top = newest.getBoundingClientRect().top - this.scroller.getBoundingClientRect().top + this.scroller.scrollTop;
    this.rest = Math.max(0, Math.min(end, Math.floor(top) - 8));
    this.scroller.scrollTop = this.rest;
  }

  noticeScroll() {
    const { scrollTop, scrollHeight, clientHeight } = this.scroller;
    const isAtEnd = scrollHeight - clientHeight - scrollTop < NEAR_PX;
    this.follows = isAtEnd || Math.abs(scrollTop - this.rest) < 2;
    if (this.follows) this.jump.hidden = true;
  }
}
