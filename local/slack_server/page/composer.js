// The box where a person writes: messages, slash commands with suggestions, uploads and global shortcuts.

import * as api from "./api.js";
import { BUILT_IN, suggestions } from "./commands.js";
import { freshId, h } from "./dom.js";
import { uploadButton } from "./files.js";
import { openMenu } from "./menu.js";
import { nameSuggestions } from "./names.js";
import { noteCommand } from "./welcome.js";

export class Composer {
  /**
   * @param {object} page
   * @param {HTMLElement} root
   * @param {{threadTs: () => string|null, hasShortcuts: boolean}} settings the thread this box writes to, null for
   *   the channel itself; whether it offers the global shortcuts
   */
  constructor(page, root, { threadTs, hasShortcuts }) {
    this.page = page;
    this.threadTs = threadTs;
    this.offered = [];
    this.active = -1;
    this.listId = freshId("suggestions");
    this.box = h("textarea", {
      rows: 1,
      class: "composer-box",
      role: "combobox",
      "aria-autocomplete": "list",
      "aria-expanded": "false",
      "aria-controls": this.listId,
      oninput: () => this.edited(),
      onkeydown: (event) => this.onKey(event),
      onblur: () => this.offer([]),
      onpaste: (event) => this.pasted(event),
    });
    this.list = h("ul", { id: this.listId, role: "listbox", class: "suggestions", "aria-label": "Suggestions", hidden: true });
    root.append(this.list, h("form", { class: "composer", onsubmit: (event) => this.onSubmit(event) },
      this.box,
      h("div", { class: "composer-row" },
        uploadButton(page, threadTs),
        hasShortcuts ? this.shortcutsButton() : null,
        h("span", { class: "muted composer-hint", title: "Shift+Enter starts a new line" }, "Enter sends · / lists commands"),
        h("button", { type: "submit", class: "button primary" }, "Send"))));
  }

  /** Bring back what was being written in this place. */
  place(key, label) {
    if (key === this.key) return;
    this.key = key;
    this.box.value = this.page.session.drafts.get(key) ?? "";
    this.box.placeholder = label;
    this.box.setAttribute("aria-label", label);
    this.offer([]);
    this.fit();
  }

  focus() {
    this.box.focus();
  }

  /** Put words into the box for the person to send. */
  prefill(text) {
    this.box.value = text;
    this.edited();
    this.focus();
    this.box.setSelectionRange(text.length, text.length);
  }

  get isInUse() {
    return this.box.value.trim() !== "" || document.activeElement === this.box;
  }

  shortcutsButton() {
    const button = h("button", {
      type: "button",
      class: "icon-button",
      "aria-label": "Shortcuts",
      title: "Shortcuts",
      "aria-haspopup": "menu",
      "aria-expanded": "false",
      onclick: () => openMenu(button, "Shortcuts", this.shortcutItems()),
    }, "⚡");
    return button;
  }

  shortcutItems() {
    const { workspace, session, notices } = this.page;
    const shortcuts = workspace.app.shortcuts.filter((shortcut) => shortcut.type === "global");
    return shortcuts.map((shortcut) => ({
      label: shortcut.name,
      description: shortcut.description,
      run: () => api.sendShortcut({ user: session.user, callback_id: shortcut.callback_id }).catch((error) => notices.fail(error)),
    }));
  }

  edited() {
    this.page.session.drafts.set(this.key, this.box.value);
    this.fit();
    const { app, users } = this.page.workspace;
    const offered = suggestions(this.box.value, [...app.commands, ...BUILT_IN]);
    const names = [{ name: app.bot_name, real_name: app.name }, ...users.values()];
    this.offer(offered.length ? offered : nameSuggestions(this.box.value, names));
  }

  fit() {
    this.box.style.height = "auto";
    this.box.style.height = `${Math.min(this.box.scrollHeight, 200)}px`;
  }

  offer(offered) {
    this.offered = offered;
    // A command's or a person's name is being chosen: Enter takes the first. Other words are free: Enter sends unless one was picked.
    this.active = offered[0]?.takesEnter ? 0 : -1;
    this.list.hidden = offered.length === 0;
    this.box.setAttribute("aria-expanded", String(offered.length > 0));
    this.list.replaceChildren(...offered.map((one, index) =>
      h("li", {
        id: `${this.listId}-${index}`,
        role: "option",
        class: "suggestion",
        onpointerdown: (event) => event.preventDefault(),
        onclick: () => this.take(index),
      }, h("span", {}, one.label), one.description ? h("small", {}, one.description) : null)));
    this.mark();
  }

  mark() {
    [...this.list.children].forEach((row, index) => {
      row.classList.toggle("active", index === this.active);
      row.setAttribute("aria-selected", String(index === this.active));
    });
    if (this.active >= 0) this.box.setAttribute("aria-activedescendant", `${this.listId}-${this.active}`);
    else this.box.removeAttribute("aria-activedescendant");
  }

  take(index) {
    this.prefill(this.offered[index].insert);
  }

  onKey(event) {
    if (event.isComposing) return;
    const count = this.offered.length;
    if (count && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      const step = event.key === "ArrowDown" ? 1 : -1;
      this.active = this.active < 0 && step < 0 ? count - 1 : (this.active + step + count) % count;
      this.mark();
    } else if (count && event.key === "Tab" && !event.shiftKey) {
      this.take(Math.max(this.active, 0));
    } else if (count && event.key === "Escape") {
      this.offer([]);
      event.stopPropagation();
    } else if (event.key === "Enter" && !event.shiftKey) {
      if (this.takesSuggestion()) this.take(this.active);
      else this.send();
    } else {
      return;
    }
    event.preventDefault();
  }

  /** Enter completes a marked suggestion, but a name typed to its end is sent as it is. */
  takesSuggestion() {
    const marked = this.offered[this.active];
    return marked !== undefined && marked.insert.trim() !== this.box.value.trim();
  }

  onSubmit(event) {
    event.preventDefault();
    this.send();
  }

  pasted(event) {
    const files = [...(event.clipboardData?.files ?? [])];
    if (!files.length) return;
    event.preventDefault();
    this.page.upload(files, this.threadTs());
  }

  async send() {
    const { session, notices } = this.page;
    const text = this.box.value;
    if (!text.trim() || !session.channel) return;
    this.box.value = "";
    this.edited();
    try {
      await this.deliver(text, { user: session.user, channel: session.channel.id, thread_ts: this.threadTs() ?? undefined });
    } catch (error) {
      notices.fail(error);
      if (!this.box.value) this.prefill(text);
    }
  }

  async deliver(text, place) {
    const { page } = this;
    page.listOf(this.threadTs()).follow();
    if (!text.startsWith("/")) {
      await api.sendMessage({ ...place, text: text.trim() });
      return;
    }
    try {
      await api.sendCommand({ ...place, text: text.trim() });
      noteCommand(page.session, text);
    } catch (error) {
      page.commandFailed(error, text, place);
    }
  }
}
