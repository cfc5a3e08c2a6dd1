// The middle: the open channel with its messages, the welcome card, the invitation and the box to write in; or the App Home.

import * as api from "./api.js";
import { Composer } from "./composer.js";
import { h } from "./dom.js";
import { acceptDrops } from "./files.js";
import { keepingFocus } from "./focus.js";
import { HomePane } from "./home.js";
import { MessageList } from "./message_list.js";
import { welcomeCard } from "./welcome.js";

export class ChannelPane {
  /** @param {HTMLElement} root the main landmark, which holds the parts named by their classes */
  constructor(page, root) {
    this.page = page;
    this.root = root;
    const part = (name) => root.querySelector(`.${name}`);
    this.parts = Object.fromEntries(["pane-title", "pane-note", "welcome-slot", "channel-view", "home-view", "invite-slot"].map((name) => [name, part(name)]));
    this.list = new MessageList(page, part("messages"), { inThread: false });
    this.composer = new Composer(page, part("composer-slot"), { threadTs: () => null, hasShortcuts: true });
    this.home = new HomePane(page, this.parts["home-view"]);
    acceptDrops(page, this.parts["channel-view"], { words: () => `Drop to share in ${page.workspace.channelLabel(page.session.channel)}` });
  }

  draw() {
    const { session } = this.page;
    this.parts["home-view"].hidden = !session.atHome;
    this.parts["channel-view"].hidden = session.atHome;
    if (session.atHome) this.drawHome();
    else this.drawChannel();
  }

  drawHome() {
    const { session, workspace } = this.page;
    this.head(`${workspace.app.name} home`, workspace.app.description ?? "");
    if (this.homeFor === session.user) return;
    this.homeFor = session.user;
    this.home.open();
  }

  drawChannel() {
    const { session, workspace } = this.page;
    const { channel, user } = session;
    this.homeFor = null;
    const label = workspace.channelLabel(channel);
    this.head(label, channel.kind === "private" ? "private channel" : channel.kind === "im" ? "direct message" : "");
    this.list.label(`Messages in ${label}`);
    this.composer.place(`${user} ${channel.id}`, `Message ${label}`);
    this.drawMessages();
    this.drawWelcome();
    this.parts["invite-slot"].replaceChildren(...(channel.bot_is_member === false ? [this.invitation(channel)] : []));
  }

  drawMessages() {
    const { session, workspace } = this.page;
    if (!session.channel) return;
    const roots = workspace
      .visible(session.place, session.user)
      .filter((message) => !message.thread_ts || message.thread_ts === message.ts || message.reply_broadcast);
    const notices = workspace.notices.filter((notice) => notice.user === session.user && notice.channel === session.place);
    const threads = workspace.threads(session.place, session.user);
    this.list.show(`${session.user} ${session.place}`, roots, notices, threads);
  }

  drawWelcome() {
    const slot = this.parts["welcome-slot"];
    const card = welcomeCard(this.page);
    keepingFocus(slot, () => slot.replaceChildren(...(card ? [card] : [])));
  }

  head(title, note) {
    this.parts["pane-title"].textContent = title;
    this.parts["pane-note"].textContent = note;
  }

  invitation(channel) {
    const { session, workspace, notices } = this.page;
    const { name } = workspace.app;
    return h("div", { class: "invitation" },
      h("span", {}, `${name} is not in this channel: it sees nothing that happens here.`),
      h("button", {
        type: "button",
        class: "button",
        onclick: () => api.inviteBot(session.user, channel.id).catch((error) => notices.fail(error)),
      }, `Invite ${name}`));
  }
}
