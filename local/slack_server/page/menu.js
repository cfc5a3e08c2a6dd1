// A menu of things to do: arrow keys move, Enter chooses, Escape leaves.

import { h } from "./dom.js";
import { openPopup } from "./popup.js";

/**
 * Open a menu beside its button.
 * @param {HTMLElement} anchor
 * @param {string} label what the menu is for, for screen readers
 * @param {{label: string, description?: string, run: Function}[]} items
 */
export function openMenu(anchor, label, items) {
  const rows = items.map((item) =>
    h("button", { type: "button", role: "menuitem", tabindex: "-1", class: "menu-item", onclick: () => choose(item) },
      h("span", {}, item.label),
      item.description ? h("small", {}, item.description) : null),
  );
  const list = h("div", { role: "menu", "aria-label": label, class: "menu", onkeydown: (event) => move(event, rows) },
    rows.length ? rows : h("p", { class: "muted menu-empty" }, "Nothing here."));
  const close = openPopup(anchor, list);
  const choose = (item) => {
    close();
    item.run();
  };
  rows[0]?.focus();
}

function move(event, rows) {
  const at = rows.indexOf(document.activeElement);
  const target = {
    ArrowDown: (at + 1) % rows.length,
    ArrowUp: (at - 1 + rows.length) % rows.length,
    Home: 0,
    End: rows.length - 1,
  }[event.key];
  if (event.key === "Tab") event.preventDefault();
  if (target === undefined) return;
  event.preventDefault();
  rows[target]?.focus();
}
