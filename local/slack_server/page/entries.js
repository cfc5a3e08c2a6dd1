// Elements one types or picks a value in: text, numbers, mail and web addresses, dates and times, files.

import * as api from "./api.js";
import { h } from "./dom.js";
import { plainText } from "./text.js";

const ACT_AFTER_MS = 400;

/** The field of an answer, the preset and the kind of <input> for each type that is one input line. */
const LINES = {
  plain_text_input: { field: "value", preset: "initial_value", input: "text" },
  number_input: { field: "value", preset: "initial_value", input: "text" },
  email_text_input: { field: "value", preset: "initial_value", input: "email" },
  url_text_input: { field: "value", preset: "initial_value", input: "url" },
  datepicker: { field: "selected_date", preset: "initial_date", input: "date" },
  timepicker: { field: "selected_time", preset: "initial_time", input: "time" },
};

/** The drawing function for a type of element, or undefined. */
export function entryElement(type) {
  if (type === "file_input") return fileInput;
  if (type === "datetimepicker") return momentInput;
  if (type === "rich_text_input") return richTextInput;
  return LINES[type] && lineInput;
}

function lineInput(element, drawing) {
  const { field, preset, input } = LINES[element.type];
  const presetValue = element[preset] === undefined ? null : { [field]: String(element[preset]) };
  const held = drawing.surface.hold(drawing.block, element, presetValue);
  const common = {
    ...drawing.attributes,
    class: "entry",
    placeholder: plainText(element.placeholder) || null,
    maxlength: element.max_length,
    inputmode: element.type === "number_input" ? (element.is_decimal_allowed ? "decimal" : "numeric") : null,
    autofocus: element.focus_on_load,
  };
  const control = element.multiline ? h("textarea", { rows: 4, ...common }) : h("input", { type: input, ...common });
  control.value = held?.[field] ?? "";
  listen(control, element, drawing, (value) => ({ [field]: value === "" ? null : value }));
  return control;
}

/** Every keystroke is kept; the action goes out on Enter, on a pause in typing where the app asked, or when a date is set. */
function listen(control, element, { answer, surface, block }, payload) {
  const onCharacters = element.dispatch_action_config?.trigger_actions_on?.includes("on_character_entered");
  let timer = null;
  control.addEventListener("input", () => {
    surface.set(block, element, payload(control.value));
    if (!onCharacters) return;
    clearTimeout(timer);
    timer = setTimeout(() => answer(payload(control.value)), ACT_AFTER_MS);
  });
  if (/^(date|time)/.test(element.type)) {
    control.addEventListener("change", () => answer(payload(control.value)));
    return;
  }
  control.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !element.multiline && !event.isComposing) answer(payload(control.value));
  });
}

function momentInput(element, drawing) {
  const preset = element.initial_date_time ? { selected_date_time: element.initial_date_time } : null;
  const held = drawing.surface.hold(drawing.block, element, preset)?.selected_date_time;
  const control = h("input", { type: "datetime-local", class: "entry", ...drawing.attributes });
  if (held) control.value = localMinute(new Date(held * 1000));
  listen(control, element, drawing, (value) => ({
    selected_date_time: value ? Math.floor(new Date(value).getTime() / 1000) : null,
  }));
  return control;
}

function localMinute(moment) {
  return new Date(moment.getTime() - moment.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

/** Rich text is typed as plain text: one section with one piece. */
function richTextInput(element, drawing) {
  const control = h("textarea", { rows: 4, class: "entry", ...drawing.attributes });
  const held = drawing.surface.hold(drawing.block, element, null)?.rich_text_value;
  control.value = held?.elements?.[0]?.elements?.[0]?.text ?? "";
  listen(control, { ...element, multiline: true }, drawing, (text) => ({
    rich_text_value: {
      type: "rich_text",
      elements: [{ type: "rich_text_section", elements: text ? [{ type: "text", text }] : [] }],
    },
  }));
  return control;
}

function fileInput(element, { block, surface, attributes, answer }) {
  const held = surface.hold(block, element, null)?.files ?? [];
  const status = h("small", { role: "status" }, held.length ? `${held.length} file(s) chosen` : "");
  const control = h("input", {
    type: "file",
    class: "entry",
    ...attributes,
    multiple: (element.max_files ?? 10) > 1,
    accept: (element.filetypes ?? []).map((type) => `.${type}`).join(",") || null,
    onchange: async () => {
      status.textContent = "Uploading…";
      try {
        const files = [...control.files].slice(0, element.max_files ?? 10);
        const uploaded = await Promise.all(files.map((file) => api.sendFile({ user: surface.user(), file })));
        await answer({ files: uploaded.map(({ file }) => file.id) });
        status.textContent = uploaded.map(({ file }) => file.name).join(", ");
      } catch (error) {
        status.textContent = error.message;
      }
    },
  });
  return h("div", {}, control, status);
}
