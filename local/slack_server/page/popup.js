// A small sheet beside the control that opened it, for menus and pickers: one at a time, closed by Escape or a click elsewhere.

import { h } from "./dom.js";
import { focusAgain } from "./focus.js";

const GAP_PX = 4;
const EDGE_PX = 8;

let current = null;

/**
 * Open `content` beside `anchor`; answers a function that closes it again.
 * `onClose` runs once, also when something else closed it. The focus goes back to the anchor unless it moved elsewhere.
 */
export function openPopup(anchor, content, { onClose = () => {}, above = false } = {}) {
  current?.close();
  const sheet = h("div", { class: "popup", popover: "manual" }, content);
  // A modal makes the rest of the page inert, so the sheet has to live inside it.
  (anchor.closest("dialog[open]") ?? document.body).append(sheet);
  sheet.showPopover();
  place(sheet, anchor, above);
  anchor.setAttribute("aria-expanded", "true");
  current = watched(sheet, anchor, onClose);
  return current.close;
}

/** Whether a sheet is open, so that Escape is known to belong to it. */
export function popupIsOpen() {
  return current !== null;
}

function watched(sheet, anchor, onClose) {
  const outside = (event) => {
    if (!sheet.contains(event.target) && !anchor.contains(event.target)) close(false);
  };
  const escape = (event) => {
    if (event.key !== "Escape") return;
    event.preventDefault();
    event.stopPropagation();
    close();
  };
  const moved = () => close(false);
  const close = (refocus = true) => {
    if (!sheet.isConnected) return;
    current = null;
    document.removeEventListener("pointerdown", outside, true);
    document.removeEventListener("keydown", escape, true);
    window.removeEventListener("resize", moved);
    sheet.remove();
    anchor.setAttribute("aria-expanded", "false");
    if (refocus) focusAgain(anchor);
    onClose();
  };
  document.addEventListener("pointerdown", outside, true);
  document.addEventListener("keydown", escape, true);
  window.addEventListener("resize", moved);
  return { close };
}

function place(sheet, anchor, above) {
  const near = anchor.getBoundingClientRect();
  const size = sheet.getBoundingClientRect();
  const room = window.innerHeight - near.bottom - EDGE_PX;
  const up = above || (size.height + GAP_PX > room && near.top > room);
  const top = up ? near.top - size.height - GAP_PX : near.bottom + GAP_PX;
  const left = Math.min(near.left, window.innerWidth - size.width - EDGE_PX);
  sheet.style.top = `${Math.max(EDGE_PX, Math.min(top, window.innerHeight - size.height - EDGE_PX))}px`;
  sheet.style.left = `${Math.max(EDGE_PX, left)}px`;
}
