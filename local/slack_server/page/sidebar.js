// The left side: the app's Home, channels and the direct message, each with its unread mark.

import { h, hidden } from "./dom.js";

export class Sidebar {
  constructor(page, root) {
    this.page = page;
    this.root = root;
    this.root.addEventListener("keydown", (event) => this.onKey(event));
  }

  draw() {
    const { workspace, session } = this.page;
    const channels = workspace.channelsFor(session.user);
    const focusedPlace = this.root.contains(document.activeElement) ? document.activeElement.dataset.place : null;
    this.root.replaceChildren(
      this.group("Channels", channels.filter((channel) => channel.kind !== "im").map((channel) => this.channelRow(channel))),
      this.group("App", [
        this.row("home", "⌂", `${workspace.app.name} home`, 0, () => session.openHome()),
        ...channels.filter((channel) => channel.kind === "im").map((channel) => this.channelRow(channel)),
      ]));
    if (focusedPlace) this.root.querySelector(`[data-place="${CSS.escape(focusedPlace)}"]`)?.focus();
  }

  group(title, rows) {
    return h("section", {}, h("h2", { class: "side-title" }, title), h("ul", { class: "plain-list" }, rows.map((row) => h("li", {}, row))));
  }

  channelRow(channel) {
    const { workspace, session } = this.page;
    const marks = { channel: "#", private: "🔒", im: "✉" };
    const name = channel.kind === "im" ? `${workspace.app.name} messages` : channel.name;
    return this.row(channel.id, marks[channel.kind] ?? "#", name, session.unread(channel.id), () => session.open(channel.id));
  }

  row(place, mark, name, unread, go) {
    return h("button", {
      type: "button",
      class: `side-row ${unread ? "unread" : ""}`,
      "data-place": place,
      "aria-current": this.page.session.place === place ? "page" : null,
      onclick: go,
    },
    h("span", { "aria-hidden": "true", class: "side-mark" }, mark),
    h("span", { class: "side-name" }, name),
    unread ? h("span", { class: "count" }, unread, hidden(" unread")) : null);
  }

  onKey(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const rows = [...this.root.querySelectorAll("button")];
    rows[(rows.indexOf(document.activeElement) + step + rows.length) % rows.length]?.focus();
  }
}
