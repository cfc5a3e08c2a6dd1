// Where this tab is: the acting person, the open place (a channel or the App Home), the open thread, what was read and dismissed.

const HOME = "home";

/** Storage that may be switched off in the browser: then nothing is remembered, and nothing breaks. */
function remembered(storage, key, fallback) {
  try {
    return JSON.parse(storage().getItem(key)) ?? fallback;
  } catch {
    return fallback;
  }
}

function remember(storage, key, value) {
  try {
    storage().setItem(key, JSON.stringify(value));
  } catch {
    // Private windows and full disks refuse: the page works on without memory.
  }
}

const perTab = () => window.sessionStorage;
const perBrowser = () => window.localStorage;

/** Emits "place" when the person, the place or the thread changes, "read" when unread marks do. */
export class Session extends EventTarget {
  /** @param {Workspace} workspace loaded already: it says which people and channels there are */
  constructor(workspace) {
    super();
    this.workspace = workspace;
    this.key = `workspace-page:${workspace.team.id}`;
    this.readMarks = remembered(perBrowser, `${this.key}:read`, {});
    this.dismissed = remembered(perBrowser, `${this.key}:dismissed`, {});
    this.drafts = new Map();
    this.thread = null;
    this.settle();
    window.addEventListener("hashchange", () => this.followAddress());
  }

  settle() {
    const people = this.workspace.people();
    const wanted = remembered(perTab, `${this.key}:user`, null);
    this.user = (people.find((person) => person.id === wanted) ?? people[0])?.id;
    this.place = this.firstPlace();
    this.followAddress();
  }

  firstPlace() {
    const channels = this.workspace.channelsFor(this.user);
    return (channels.find((channel) => channel.bot_is_member && channel.kind !== "im") ?? channels[0])?.id ?? HOME;
  }

  /** The address bar names place and thread, so that a reload or a shared address comes back here. */
  followAddress() {
    const [place, thread] = location.hash.replace(/^#\/?/, "").split("/");
    if (!place || !this.mayOpen(place)) return;
    if (place === this.place && (thread || null) === this.thread) return;
    this.place = place;
    this.thread = thread || null;
    this.announce("place");
  }

  mayOpen(place) {
    return place === HOME || this.workspace.channelsFor(this.user).some((channel) => channel.id === place);
  }

  get atHome() {
    return this.place === HOME;
  }

  get channel() {
    return this.workspace.channels.get(this.place) ?? null;
  }

  actAs(user) {
    this.user = user;
    remember(perTab, `${this.key}:user`, user);
    if (!this.mayOpen(this.place)) this.place = this.firstPlace();
    this.open(this.place);
  }

  open(place, thread = null) {
    this.place = place;
    this.thread = thread;
    const address = `#/${place}${thread ? `/${thread}` : ""}`;
    if (location.hash !== address) history.replaceState(null, "", address);
    this.announce("place");
  }

  openHome() {
    this.open(HOME);
  }

  openThread(ts) {
    this.open(this.place, ts);
  }

  closeThread() {
    if (this.thread) this.open(this.place, null);
  }

  /** All visible messages of the open channel count as read. */
  markRead() {
    const messages = this.workspace.visible(this.place, this.user);
    const newest = messages.at(-1)?.ts;
    const key = `${this.user}:${this.place}`;
    if (!newest || this.readMarks[key] >= newest) return;
    this.readMarks[key] = newest;
    remember(perBrowser, `${this.key}:read`, this.readMarks);
    this.announce("read");
  }

  /** How many messages of others this person has not seen in a channel. */
  unread(channel) {
    const mark = this.readMarks[`${this.user}:${channel}`] ?? "";
    return this.workspace.visible(channel, this.user).filter((message) => message.ts > mark && message.user !== this.user)
      .length;
  }

  isDismissed(what) {
    return Boolean(this.dismissed[`${this.user}:${what}`]);
  }

  /** Remember, for this person in this browser, that something is over with. */
  dismiss(what) {
    if (this.isDismissed(what)) return;
    this.dismissed[`${this.user}:${what}`] = true;
    remember(perBrowser, `${this.key}:dismissed`, this.dismissed);
    this.announce("place");
  }

  announce(kind) {
    this.dispatchEvent(new Event(kind));
  }
}
