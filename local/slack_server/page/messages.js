// One message: author, time, blocks or text, files, reactions, replies and what can be done with it.

import * as api from "./api.js";
import { drawBlocks } from "./blocks.js";
import { clock, fullMoment, momentOf } from "./dates.js";
import { h, hidden } from "./dom.js";
import { emojiFor } from "./emoji.js";
import { fileCard } from "./files.js";
import { openMenu } from "./menu.js";
import { mrkdwn } from "./mrkdwn.js";

/**
 * The node of a message.
 * @param {object} page workspace, session, notices and surfaces
 * @param {object} message
 * @param {{inThread: boolean, replies: object[]}} place
 */
export function messageNode(page, message, { inThread, replies }) {
  const author = authorOf(page, message);
  const moment = momentOf(message.ts);
  return h("article", {
      class: `message ${message.ephemeral_for ? "ephemeral" : ""}`,
      "data-ts": message.ts,
      "aria-label": `${author.name}, ${clock(moment)}`,
    },
    h("div", { class: `avatar ${author.isApp ? "avatar-app" : ""}`, "aria-hidden": "true" }, author.name.slice(0, 1)),
    h("div", { class: "message-main" },
      h("div", { class: "message-head" },
        h("strong", {}, author.name),
        author.isApp ? h("span", { class: "badge" }, "App") : null,
        h("time", { class: "muted", title: fullMoment(moment), datetime: moment.toISOString() }, clock(moment)),
        message.edited ? h("span", { class: "muted edited" }, "(edited)") : null,
        message.ephemeral_for ? h("span", { class: "only-you" }, "Only visible to you") : null,
        message.reply_broadcast && !inThread ? h("span", { class: "muted" }, "also sent to the channel") : null),
      bodyOf(page, message),
      (message.files ?? []).map((file) => fileCard(file)),
      reactions(page, message),
      inThread ? null : threadButton(page, message, replies)),
    message.ephemeral_for || message.deleted ? null : tools(page, message, inThread));
}

function authorOf({ workspace }, message) {
  if (message.deleted) return { name: "Workspace", isApp: false };
  const isApp = Boolean(message.bot_id) || message.user === workspace.app.bot_user_id;
  const name = isApp ? message.username || workspace.app.name : workspace.nameOf(message.user ?? message.username ?? "?");
  return { name: name || "?", isApp };
}

function bodyOf(page, message) {
  if (message.deleted) return h("p", { class: "muted" }, "This message was deleted.");
  const surface = page.surfaceOf(message);
  surface.restart();
  return [
    message.blocks?.length ? h("div", { class: "message-body" }, drawBlocks(message.blocks, surface)) : words(message.text, surface),
    (message.attachments ?? []).map((attachment) => attachmentNode(attachment, surface)),
  ];
}

function words(text, surface) {
  return text ? h("div", { class: "message-body words" }, mrkdwn(text, surface.names)) : null;
}

/** The older form of rich messages: blocks of its own, or a pretext, a title, a text and fields beside a bar. */
function attachmentNode(attachment, surface) {
  if (attachment.blocks?.length) return h("div", { class: "attachment" }, drawBlocks(attachment.blocks, surface));
  const title = attachment.title ?? attachment.fallback;
  return h("div", { class: "attachment" },
    words(attachment.pretext, surface),
    title && !(attachment.text && !attachment.title) ? h("strong", {}, title) : null,
    words(attachment.text, surface),
    (attachment.fields ?? []).map((field) => h("p", {}, h("strong", {}, field.title ?? ""), " ", field.value ?? "")));
}

function reactions({ workspace }, message) {
  if (!message.reactions?.length) return null;
  return h("ul", { class: "reactions", "aria-label": "Reactions" }, message.reactions.map(({ name, users }) => {
    const people = users.map((user) => workspace.nameOf(user)).join(", ");
    return h("li", { title: `:${name}: ${people}` },
      h("span", { "aria-hidden": "true" }, emojiFor(name) ?? `:${name}:`, " ", users.length),
      hidden(`${name.replaceAll("_", " ")}: ${people}`));
  }));
}

function threadButton({ session }, message, replies) {
  if (!replies.length) return null;
  const count = replies.length === 1 ? "1 reply" : `${replies.length} replies`;
  return h("button", {
    type: "button",
    class: "thread-button",
    "data-key": `thread ${message.ts}`,
    "aria-expanded": String(session.thread === message.ts),
    onclick: () => session.openThread(message.ts),
  }, count, h("span", { class: "muted" }, ` last at ${clock(momentOf(replies.at(-1).ts))}`));
}

function tools(page, message, inThread) {
  const { session, workspace } = page;
  const shortcuts = workspace.app.shortcuts.filter((shortcut) => shortcut.type === "message");
  const items = shortcuts.map((shortcut) => ({
    label: shortcut.name,
    description: shortcut.description,
    run: () => runShortcut(page, shortcut, message),
  }));
  if (mayDelete(page, message)) items.push({ label: "Delete this message", run: () => remove(page, message) });
  const more = h("button", {
    type: "button",
    class: "icon-button",
    "aria-haspopup": "menu",
    "aria-expanded": "false",
    "aria-label": "More actions for this message",
    "data-key": `more ${message.ts} ${inThread}`,
    onclick: () => openMenu(more, "More actions", items),
  }, "⋯");
  return h("div", { class: "message-tools" },
    inThread ? null : h("button", {
      type: "button",
      class: "icon-button",
      "data-key": `reply ${message.ts}`,
      "aria-label": "Reply in thread",
      title: "Reply in thread",
      onclick: () => {
        session.openThread(message.thread_ts ?? message.ts);
        page.focusThread();
      },
    }, "↩"),
    items.length ? more : null);
}

/** As in Slack: one's own, and an admin's right over all. */
function mayDelete({ session, workspace }, message) {
  return message.user === session.user || Boolean(workspace.users.get(session.user)?.is_admin);
}

async function remove({ session, notices }, message) {
  try {
    await api.deleteMessage(session.user, message.channel, message.ts);
  } catch (error) {
    notices.fail(error);
  }
}

async function runShortcut({ session, notices }, shortcut, message) {
  try {
    await api.sendShortcut({ user: session.user, callback_id: shortcut.callback_id, channel: message.channel, ts: message.ts });
  } catch (error) {
    notices.fail(error);
  }
}

/** A line of the workspace itself to one person, such as a command that failed. */
export function noticeNode(notice) {
  const moment = momentOf(notice.at);
  return h("article", { class: "message ephemeral notice", "aria-label": `Workspace, ${clock(moment)}` },
    h("div", { class: "avatar", "aria-hidden": "true" }, "!"),
    h("div", { class: "message-main" },
      h("div", { class: "message-head" },
        h("strong", {}, "Workspace"),
        h("time", { class: "muted" }, clock(moment)),
        h("span", { class: "only-you" }, "Only visible to you")),
      h("div", { class: "message-body words" }, mrkdwn(notice.text, { userName: String, channelName: String }))));
}
