// The top bar: whose workspace this is, whether the app is connected, and as whom one acts.

import { h } from "./dom.js";

export class Topbar {
  /** @param {{title: HTMLElement, connection: HTMLElement, person: HTMLSelectElement, stream: HTMLElement}} parts */
  constructor(page, parts) {
    this.page = page;
    this.parts = parts;
    parts.person.addEventListener("change", () => page.session.actAs(parts.person.value));
  }

  draw() {
    const { workspace, session } = this.page;
    const { title, connection, person } = this.parts;
    title.textContent = workspace.team.name;
    const { name, connected } = workspace.app;
    connection.replaceChildren(
      h("span", { class: `dot ${connected ? "dot-on" : ""}`, "aria-hidden": "true" }, connected ? "●" : "○"),
      ` ${name} is ${connected ? "connected" : "not connected"}`);
    person.replaceChildren(...workspace.people().map((user) =>
      h("option", { value: user.id }, (user.real_name || user.name) + (user.is_admin ? " (admin)" : ""))));
    person.value = session.user;
  }

  showStream(live) {
    this.parts.stream.hidden = live;
  }
}
