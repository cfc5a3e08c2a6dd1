// Radio buttons and checkboxes of Block Kit.

import { freshId, h } from "./dom.js";
import { textObject } from "./text.js";

/** The drawing function for a type of element, or undefined. */
export function choiceElement(type) {
  return { radio_buttons: radios, checkboxes }[type];
}

function radios(element, { block, surface, attributes, answer }) {
  const preset = element.initial_option ? { selected_option: element.initial_option } : null;
  const held = surface.hold(block, element, preset)?.selected_option;
  const name = freshId("radio");
  return group("radiogroup", attributes, element, surface, (option) => ({
    type: "radio",
    name,
    checked: option.value === held?.value,
    onchange: () => answer({ selected_option: option }),
  }));
}

function checkboxes(element, { block, surface, attributes, answer }) {
  const held = surface.hold(block, element, { selected_options: element.initial_options ?? [] }).selected_options;
  const chosen = new Set(held.map((option) => option.value));
  return group("group", attributes, element, surface, (option) => ({
    type: "checkbox",
    checked: chosen.has(option.value),
    onchange: (event) => {
      if (event.target.checked) chosen.add(option.value);
      else chosen.delete(option.value);
      answer({ selected_options: element.options.filter((other) => chosen.has(other.value)) });
    },
  }));
}

function group(role, attributes, element, surface, inputAttributes) {
  const { "data-key": key, ...rest } = attributes;
  const rows = (element.options ?? []).map((option, index) =>
    h("label", { class: "choice" },
      h("input", { ...inputAttributes(option), "data-key": `${key} ${index}` }),
      h("span", {}, textObject(option.text, surface.names),
        option.description ? h("small", {}, textObject(option.description, surface.names)) : null)));
  return h("div", { role, class: "choices", tabindex: "-1", ...rest }, rows);
}
