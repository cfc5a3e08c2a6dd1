// Slack's mrkdwn as DOM nodes. The text is untrusted: it is cut into pieces, and every piece ends as a text node.

import { fromTokens } from "./dates.js";
import { h, isWebAddress, link } from "./dom.js";
import { emojiFor } from "./emoji.js";

const ENTITIES = { "&amp;": "&", "&lt;": "<", "&gt;": ">" };

/** Slack escapes exactly these three. */
export function unescaped(text) {
  return text.replace(/&(?:amp|lt|gt);/g, (entity) => ENTITIES[entity]);
}

/**
 * @param {string} text mrkdwn, escaped as Slack escapes
 * @param {{userName: Function, channelName: Function}} names how <@U…> and <#C…> are called
 * @returns {DocumentFragment}
 */
export function mrkdwn(text, names) {
  const fragment = document.createDocumentFragment();
  const parts = String(text ?? "").split(/```([\s\S]*?)```/);
  parts.forEach((part, index) => {
    if (index % 2 === 1) {
      fragment.append(h("pre", {}, h("code", {}, verbatim(part.replace(/^\n/, "")))));
    } else if (part) {
      fragment.append(...quotesAndLines(part, names));
    }
  });
  return fragment;
}

/** Code keeps everything but the links Slack wraps in angle brackets, of which the words are kept. */
function verbatim(text) {
  return unescaped(text.replace(/<([^<>]+)>/g, (_, inside) => inside.split("|").at(-1)));
}

function quotesAndLines(text, names) {
  const nodes = [];
  let quoted = [];
  const endQuote = () => {
    if (quoted.length) nodes.push(h("blockquote", {}, lines(quoted, names)));
    quoted = [];
  };
  let plain = [];
  const endPlain = () => {
    if (plain.length) nodes.push(...lines(plain, names));
    plain = [];
  };
  for (const line of text.split("\n")) {
    const quote = /^(?:&gt;|>)(?!&gt;) ?(.*)$/.exec(line);
    if (quote) {
      endPlain();
      quoted.push(quote[1]);
    } else {
      endQuote();
      plain.push(line);
    }
  }
  endQuote();
  endPlain();
  return nodes;
}

function lines(texts, names) {
  return texts.flatMap((text, index) => (index ? [h("br"), ...inline(text, names)] : inline(text, names)));
}

/** Marks that open and close around words, as Slack sees them: not inside a word, nothing empty, no blanks at the edges. */
const MARKS = { "*": "strong", _: "em", "~": "s" };
const PIECE = /`([^`\n]+)`|<([^<>\n]+)>|:([a-z0-9_+-]+)(?:::skin-tone-\d)?:|([*_~])(?=\S)/g;

function inline(text, names) {
  const nodes = [];
  let done = 0;
  const upTo = (end) => {
    if (end > done) nodes.push(unescaped(text.slice(done, end)));
  };
  const piece = new RegExp(PIECE);
  for (let match = piece.exec(text); match; match = piece.exec(text)) {
    const [node, end] = pieceAt(text, match, names);
    if (node === null) continue;
    upTo(match.index);
    nodes.push(node);
    done = end;
    piece.lastIndex = end;
  }
  upTo(text.length);
  return nodes;
}

function pieceAt(text, match, names) {
  const [whole, code, angle, emoji, mark] = match;
  const end = match.index + whole.length;
  if (code !== undefined) return [h("code", {}, verbatim(code)), end];
  if (angle !== undefined) return [angleNode(angle, names), end];
  if (emoji !== undefined) return [emojiFor(emoji), end];
  const close = closingMark(text, match.index, mark);
  if (close < 0) return [null, end];
  return [h(MARKS[mark], {}, inline(text.slice(match.index + 1, close), names)), close + 1];
}

function closingMark(text, open, mark) {
  if (open > 0 && /[\p{L}\p{N}]/u.test(text[open - 1])) return -1;
  for (let at = text.indexOf(mark, open + 2); at > 0; at = text.indexOf(mark, at + 1)) {
    const before = text[at - 1];
    const after = text[at + 1] ?? " ";
    if (!/\s/.test(before) && !/[\p{L}\p{N}]/u.test(after) && !insideCodeOrLink(text, open, at)) return at;
  }
  return -1;
}

function insideCodeOrLink(text, open, at) {
  const stretch = text.slice(open + 1, at);
  const ticks = (stretch.match(/`/g) ?? []).length;
  return ticks % 2 === 1 || stretch.lastIndexOf("<") > stretch.lastIndexOf(">");
}

function angleNode(inside, names) {
  const [target, ...rest] = inside.split("|");
  const label = rest.length ? unescaped(rest.join("|")) : null;
  if (target.startsWith("@")) return mention(`@${label ?? names.userName(target.slice(1))}`);
  if (target.startsWith("#")) return mention(`#${label || names.channelName(target.slice(1))}`);
  if (target.startsWith("!")) return special(target.slice(1), label);
  const address = unescaped(target);
  if (!isWebAddress(address)) return unescaped(`<${inside}>`);
  return link(address, label ?? address.replace(/^mailto:/, ""));
}

function mention(text) {
  return h("span", { class: "mention" }, text);
}

function special(command, label) {
  if (/^(channel|here|everyone)$/.test(command)) return mention(`@${command}`);
  if (command.startsWith("subteam^")) return mention(label ?? "@group");
  const [kind, seconds, template, address] = command.split("^");
  if (kind === "date" && template) {
    const words = fromTokens(seconds, template) ?? label ?? "";
    return h("time", {}, address ? link(address, words) : words);
  }
  return label ?? `<${command}>`;
}
