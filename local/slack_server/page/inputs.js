// Input blocks: label, control, hint and the error under it; and the checks a client makes before it submits.

import { freshId, h } from "./dom.js";
import { interactive } from "./elements.js";
import { plainText } from "./text.js";

/** An input block with its label tied to its control and room for an error. */
export function inputBlock(block, surface) {
  const ids = { control: freshId("field"), label: freshId("label"), error: freshId("error"), hint: freshId("hint") };
  const control = interactive(block.element, block, surface, {
    id: ids.control,
    labelledBy: ids.label,
    describedBy: `${ids.error} ${ids.hint}`,
    sends: Boolean(block.dispatch_action),
  });
  return h("div", { class: "field", "data-block-id": block.block_id },
    h("label", { id: ids.label, for: ids.control }, plainText(block.label),
      block.optional ? h("span", { class: "muted" }, " (optional)") : null),
    control,
    h("p", { id: ids.error, class: "field-error", hidden: true }),
    h("p", { id: ids.hint, class: "hint", hidden: !block.hint }, plainText(block.hint)));
}

/** Show errors, keyed by block id, under their fields and put the focus on the first; answers those without a field. */
export function showErrors(root, errors) {
  for (const slot of root.querySelectorAll(".field-error")) {
    slot.hidden = true;
    slot.textContent = "";
    slot.closest(".field").classList.remove("failed");
    controlOf(slot.closest(".field"))?.removeAttribute("aria-invalid");
  }
  const left = { ...errors };
  let first = null;
  for (const field of root.querySelectorAll("[data-block-id]")) {
    const words = errors[field.dataset.blockId];
    if (!words) continue;
    delete left[field.dataset.blockId];
    const slot = field.querySelector(".field-error");
    slot.textContent = words;
    slot.hidden = false;
    field.classList.add("failed");
    controlOf(field)?.setAttribute("aria-invalid", "true");
    first ??= controlOf(field);
  }
  first?.focus();
  return Object.values(left);
}

function controlOf(field) {
  return field.querySelector("[aria-describedby]");
}

/** What a client refuses by itself: required fields left empty, lengths and numbers out of bounds. Keyed by block id. */
export function findMistakes(blocks, values) {
  const mistakes = {};
  for (const block of blocks ?? []) {
    if (block.type !== "input") continue;
    const answer = values[block.block_id]?.[block.element.action_id];
    const empty = isEmpty(answer);
    if (empty && !block.optional) mistakes[block.block_id] = "Please fill in this field.";
    if (!empty) {
      const words = outOfBounds(block.element, String(answer.value ?? ""));
      if (words) mistakes[block.block_id] = words;
    }
  }
  return mistakes;
}

function isEmpty(answer) {
  if (!answer) return true;
  return Object.values(answer).every((value) => value === null || value === undefined || value === "" || value.length === 0);
}

function outOfBounds(element, text) {
  if (element.type === "plain_text_input") {
    if (element.min_length && text.length < element.min_length) return `At least ${element.min_length} characters, please.`;
    if (element.max_length && text.length > element.max_length) return `At most ${element.max_length} characters, please.`;
  }
  if (element.type !== "number_input") return null;
  const number = Number(text);
  if (text.trim() === "" || Number.isNaN(number)) return "Please enter a number.";
  if (!element.is_decimal_allowed && !Number.isInteger(number)) return "Please enter a whole number.";
  if (element.min_value !== undefined && number < Number(element.min_value)) return `Not below ${element.min_value}, please.`;
  if (element.max_value !== undefined && number > Number(element.max_value)) return `Not above ${element.max_value}, please.`;
  return null;
}
