// Block Kit: one drawing function a block type; what is unknown or broken shows as a labelled box and harms nothing else.

import { chart } from "./charts.js";
import { h, link } from "./dom.js";
import { interactive } from "./elements.js";
import { imageNode } from "./images.js";
import { inputBlock } from "./inputs.js";
import { markdown } from "./markdown.js";
import { richText } from "./richtext.js";
import { dataTable, table } from "./tables.js";
import { plan, taskCard } from "./tasks.js";
import { plainText, textObject } from "./text.js";

/** Nodes for all blocks of a message, a view or the App Home. */
export function drawBlocks(blocks, surface) {
  return (blocks ?? []).map((block) => drawBlock(block, surface));
}

function drawBlock(block, surface) {
  const draw = Object.hasOwn(DRAWN, block?.type) ? DRAWN[block.type] : null;
  if (!draw) return unknown(`Block “${block?.type ?? "without a type"}” is not shown in the local workspace.`, block);
  try {
    return h("div", { class: `block block-${block.type}` }, draw(block, surface));
  } catch (error) {
    console.warn("block not drawn", block, error);
    return unknown(`Block “${block.type}” could not be shown.`, block);
  }
}

function unknown(words, block) {
  return h("details", { class: "block unknown" }, h("summary", {}, words), h("pre", {}, JSON.stringify(block, null, 2)));
}

const DRAWN = {
  section,
  header: (block) => h("h4", { class: "block-title" }, plainText(block.text)),
  divider: () => h("hr"),
  context,
  actions: (block, surface) => h("div", { class: "button-row" }, (block.elements ?? []).map((one) => interactive(one, block, surface))),
  context_actions: (block, surface) => h("div", { class: "button-row" }, (block.elements ?? []).map((one) => interactive(one, block, surface))),
  image,
  input: inputBlock,
  rich_text: (block, surface) => richText(block, surface.names),
  markdown: (block, surface) => markdown(block.text, surface.names),
  table,
  data_table: dataTable,
  data_visualization: chart,
  alert,
  task_card: taskCard,
  plan,
  card,
  carousel: (block, surface) => h("div", { class: "carousel" }, (block.elements ?? []).map((one) => card(one, surface))),
  container,
  video: (block) => link(block.title_url ?? block.video_url, `Video: ${plainText(block.title)}`),
  file: (block) => h("span", { class: "muted" }, `File ${block.external_id}`),
};

function section(block, surface) {
  const words = h("div", { class: "section-words" },
    block.text ? h("div", { class: "words" }, textObject(block.text, surface.names)) : null,
    block.fields ? h("div", { class: "fields" }, block.fields.map((field) => h("div", { class: "words" }, textObject(field, surface.names)))) : null);
  const accessory = block.accessory ? h("div", { class: "accessory" }, interactive(block.accessory, block, surface)) : null;
  return h("div", { class: "section" }, words, accessory);
}

function context(block, surface) {
  return h("div", { class: "context" }, (block.elements ?? []).map((element) =>
    element.type === "image" ? imageNode(element, surface) : h("span", { class: "words" }, textObject(element, surface.names))));
}

function image(block, surface) {
  return h("figure", {}, block.title ? h("figcaption", {}, plainText(block.title)) : null, imageNode(block, surface));
}

const LEVELS = { info: "Note", warning: "Warning", error: "Error", success: "Done" };

function alert(block, surface) {
  const level = Object.hasOwn(LEVELS, block.level) ? block.level : "default";
  return h("div", { class: `alert alert-${level}`, role: level === "error" ? "alert" : "note" },
    LEVELS[level] ? h("strong", {}, `${LEVELS[level]}: `) : null,
    textObject(block.text, surface.names));
}

function card(block, surface) {
  return h("div", { class: "card" },
    block.hero_image ? imageNode(block.hero_image, surface) : null,
    block.title ? h("strong", {}, textObject(block.title, surface.names)) : null,
    block.subtitle ? h("div", { class: "muted" }, textObject(block.subtitle, surface.names)) : null,
    block.body ? h("div", {}, textObject(block.body, surface.names)) : null,
    block.actions ? h("div", { class: "button-row" }, block.actions.map((one) => interactive(one, block, surface))) : null);
}

function container(block, surface) {
  const title = block.rich_text_title ? richText(block.rich_text_title, surface.names) : textObject(block.title, surface.names);
  const inner = [
    block.subtitle ? h("div", { class: "muted" }, textObject(block.subtitle, surface.names)) : null,
    drawBlocks(block.child_blocks, surface),
  ];
  if (!block.is_collapsible) return h("div", { class: "card" }, h("strong", {}, title), inner);
  return h("details", { class: "card", open: !block.default_collapsed }, h("summary", {}, title), inner);
}
