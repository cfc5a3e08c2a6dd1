// What the page says by itself: short notes that fade, and words for screen readers.

import { h } from "./dom.js";

const SHOWN_MS = 8000;
const LONGEST_ANNOUNCEMENT = 200;

export class Notices {
  /**
   * @param {HTMLElement} stack where the notes appear
   * @param {HTMLElement} liveRegion a visually hidden element with aria-live
   */
  constructor(stack, liveRegion) {
    this.stack = stack;
    this.liveRegion = liveRegion;
  }

  /** Show a note for a while; answers a function that takes it away earlier. */
  say(words, { isError = false, stays = false } = {}) {
    const close = () => note.remove();
    const note = h("div", { class: `note ${isError ? "note-error" : ""}`, role: isError ? "alert" : "status" },
      h("span", {}, isError ? h("strong", {}, "Not done: ") : null, words),
      h("button", { type: "button", class: "icon-button", "aria-label": "Dismiss", onclick: close }, "×"));
    this.stack.append(note);
    if (!stays) setTimeout(close, SHOWN_MS);
    return close;
  }

  fail(error) {
    return this.say(error.message, { isError: true });
  }

  /** Have a screen reader speak these words. */
  announce(words) {
    this.liveRegion.replaceChildren(h("p", {}, words.slice(0, LONGEST_ANNOUNCEMENT)));
  }
}
