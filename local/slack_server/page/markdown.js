// Blocks of type markdown as DOM nodes: headings, lists, tables, quotes, rules and code; the words inside go to markdown_inline.

import { h } from "./dom.js";
import { inlineMarkdown } from "./markdown_inline.js";

const FENCE = /^\s{0,3}(```+|~~~+)\s*([\w+-]*)\s*$/;
const HEADING = /^\s{0,3}(#{1,6})\s+(.*?)\s*#*\s*$/;
const RULE = /^\s{0,3}([-*_])(?:\s*\1){2,}\s*$/;
const QUOTE = /^\s{0,3}>\s?(.*)$/;
const ITEM = /^(\s*)([-*+]|\d{1,9}[.)])\s+(.*)$/;
const TABLE_RULE = /^\s*\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?\s*$/;

/** The DOM of a markdown text. */
export function markdown(text, names) {
  return h("div", { class: "markdown" }, blocksOf(String(text ?? "").replace(/\r\n?/g, "\n").split("\n"), names));
}

/** Each reader takes lines from the front of the rest and answers a node, or null when its form is not there. */
const READERS = [readBlank, readFence, readHeading, readRule, readQuote, readList, readTable, readParagraph];

function blocksOf(lines, names) {
  const rest = [...lines];
  const nodes = [];
  while (rest.length) {
    for (const read of READERS) {
      const before = rest.length;
      const node = read(rest, names);
      if (node) nodes.push(node);
      if (rest.length < before) break;
    }
  }
  return nodes;
}

function readBlank(rest) {
  if (!rest[0].trim()) rest.shift();
  return null;
}

function readFence(rest) {
  const open = FENCE.exec(rest[0]);
  if (!open) return null;
  rest.shift();
  const code = [];
  while (rest.length && !rest[0].trim().startsWith(open[1])) code.push(rest.shift());
  rest.shift();
  return h("pre", {}, h("code", {}, code.join("\n")));
}

function readHeading(rest, names) {
  const heading = HEADING.exec(rest[0]);
  if (!heading) return null;
  rest.shift();
  // A message is no page: its first level is the page's fourth.
  const level = Math.min(heading[1].length + 3, 6);
  return h(`h${level}`, { class: `markdown-h${heading[1].length}` }, inlineMarkdown(heading[2], names));
}

function readRule(rest) {
  if (!RULE.test(rest[0])) return null;
  rest.shift();
  return h("hr");
}

function readQuote(rest, names) {
  const quoted = [];
  while (rest.length && QUOTE.test(rest[0])) quoted.push(QUOTE.exec(rest.shift())[1]);
  return quoted.length ? h("blockquote", {}, blocksOf(quoted, names)) : null;
}

function readList(rest, names) {
  const first = ITEM.exec(rest[0]);
  if (!first) return null;
  const depth = first[1].length;
  const ordered = /\d/.test(first[2]);
  const list = h(ordered ? "ol" : "ul", { start: ordered && first[2] !== "1." ? parseInt(first[2], 10) : null });
  while (rest.length) {
    const item = ITEM.exec(rest[0]);
    if (!item || item[1].length < depth || item[1].length > depth + 1 || /\d/.test(item[2]) !== ordered) break;
    rest.shift();
    list.append(listItem(item, takeInner(rest, depth), names));
  }
  return list;
}

/** The lines that belong to the item just read: deeper ones, its indent taken off. */
function takeInner(rest, depth) {
  const inner = [];
  while (rest.length && /^\s*/.exec(rest[0])[0].length > depth + 1 && rest[0].trim()) inner.push(rest.shift().slice(depth + 2));
  return inner;
}

function listItem(item, inner, names) {
  const task = /^\[([ xX])\]\s+(.*)$/.exec(item[3]);
  const words = task ? task[2] : item[3];
  const box = task ? h("input", { type: "checkbox", disabled: true, checked: task[1] !== " " }) : null;
  return h("li", { class: task ? "task" : null }, box, inlineMarkdown(words, names), blocksOf(inner, names));
}

function readTable(rest, names) {
  if (rest.length < 2 || !rest[0].includes("|") || !TABLE_RULE.test(rest[1])) return null;
  const head = cells(rest.shift());
  const aligns = cells(rest.shift()).map((mark) => alignment(mark));
  const rows = [];
  while (rest.length && rest[0].includes("|")) rows.push(cells(rest.shift()));
  const row = (tag, texts) =>
    h("tr", {}, head.map((_, index) => h(tag, { class: aligns[index] }, inlineMarkdown(texts[index] ?? "", names))));
  return h("div", { class: "table-scroll", tabindex: "0", role: "region", "aria-label": "Table" },
    h("table", {}, h("thead", {}, row("th", head)), h("tbody", {}, rows.map((texts) => row("td", texts)))));
}

function cells(line) {
  const trimmed = line.trim().replace(/^\|/, "").replace(/(?<!\\)\|$/, "");
  return trimmed.split(/(?<!\\)\|/).map((cell) => cell.trim().replace(/\\\|/g, "|"));
}

function alignment(mark) {
  if (mark.endsWith(":")) return mark.startsWith(":") ? "align-center" : "align-right";
  return null;
}

function readParagraph(rest, names) {
  const lines = [rest.shift()];
  while (rest.length && continues(rest)) lines.push(rest.shift());
  return h("p", {}, lines.flatMap((line, index) => [index ? h("br") : null, ...inlineMarkdown(line.trim(), names)]));
}

function continues(rest) {
  const [line, next] = rest;
  const otherForm = [FENCE, HEADING, RULE, QUOTE, ITEM].some((form) => form.test(line));
  const table = line.includes("|") && next !== undefined && TABLE_RULE.test(next);
  return line.trim() && !otherForm && !table;
}
