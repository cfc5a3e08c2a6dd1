// Select menus of Block Kit, single and multi: fixed options, options the app is asked for, people, conversations, channels.

import { picker } from "./picker.js";
import { plainText } from "./text.js";

/** For each kind of select: the field of its answer, the preset's field, and where its choices come from. */
const KINDS = {
  static_select: { field: "selected_option", preset: "initial_option", choices: fixedOptions },
  external_select: { field: "selected_option", preset: "initial_option", asks: true },
  users_select: { field: "selected_user", preset: "initial_user", choices: people, ids: true },
  conversations_select: { field: "selected_conversation", preset: "initial_conversation", choices: conversations, ids: true },
  channels_select: { field: "selected_channel", preset: "initial_channel", choices: publicChannels, ids: true },
};

/** The drawing function for a type of element, or undefined. */
export function selectElement(type) {
  const multiple = type.startsWith("multi_");
  const kind = KINDS[multiple ? type.slice("multi_".length) : type];
  return kind && ((element, drawing) => select(kind, multiple, element, drawing));
}

function select(kind, multiple, element, { block, surface, attributes, answer }) {
  const plural = (name) => (multiple ? `${name}s` : name);
  const field = plural(kind.field);
  const choices = kind.choices ? kind.choices(element, surface) : [];
  const preset = element[plural(kind.preset)] ?? (element.default_to_current_conversation ? surface.origin.channel : null) ?? null;
  const held = surface.hold(block, element, preset === null ? null : { [field]: preset })?.[field];
  const toChoice = (one) => (kind.ids ? (choices.find((choice) => choice.raw === one) ?? idChoice(one)) : optionChoice(one));
  return picker({
    placeholder: plainText(element.placeholder) || "Choose",
    choices,
    selected: [held ?? []].flat().map(toChoice),
    multiple,
    most: element.max_selected_items,
    askFrom: element.min_query_length ?? 3,
    ask: kind.asks ? async (text) => optionChoices(await surface.options(block, element, text)) : null,
    onPick: (selected) => {
      const raw = selected.map((choice) => choice.raw);
      return answer({ [field]: multiple ? raw : raw[0] });
    },
  }, attributes);
}

function optionChoice(option) {
  return { value: option.value, label: plainText(option.text), description: plainText(option.description), raw: option };
}

/** Options of an answer, which may come in groups. */
function optionChoices(options) {
  return options.flatMap((one) =>
    one.options
      ? one.options.map((option) => ({ ...optionChoice(option), group: plainText(one.label) }))
      : [optionChoice(one)]);
}

function fixedOptions(element) {
  return optionChoices(element.option_groups ?? element.options ?? []);
}

function idChoice(id, label = id, description = "") {
  return { value: id, label, description, raw: id };
}

function people(_, { workspace }) {
  return workspace.people().map((user) => idChoice(user.id, user.real_name || user.name, `@${user.name}`));
}

function conversations(element, surface) {
  const kinds = new Set((element.filter?.include ?? ["public", "private", "im"]).map((name) => (name === "public" ? "channel" : name)));
  return surface.workspace
    .channelsFor(surface.user())
    .filter((channel) => kinds.has(channel.kind))
    .map((channel) => idChoice(channel.id, surface.workspace.channelLabel(channel)));
}

function publicChannels(element, surface) {
  return conversations({ filter: { include: ["public"] } }, surface);
}
