// Interactive elements of Block Kit: each becomes a control that keeps its answer on the surface and sends its action.

import { choiceElement } from "./choices.js";
import { confirmed } from "./confirm.js";
import { h, isWebAddress } from "./dom.js";
import { entryElement } from "./entries.js";
import { imageNode } from "./images.js";
import { openMenu } from "./menu.js";
import { selectElement } from "./selects.js";
import { plainText, textObject } from "./text.js";

/**
 * The control for an element.
 * @param {object} element as the app sent it
 * @param {object} block the block around it
 * @param {Surface} surface
 * @param {{id?: string, labelledBy?: string, describedBy?: string, sends?: boolean}} place
 *   `sends` is false inside an input block that does not dispatch: then the answer is only kept
 */
export function interactive(element, block, surface, place = {}) {
  const answer = answerer(element, block, surface, place.sends ?? true);
  const draw = DRAWN[element.type] ?? choiceElement(element.type) ?? selectElement(element.type) ?? entryElement(element.type);
  if (!draw) return h("span", { class: "unknown" }, `Element “${element.type}” is not shown here.`);
  const attributes = {
    id: place.id,
    "data-key": surface.controlKey(block, element),
    "aria-labelledby": place.labelledBy,
    "aria-describedby": place.describedBy,
    "aria-label": place.labelledBy ? null : element.accessibility_label,
  };
  return draw(element, { block, surface, attributes, answer });
}

/**
 * What a control calls with a new answer: kept first, then sent, after the app's own question if it has one.
 * The call answers false where the person said no to that question.
 */
function answerer(element, block, surface, sends) {
  return async (payload, { keep = true } = {}) => {
    if (sends && element.confirm && !(await confirmed(element.confirm, surface.names))) return false;
    if (keep) surface.set(block, element, payload);
    if (sends) await surface.act(block, element, payload);
    return true;
  };
}

const DRAWN = {
  button,
  workflow_button: button,
  icon_button: iconButton,
  overflow,
  feedback_buttons: feedbackButtons,
  image: (element, { surface }) => imageNode(element, surface),
};

function button(element, { attributes, answer, surface }) {
  const control = h("button", {
    type: "button",
    class: `button ${element.style ?? ""}`,
    ...attributes,
    onclick: () => {
      if (element.url && isWebAddress(element.url)) window.open(element.url, "_blank", "noopener");
      press(control, () => answer(element.value === undefined ? {} : { value: element.value }, { keep: false }));
    },
  }, textObject(element.text, surface.names));
  return control;
}

/** A second click while the app answers does nothing, and the control says that it is busy. */
async function press(control, work) {
  if (control.getAttribute("aria-busy") === "true") return;
  control.setAttribute("aria-busy", "true");
  await work();
  control.removeAttribute("aria-busy");
}

function iconButton(element, drawing) {
  const label = plainText(element.text) || "Delete";
  return button({ ...element, text: { type: "plain_text", text: element.icon === "trash" ? `🗑️ ${label}` : label } }, drawing);
}

function overflow(element, { attributes, answer }) {
  const control = h("button", {
    type: "button",
    class: "button overflow",
    "aria-haspopup": "menu",
    "aria-expanded": "false",
    ...attributes,
    "aria-label": attributes["aria-label"] ?? "More options",
    onclick: () =>
      openMenu(control, "More options", (element.options ?? []).map((option) => ({
        label: plainText(option.text),
        description: plainText(option.description),
        run: () => answer({ selected_option: option }, { keep: false }),
      }))),
  }, "⋯");
  return control;
}

function feedbackButtons(element, { attributes, answer }) {
  const one = (choice, suffix) =>
    choice && h("button", {
      type: "button",
      class: "button",
      "data-key": `${attributes["data-key"]} ${suffix}`,
      "aria-label": choice.accessibility_label,
      onclick: () => answer({ value: choice.value }, { keep: false }),
    }, plainText(choice.text));
  return h("span", { class: "button-row", role: "group", "aria-label": "Feedback" },
    one(element.positive_button, "positive"), one(element.negative_button, "negative"));
}
