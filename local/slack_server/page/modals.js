// Modals of the acting person: the stack the server holds, its top shown, what was typed kept through updates.

import * as api from "./api.js";
import { drawBlocks } from "./blocks.js";
import { coalesced, freshId, h } from "./dom.js";
import { focusAgain, keepingFocus } from "./focus.js";
import { findMistakes, showErrors } from "./inputs.js";
import { Surface } from "./surface.js";
import { plainText } from "./text.js";
import { noteSubmission } from "./welcome.js";

export class Modals {
  constructor(page) {
    this.page = page;
    this.open = new Map();
    this.refresh = coalesced(() => this.read());
    page.workspace.addEventListener("views", ({ detail }) => detail.user === page.session.user && this.refresh());
    page.session.addEventListener("place", () => page.session.user !== this.user && this.refresh());
  }

  /** Ask for the stack and show it: the server is the one that knows it. */
  async read() {
    const { user } = this.page.session;
    let answer;
    try {
      answer = await api.readViews(user);
    } catch (error) {
      this.page.notices.fail(error);
      return;
    }
    if (user !== this.page.session.user) return;
    this.user = user;
    this.show(answer.stack ?? []);
  }

  show(stack) {
    const ids = new Set(stack.map((view) => view.id));
    for (const [id, modal] of this.open) {
      if (ids.has(id)) continue;
      modal.remove();
      this.open.delete(id);
    }
    for (const view of stack) {
      const known = this.open.get(view.id);
      if (known) known.update(view);
      else this.open.set(view.id, new Modal(this, view));
    }
    const top = stack.at(-1)?.id;
    for (const [id, modal] of this.open) modal.setShown(id === top);
  }
}

class Modal {
  constructor(modals, view) {
    this.modals = modals;
    this.page = modals.page;
    this.surface = new Surface({
      workspace: this.page.workspace,
      user: () => this.page.session.user,
      origin: { view_id: view.id },
      onError: (error) => this.complain(error.message),
    });
    this.titleId = freshId("modal");
    this.dialog = h("dialog", {
      class: "modal",
      "aria-labelledby": this.titleId,
      oncancel: (event) => {
        event.preventDefault();
        this.close();
      },
    });
    this.opener = document.activeElement;
    document.body.append(this.dialog);
    this.update(view);
  }

  /** Draw the view; one that did not change keeps its nodes and its cursor. */
  update(view) {
    // What was entered is this page's to keep: only what the app changed is drawn anew.
    const { title, submit, close, blocks } = view;
    const signature = JSON.stringify({ title, submit, close, blocks });
    if (signature === this.signature) return;
    this.signature = signature;
    this.view = view;
    const scrolled = this.dialog.querySelector(".modal-body")?.scrollTop ?? 0;
    keepingFocus(this.dialog, () => this.draw(view));
    this.dialog.querySelector(".modal-body").scrollTop = scrolled;
  }

  draw(view) {
    this.surface.restart();
    this.trouble = h("p", { class: "modal-trouble", role: "alert", hidden: true });
    this.submitButton = view.submit || hasInput(view) ? h("button", { type: "submit", class: "button primary" }, plainText(view.submit) || "Submit") : null;
    this.dialog.replaceChildren(h("form", { class: "modal-form", novalidate: true, onsubmit: (event) => this.onSubmit(event) },
      h("div", { class: "modal-head" },
        h("h2", { id: this.titleId }, plainText(view.title)),
        h("button", { type: "button", class: "icon-button", "aria-label": "Close this window", onclick: () => this.close() }, "×")),
      h("div", { class: "modal-body" }, this.trouble, drawBlocks(view.blocks, this.surface)),
      h("div", { class: "modal-foot" },
        h("button", { type: "button", class: "button", onclick: () => this.close() }, plainText(view.close) || "Cancel"),
        this.submitButton)));
  }

  setShown(shown) {
    if (shown && !this.dialog.open) {
      this.dialog.showModal();
      this.dialog.querySelector("[autofocus], .modal-body :is(input, textarea, button, select)")?.focus();
    } else if (!shown && this.dialog.open) {
      this.dialog.close();
    }
  }

  remove() {
    this.dialog.close();
    this.dialog.remove();
    if (this.opener) focusAgain(this.opener);
  }

  complain(words) {
    this.trouble.textContent = words;
    this.trouble.hidden = words === "";
  }

  async onSubmit(event) {
    event.preventDefault();
    const values = this.surface.state();
    this.complain("");
    const mistakes = findMistakes(this.view.blocks, values);
    showErrors(this.dialog, mistakes);
    if (Object.keys(mistakes).length || !this.submitButton || this.submitButton.disabled) return;
    this.setBusy(true);
    try {
      this.takeAnswer(await api.submitView(this.page.session.user, this.view.id, values));
    } catch (error) {
      this.complain(error.message);
    } finally {
      this.setBusy(false);
    }
  }

  takeAnswer(answer) {
    if (answer.response_action === "errors") {
      const homeless = showErrors(this.dialog, answer.errors ?? {});
      if (homeless.length) this.complain(homeless.join(" "));
      return;
    }
    noteSubmission(this.page.session);
    this.modals.refresh();
  }

  setBusy(busy) {
    this.dialog.setAttribute("aria-busy", String(busy));
    if (this.submitButton) this.submitButton.disabled = busy;
  }

  async close() {
    try {
      await api.closeView(this.page.session.user, this.view.id);
    } catch (error) {
      this.complain(error.message);
      return;
    }
    this.modals.refresh();
  }
}

const hasInput = (view) => (view.blocks ?? []).some((block) => block.type === "input");
