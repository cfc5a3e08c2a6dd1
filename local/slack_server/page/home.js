// The App Home: what the app publishes for the acting person.

import * as api from "./api.js";
import { drawBlocks } from "./blocks.js";
import { h } from "./dom.js";
import { keepingFocus } from "./focus.js";
import { Surface } from "./surface.js";

export class HomePane {
  constructor(page, root) {
    this.page = page;
    this.root = root;
    this.shown = null;
    page.workspace.addEventListener("home", ({ detail }) => detail.user === page.session.user && this.draw());
  }

  /** Tell the app that its Home was opened, and show what it has published so far. */
  async open() {
    const { user } = this.page.session;
    this.draw();
    try {
      const { view } = await api.openHome(user);
      if (view && !this.page.workspace.homes.get(user)) this.page.workspace.homes.set(user, view);
    } catch (error) {
      this.page.notices.fail(error);
    }
    this.draw();
  }

  draw() {
    if (!this.page.session.atHome) return;
    const { user } = this.page.session;
    const view = this.page.workspace.homes.get(user);
    const signature = JSON.stringify([user, view ?? null]);
    if (signature === this.shown) return;
    this.shown = signature;
    keepingFocus(this.root, () => this.root.replaceChildren(...(view ? this.blocksOf(view) : [this.empty()])));
  }

  blocksOf(view) {
    if (this.surface?.origin.view_id !== view.id) {
      this.surface = new Surface({
        workspace: this.page.workspace,
        user: () => this.page.session.user,
        origin: { view_id: view.id },
        onError: (error) => this.page.notices.fail(error),
      });
    }
    this.surface.restart();
    return drawBlocks(view.blocks, this.surface);
  }

  empty() {
    const name = this.page.workspace.app.name || "The app";
    return h("p", { class: "muted" }, `${name} has not published anything here yet.`);
  }
}
