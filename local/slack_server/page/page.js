// The page as a whole: puts the parts together and tells each when to draw itself.

import { ChannelPane } from "./channel_pane.js";
import { coalesced } from "./dom.js";
import { refuseStrayDrops, upload } from "./files.js";
import { Modals } from "./modals.js";
import { popupIsOpen } from "./popup.js";
import { Session } from "./session.js";
import { Sidebar } from "./sidebar.js";
import { Surface } from "./surface.js";
import { ThreadPane } from "./thread_pane.js";
import { Topbar } from "./topbar.js";

/** Codes for which the workspace tells the person itself, with a notice in the channel. */
const TOLD_BY_NOTICE = new Set([
  "dispatch_failed",
  "invalid_command_response",
  "not_a_command",
  "not_supported_in_threads",
]);

export class Page {
  constructor(workspace, notices) {
    this.workspace = workspace;
    this.notices = notices;
    this.session = new Session(workspace);
    this.surfaces = new Map();
    const byId = (id) => document.getElementById(id);
    this.topbar = new Topbar(this, { title: byId("team"), connection: byId("connection"), person: byId("person"), stream: byId("stream-lost") });
    this.sidebar = new Sidebar(this, byId("sidebar"));
    this.channelPane = new ChannelPane(this, byId("main"));
    this.threadPane = new ThreadPane(this, byId("thread"));
    this.modals = new Modals(this);
    this.listen();
    this.drawAll();
    this.modals.refresh();
  }

  listen() {
    const { workspace, session } = this;
    const all = coalesced(() => this.drawAll());
    const messages = coalesced(() => this.drawMessages());
    workspace.addEventListener("messages", ({ detail }) => {
      messages();
      if (detail.isNew) this.noticeNew(detail.message);
    });
    workspace.addEventListener("notices", ({ detail }) => {
      messages();
      if (detail.user === session.user) this.notices.announce(detail.text);
    });
    for (const kind of ["channels", "connection"]) workspace.addEventListener(kind, all);
    workspace.addEventListener("reload", () => {
      session.settle();
      all();
      this.modals.refresh();
    });
    session.addEventListener("place", all);
    session.addEventListener("read", coalesced(() => this.sidebar.draw()));
    window.addEventListener("focus", () => session.markRead());
    document.addEventListener("keydown", (event) => this.onKey(event));
    refuseStrayDrops();
  }

  drawAll() {
    this.topbar.draw();
    this.channelPane.draw();
    this.threadPane.draw();
    this.session.markRead();
    this.sidebar.draw();
    this.nameTab();
  }

  drawMessages() {
    this.channelPane.drawMessages();
    this.channelPane.drawWelcome();
    this.threadPane.draw();
    if (document.hasFocus()) this.session.markRead();
    this.sidebar.draw();
    this.nameTab();
  }

  nameTab() {
    const { session, workspace } = this;
    const unread = workspace.channelsFor(session.user).reduce((sum, channel) => sum + session.unread(channel.id), 0);
    const place = session.atHome ? "Home" : workspace.channelLabel(session.channel);
    document.title = `${unread ? `(${unread}) ` : ""}${place} – ${workspace.team.name}`;
  }

  /** Speak a new message, and open the thread of the app's first answer to the person's own file. */
  noticeNew(message) {
    const { session, workspace } = this;
    const isFromApp = Boolean(message.bot_id) || message.user === workspace.app.bot_user_id;
    const isForOthers = message.ephemeral_for && message.ephemeral_for !== session.user;
    if (message.channel !== session.place || isForOthers || message.user === session.user) return;
    this.notices.announce(`${isFromApp ? workspace.app.name : workspace.nameOf(message.user)}: ${message.text}`);
    if (isFromApp) this.openFirstReply(message);
  }

  openFirstReply(message) {
    const { session, workspace } = this;
    const root = message.thread_ts && workspace.find(message.channel, message.thread_ts);
    if (!root?.files?.length || root.user !== session.user || session.thread === root.ts) return;
    if (workspace.replies(root.channel, root.ts, session.user).length !== 1) return;
    const isBusyElsewhere = session.thread && this.threadPane.composer.isInUse;
    if (!isBusyElsewhere) session.openThread(root.ts);
  }

  onKey(event) {
    if (event.key !== "Escape" || event.defaultPrevented || popupIsOpen() || document.querySelector("dialog[open]")) return;
    // Whoever is writing meant the words, not the thread beside them.
    if (this.session.thread && !event.target.value) this.threadPane.close();
  }

  // What the parts ask of one another.

  /** The surface of a message: the same one as long as the page lives, so that answers outlast a new drawing. */
  surfaceOf(message) {
    const key = `${message.channel} ${message.ephemeral_id ?? message.ts}`;
    if (!this.surfaces.has(key)) {
      const { channel, ts, ephemeral_id } = message;
      this.surfaces.set(key, new Surface({
        workspace: this.workspace,
        user: () => this.session.user,
        origin: ephemeral_id ? { channel, ephemeral_id } : { channel, ts },
        onError: (error) => this.notices.fail(error),
      }));
    }
    const surface = this.surfaces.get(key);
    surface.files = message.files;
    return surface;
  }

  listOf(threadTs) {
    return (threadTs ? this.threadPane : this.channelPane).list;
  }

  focusThread() {
    this.threadPane.draw();
    this.threadPane.composer.focus();
  }

  prefill(text) {
    this.channelPane.composer.prefill(text);
  }

  upload(files, threadTs) {
    return upload(this, files, threadTs);
  }

  commandFailed(error) {
    if (!TOLD_BY_NOTICE.has(error.code)) this.notices.fail(error);
  }
}
