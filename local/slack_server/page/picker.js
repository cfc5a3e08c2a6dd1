// A select with a list that can be searched: one or several choices, fixed options or options that are asked for.

import { freshId, h } from "./dom.js";
import { openPopup } from "./popup.js";

const SEARCH_FROM_OPTIONS = 8;
const ASK_AFTER_MS = 200;

/**
 * @typedef {{value: string, label: string, description?: string, group?: string, raw: object}} Choice
 *
 * @param {object} settings
 * @param {string} settings.placeholder
 * @param {Choice[]} settings.choices the fixed ones
 * @param {Choice[]} settings.selected
 * @param {boolean} settings.multiple
 * @param {number} [settings.most] how many may be chosen
 * @param {(text: string) => Promise<Choice[]>} [settings.ask] instead of fixed choices
 * @param {number} [settings.askFrom] characters before asking
 * @param {(selected: Choice[]) => Promise<boolean>} settings.onPick false takes the choice back
 * @param {object} attributes of the button (id, aria-…, data-key)
 */
export function picker(settings, attributes = {}) {
  const state = { selected: [...settings.selected], button: null };
  state.button = h("button", {
    type: "button",
    class: "picker",
    "aria-haspopup": "listbox",
    "aria-expanded": "false",
    ...attributes,
    onclick: () => openList(settings, state),
    onkeydown: (event) => {
      if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
      event.preventDefault();
      openList(settings, state);
    },
  });
  showSelection(settings, state);
  return state.button;
}

function showSelection({ placeholder }, { button, selected }) {
  const words = selected.map((choice) => choice.label).join(", ");
  button.replaceChildren(
    h("span", { class: words ? "picker-value" : "picker-value muted" }, words || placeholder),
    h("span", { "aria-hidden": "true", class: "picker-arrow" }, "▾"),
  );
}

function openList(settings, state) {
  if (state.button.getAttribute("aria-expanded") === "true") return;
  const list = new ChoiceList(settings, state);
  list.open();
}

class ChoiceList {
  constructor(settings, state) {
    this.settings = settings;
    this.state = state;
    this.choices = settings.choices;
    this.active = 0;
    this.listId = freshId("list");
    const searchable = Boolean(settings.ask) || settings.choices.length >= SEARCH_FROM_OPTIONS;
    this.searchable = searchable;
    this.input = h("input", {
      type: "text",
      role: "combobox",
      autocomplete: "off",
      "aria-expanded": "true",
      "aria-controls": this.listId,
      "aria-label": searchable ? "Search the options" : "Options",
      placeholder: "Search",
      readonly: !searchable,
      class: searchable ? "picker-search" : "visually-hidden",
      oninput: () => this.filter(),
      onkeydown: (event) => this.onKey(event),
    });
    this.list = h("ul", {
      id: this.listId,
      role: "listbox",
      class: "picker-list",
      "aria-multiselectable": settings.multiple ? "true" : null,
    });
  }

  open() {
    this.draw();
    this.before = this.state.selected;
    // Several choices count as one answer, given when the list closes.
    const onClose = () => this.settings.multiple && this.state.selected !== this.before && this.answer();
    this.close = openPopup(this.state.button, [this.input, this.list], { onClose });
    this.input.focus();
    const chosen = this.choices.findIndex((choice) => this.isSelected(choice));
    this.moveTo(Math.max(chosen, 0));
    if (this.settings.ask) this.filter();
  }

  isSelected(choice) {
    return this.state.selected.some((other) => other.value === choice.value);
  }

  filter() {
    const text = this.input.value.trim();
    if (this.settings.ask) {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.ask(text), ASK_AFTER_MS);
      return;
    }
    const needle = text.toLowerCase();
    this.choices = this.settings.choices.filter((choice) => choice.label.toLowerCase().includes(needle));
    this.draw();
    this.moveTo(0);
  }

  async ask(text) {
    const askFrom = this.settings.askFrom ?? 3;
    if (text.length < askFrom) {
      this.say(`Type ${askFrom} characters or more.`);
      return;
    }
    try {
      this.choices = await this.settings.ask(text);
    } catch (error) {
      this.say(error.message);
      return;
    }
    if (this.input.value.trim() !== text) return;
    this.draw();
    this.moveTo(0);
  }

  say(words) {
    this.choices = [];
    this.list.replaceChildren(h("li", { class: "muted picker-note" }, words));
  }

  draw() {
    if (!this.choices.length) {
      this.say("No option matches.");
      return;
    }
    let group = null;
    const rows = this.choices.flatMap((choice, index) => {
      const row = this.row(choice, index);
      if (!choice.group || choice.group === group) return [row];
      group = choice.group;
      return [h("li", { role: "presentation", class: "picker-group" }, group), row];
    });
    this.list.replaceChildren(...rows);
  }

  row(choice, index) {
    const selected = this.isSelected(choice);
    return h("li", {
        id: `${this.listId}-${index}`,
        role: "option",
        class: "picker-option",
        "aria-selected": String(selected),
        onpointerdown: (event) => event.preventDefault(),
        onclick: () => this.pick(choice),
      },
      h("span", { "aria-hidden": "true", class: "picker-tick" }, selected ? "✓" : ""),
      h("span", {}, choice.label, choice.description ? h("small", {}, choice.description) : null),
    );
  }

  moveTo(index) {
    if (!this.choices.length) return;
    this.active = (index + this.choices.length) % this.choices.length;
    const rows = this.list.querySelectorAll("[role=option]");
    rows.forEach((row, at) => row.classList.toggle("active", at === this.active));
    rows[this.active]?.scrollIntoView({ block: "nearest" });
    this.input.setAttribute("aria-activedescendant", `${this.listId}-${this.active}`);
  }

  onKey(event) {
    const steps = { ArrowDown: this.active + 1, ArrowUp: this.active - 1 };
    if (event.key in steps) {
      event.preventDefault();
      this.moveTo(steps[event.key]);
    } else if (event.key === "Enter" || (event.key === " " && !this.searchable)) {
      event.preventDefault();
      if (this.choices[this.active]) this.pick(this.choices[this.active]);
    } else if (event.key === "Tab") {
      event.preventDefault();
      this.close();
    }
  }

  pick(choice) {
    const { multiple, most = Infinity } = this.settings;
    if (!multiple) {
      this.state.selected = [choice];
      this.close();
      this.answer();
    } else if (this.isSelected(choice)) {
      this.state.selected = this.state.selected.filter((other) => other.value !== choice.value);
    } else if (this.state.selected.length < most) {
      this.state.selected = [...this.state.selected, choice];
    }
    showSelection(this.settings, this.state);
    if (multiple) {
      this.draw();
      this.moveTo(this.active);
    }
  }

  async answer() {
    if (await this.settings.onPick(this.state.selected)) return;
    this.state.selected = this.before;
    showSelection(this.settings, this.state);
  }
}
