// What the page knows of the workspace: people, channels, messages, views; changes are folded in and announced.

import * as api from "./api.js";

/** The server forgets older changes at some time; further behind than this, everything is read again. */
const MOST_CHANGES_KEPT = 4000;

/** The workspace as the server tells it. Emits "messages", "channels", "connection", "views", "home", "notices", "reload". */
export class Workspace extends EventTarget {
  constructor() {
    super();
    this.clear();
  }

  clear() {
    this.seq = 0;
    this.team = { id: "", name: "Local workspace" };
    this.users = new Map();
    this.channels = new Map();
    this.app = { name: "", commands: [], shortcuts: [], connected: false, bot_user_id: null, bot_name: "" };
    this.sample = null;
    this.messages = new Map();
    this.notices = [];
    this.stacks = new Map();
    this.homes = new Map();
  }

  /** Read everything anew. */
  async load() {
    const description = await api.readWorkspace();
    this.clear();
    this.describe(description);
    this.seq = description.seq;
    await Promise.all([...this.channels.keys()].map((channel) => this.loadChannel(channel)));
    this.announce("reload");
  }

  describe({ team, users, channels, app, sample }) {
    this.team = team;
    this.app = app;
    this.sample = sample;
    this.users = new Map(users.map((user) => [user.id, user]));
    this.channels = new Map(channels.map((channel) => [channel.id, channel]));
  }

  async loadChannel(channel) {
    const readers = this.people().filter((person) => this.isIn(this.channels.get(channel), person.id));
    const answers = await Promise.all(readers.map((person) => api.readMessages(channel, person.id)));
    for (const message of answers.flatMap((answer) => answer.messages)) this.put(message);
  }

  /** After a break: the seq to go on from. A workspace that was started again, or ran far ahead, is read anew. */
  async catchUp(seq) {
    const description = await api.readWorkspace();
    if (description.seq < seq || description.seq - seq > MOST_CHANGES_KEPT || description.team.id !== this.team.id) {
      await this.load();
      return this.seq;
    }
    this.describe(description);
    this.announce("channels");
    this.announce("connection");
    return seq;
  }

  /** Persons whom one can act as: everybody but the app. */
  people() {
    return [...this.users.values()].filter((user) => user.id !== this.app.bot_user_id && !user.is_bot);
  }

  /** Channels a person sees in the side bar: all but the direct messages and private channels of others. */
  channelsFor(user) {
    return [...this.channels.values()].filter((channel) => this.isIn(channel, user));
  }

  isIn({ kind, user: own, members }, user) {
    if (kind === "im") return own === user;
    return kind !== "private" || members.includes(user);
  }

  channelLabel(channel) {
    if (!channel) return "";
    if (channel.kind === "im") return this.app.name || "the app";
    return `${channel.kind === "private" ? "🔒" : "#"}${channel.name}`;
  }

  nameOf(userId) {
    if (userId === this.app.bot_user_id) return this.app.name;
    const user = this.users.get(userId);
    return user ? user.real_name || user.name : userId;
  }

  put(message) {
    const shelf = this.messages.get(message.channel) ?? new Map();
    this.messages.set(message.channel, shelf);
    shelf.set(message.ephemeral_id ?? message.ts, message);
  }

  find(channel, key) {
    return this.messages.get(channel)?.get(key);
  }

  /** Messages of a channel that this person may see, oldest first. */
  visible(channel, user) {
    const shelf = [...(this.messages.get(channel)?.values() ?? [])];
    return shelf
      .filter((message) => !message.ephemeral_for || message.ephemeral_for === user)
      .sort((one, other) => (one.ts < other.ts ? -1 : one.ts > other.ts ? 1 : 0));
  }

  replies(channel, root, user) {
    return this.threads(channel, user).get(root) ?? [];
  }

  /** The replies of every thread of a channel by the ts of its first message. */
  threads(channel, user) {
    const threads = new Map();
    for (const message of this.visible(channel, user)) {
      if (!message.thread_ts || message.thread_ts === message.ts) continue;
      if (!threads.has(message.thread_ts)) threads.set(message.thread_ts, []);
      threads.get(message.thread_ts).push(message);
    }
    return threads;
  }

  apply(change) {
    this.seq = change.seq;
    const fold = FOLDS[change.type];
    if (fold) fold(this, change);
  }

  announce(kind, detail = {}) {
    this.dispatchEvent(new CustomEvent(kind, { detail }));
  }
}

function foldMessage(workspace, { type, message }) {
  const isNew = !workspace.find(message.channel, message.ephemeral_id ?? message.ts);
  workspace.put(message);
  workspace.announce("messages", { channel: message.channel, message, isNew: isNew && !type.endsWith("_changed") });
}

function foldDeletion(workspace, change) {
  const key = change.ephemeral_id ?? change.message?.ephemeral_id ?? change.ts ?? change.message?.ts;
  for (const [channel, shelf] of workspace.messages) {
    if (change.channel && change.channel !== channel) continue;
    if (shelf.delete(key)) workspace.announce("messages", { channel, message: null, isNew: false });
  }
}

function foldReaction(workspace, { channel, ts, reactions }) {
  const message = workspace.find(channel, ts);
  if (!message) return;
  workspace.put({ ...message, reactions });
  workspace.announce("messages", { channel, message, isNew: false });
}

/** How each type of change is taken in. */
const FOLDS = {
  message: foldMessage,
  message_changed: foldMessage,
  ephemeral: foldMessage,
  ephemeral_changed: foldMessage,
  message_deleted: foldDeletion,
  ephemeral_deleted: foldDeletion,
  reaction: foldReaction,
  view_opened: (workspace, { user }) => workspace.announce("views", { user }),
  view_updated: (workspace, { user }) => workspace.announce("views", { user }),
  view_closed: (workspace, { user }) => workspace.announce("views", { user }),
  home: (workspace, { user, view }) => {
    workspace.homes.set(user, view);
    workspace.announce("home", { user });
  },
  channel: (workspace, { channel }) => {
    workspace.channels.set(channel.id, { ...workspace.channels.get(channel.id), ...channel });
    workspace.announce("channels");
  },
  notice: (workspace, { user, channel, text, at, seq }) => {
    workspace.notices.push({ user, channel, text, at, id: `notice-${seq}` });
    workspace.announce("notices", { user, channel, text });
  },
  connection: (workspace, { connected }) => {
    workspace.app = { ...workspace.app, connected };
    workspace.announce("connection");
  },
};
