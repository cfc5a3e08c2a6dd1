// The right side: one thread with its first message, its replies and a box to reply.

import { Composer } from "./composer.js";
import { acceptDrops } from "./files.js";
import { MessageList } from "./message_list.js";

export class ThreadPane {
  constructor(page, root) {
    this.page = page;
    this.root = root;
    const threadTs = () => page.session.thread;
    this.note = root.querySelector(".pane-note");
    this.list = new MessageList(page, root.querySelector(".messages"), { inThread: true });
    this.composer = new Composer(page, root.querySelector(".composer-slot"), { threadTs, hasShortcuts: false });
    acceptDrops(page, root, { words: () => "Drop to share in this thread", threadTs });
    root.querySelector(".close-thread").addEventListener("click", () => this.close());
  }

  draw() {
    const { session, workspace } = this.page;
    const isOpen = Boolean(session.thread && session.channel);
    this.root.hidden = !isOpen;
    document.body.classList.toggle("with-thread", isOpen);
    if (!isOpen) {
      this.list.show(null, []);
      return;
    }
    const label = workspace.channelLabel(session.channel);
    this.note.textContent = label;
    this.list.label(`Thread in ${label}`);
    this.composer.place(`${session.user} ${session.place} ${session.thread}`, "Reply in this thread");
    const root = workspace.find(session.place, session.thread);
    this.list.show(`${session.user} ${session.thread}`, [
      ...(root ? [root] : []),
      ...workspace.replies(session.place, session.thread, session.user),
    ]);
  }

  /** Close, and give the focus back to the message it belongs to. */
  close() {
    const { thread } = this.page.session;
    this.page.session.closeThread();
    document.querySelector(`[data-key="${CSS.escape(`thread ${thread}`)}"]`)?.focus();
  }
}
