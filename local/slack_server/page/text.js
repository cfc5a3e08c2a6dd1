// Text objects of Block Kit: plain_text with its emoji, mrkdwn with its marks.

import { withEmoji } from "./emoji.js";
import { mrkdwn, unescaped } from "./mrkdwn.js";

/** Nodes for a text object; a bare string counts as plain text. */
export function textObject(text, names) {
  if (!text) return [];
  if (typeof text === "string") return [text];
  if (text.type === "mrkdwn") return [mrkdwn(text.text, names)];
  return [plainText(text)];
}

/** The characters of a plain text object, for attributes and options. */
export function plainText(text) {
  if (!text) return "";
  if (typeof text === "string") return text;
  const characters = unescaped(text.text ?? "");
  return text.emoji === false ? characters : withEmoji(characters);
}
