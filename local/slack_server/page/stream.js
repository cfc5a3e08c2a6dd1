// Live changes over one WebSocket: reconnects after a break and asks for everything since the last change it saw.

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 5000;

/** Follows /control/stream until `stop()`; `onChange` gets each change once, in order. */
export class Stream {
  /**
   * @param {number} seq the last change already known
   * @param {{onChange: Function, onState: Function, onGap: Function}} listeners
   *   `onState(live)` on each connect and loss; `onGap()` is awaited before a reconnect and answers the seq to go on
   *   from, so that a restarted workspace (whose numbers start again) is read anew.
   */
  constructor(seq, listeners) {
    this.seq = seq;
    this.listeners = listeners;
    this.pauseMs = FIRST_PAUSE_MS;
    this.stopped = false;
    this.connect();
  }

  connect() {
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    this.socket = new WebSocket(`${scheme}://${location.host}/control/stream?after=${this.seq}`);
    this.socket.addEventListener("open", () => {
      this.pauseMs = FIRST_PAUSE_MS;
      this.listeners.onState(true);
    });
    this.socket.addEventListener("message", (event) => this.receive(JSON.parse(event.data)));
    this.socket.addEventListener("close", () => this.retry());
  }

  receive(change) {
    if (change.seq <= this.seq) return;
    this.seq = change.seq;
    this.listeners.onChange(change);
  }

  retry() {
    if (this.stopped) return;
    this.listeners.onState(false);
    setTimeout(() => this.reconnect(), this.pauseMs);
    this.pauseMs = Math.min(this.pauseMs * 2, LONGEST_PAUSE_MS);
  }

  async reconnect() {
    if (this.stopped) return;
    try {
      this.seq = await this.listeners.onGap(this.seq);
    } catch {
      this.retry();
      return;
    }
    this.connect();
  }

  /** Close the socket as a lost network would; the stream comes back by itself. */
  drop() {
    this.socket.close();
  }

  stop() {
    this.stopped = true;
    this.socket.close();
  }
}
