// Blocks of type rich_text as DOM nodes: sections, lists, quotes and preformatted text with styled pieces.

import { fromTokens } from "./dates.js";
import { h, link } from "./dom.js";
import { emojiFor } from "./emoji.js";

/** The DOM of one rich_text block. */
export function richText(block, names) {
  return h("div", { class: "rich-text" }, groupedLists(block.elements ?? [], names));
}

/** Slack sends nested lists flat, each with its depth; here they are put into one another. */
function groupedLists(elements, names) {
  const nodes = [];
  const open = [];
  for (const element of elements) {
    if (element.type !== "rich_text_list") {
      open.length = 0;
      nodes.push(container(element, names));
      continue;
    }
    const depth = element.indent ?? 0;
    const list = listNode(element, names);
    open.length = Math.min(open.length, depth);
    const parent = open.at(-1);
    if (parent) (parent.lastElementChild ?? parent).append(list);
    else nodes.push(list);
    open[depth] = list;
  }
  return nodes;
}

function listNode(element, names) {
  const ordered = element.style === "ordered";
  const start = ordered && element.offset ? element.offset + 1 : null;
  return h(ordered ? "ol" : "ul", { start }, (element.elements ?? []).map((item) => h("li", {}, pieces(item, names))));
}

function container(element, names) {
  switch (element.type) {
    case "rich_text_section":
      return h("div", { class: "rich-section" }, pieces(element, names));
    case "rich_text_quote":
      return h("blockquote", {}, pieces(element, names));
    case "rich_text_preformatted":
      return h("pre", {}, h("code", {}, pieces(element, names)));
    default:
      return h("span", {}, element.text ?? "");
  }
}

function pieces(element, names) {
  return (element.elements ?? []).map((piece) => styled(pieceNode(piece, names), piece.style ?? {}));
}

function pieceNode(piece, names) {
  const mention = (text) => h("span", { class: "mention" }, text);
  switch (piece.type) {
    case "text":
      return h("span", {}, lineBreaks(piece.text ?? ""));
    case "link":
      return link(piece.url, piece.text || piece.url);
    case "emoji":
      return h("span", {}, emojiFor(piece.name ?? "") ?? `:${piece.name}:`);
    case "user":
      return mention(`@${names.userName(piece.user_id)}`);
    case "channel":
      return mention(`#${names.channelName(piece.channel_id)}`);
    case "usergroup":
      return mention(`@${piece.usergroup_id}`);
    case "broadcast":
      return mention(`@${piece.range}`);
    case "date":
      return h("time", {}, fromTokens(piece.timestamp, piece.format ?? "{date}") ?? piece.fallback ?? "");
    case "color":
      return h("code", {}, piece.value ?? "");
    default:
      return h("span", {}, piece.text ?? "");
  }
}

function lineBreaks(text) {
  return text.split("\n").flatMap((line, index) => (index ? [h("br"), line] : [line]));
}

const STYLES = { code: "code", strike: "s", underline: "u", italic: "em", bold: "strong" };

function styled(node, style) {
  return Object.entries(STYLES).reduce((inner, [name, tag]) => (style[name] ? h(tag, {}, inner) : inner), node);
}
