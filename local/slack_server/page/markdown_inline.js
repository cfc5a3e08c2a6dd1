// The words inside a markdown line as DOM nodes: code, links, bold, italic, struck, mentions, emoji and escapes.

import { h, isWebAddress, link } from "./dom.js";
import { emojiFor } from "./emoji.js";
import { unescaped } from "./mrkdwn.js";

/** One pattern a form; the first that matches earliest in the text wins, the order breaks ties. */
const FORMS = [
  { pattern: /\\([\\`*_{}[\]()#+\-.!~|<>])/, node: ([, character]) => character },
  { pattern: /(`+)([^`]|[^`][\s\S]*?[^`])\1(?!`)/, node: ([, , code]) => h("code", {}, code.trim()) },
  { pattern: /!\[([^\]]*)\]\(([^()\s]+)\)/, node: ([, alt, address]) => link(address, alt || address) },
  { pattern: /\[([^\]]+)\]\(([^()\s]+)\)/, node: ([, words, address], names) => link(address, inlineMarkdown(words, names)) },
  { pattern: /<@([UW]\w+)(?:\|[^>]*)?>/, node: ([, user], names) => mention(`@${names.userName(user)}`) },
  { pattern: /<#(C\w+)(?:\|[^>]*)?>/, node: ([, channel], names) => mention(`#${names.channelName(channel)}`) },
  { pattern: /<(https?:\/\/[^<>\s]+)>/, node: ([, address]) => link(address, address) },
  { pattern: /https?:\/\/[^\s<>()]+[^\s<>().,;:!?'"]/, node: ([address]) => (isWebAddress(address) ? link(address, address) : address) },
  { pattern: /\*\*\*(?=\S)([\s\S]*?\S)\*\*\*/, node: ([, words], names) => h("strong", {}, h("em", {}, inlineMarkdown(words, names))) },
  { pattern: /\*\*(?=\S)([\s\S]*?\S)\*\*/, node: ([, words], names) => h("strong", {}, inlineMarkdown(words, names)) },
  { pattern: /(?<![\p{L}\p{N}])__(?=\S)([\s\S]*?\S)__(?![\p{L}\p{N}])/u, node: ([, words], names) => h("strong", {}, inlineMarkdown(words, names)) },
  { pattern: /~~(?=\S)([\s\S]*?\S)~~/, node: ([, words], names) => h("s", {}, inlineMarkdown(words, names)) },
  { pattern: /\*(?=\S)([^*]*?\S)\*/, node: ([, words], names) => h("em", {}, inlineMarkdown(words, names)) },
  { pattern: /(?<![\p{L}\p{N}_])_(?=\S)([^_]*?\S)_(?![\p{L}\p{N}_])/u, node: ([, words], names) => h("em", {}, inlineMarkdown(words, names)) },
  { pattern: /:([a-z0-9_+-]+):/, node: ([whole, code]) => emojiFor(code) ?? whole },
];

function mention(text) {
  return h("span", { class: "mention" }, text);
}

/** DOM nodes of one line of markdown. */
export function inlineMarkdown(text, names) {
  const nodes = [];
  let rest = text;
  while (rest) {
    const found = earliest(rest);
    if (!found) break;
    if (found.match.index) nodes.push(unescaped(rest.slice(0, found.match.index)));
    nodes.push(found.form.node(found.match, names));
    rest = rest.slice(found.match.index + found.match[0].length);
  }
  if (rest) nodes.push(unescaped(rest));
  return nodes;
}

function earliest(text) {
  let best = null;
  for (const form of FORMS) {
    const match = form.pattern.exec(text);
    if (match && (!best || match.index < best.match.index)) best = { form, match };
  }
  return best;
}
