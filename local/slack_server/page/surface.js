// Where blocks stand (a message, a modal, the App Home): keeps what was entered there and sends actions from there.

import * as api from "./api.js";

const SEPARATOR = "\u0000";

export class Surface {
  /**
   * @param {object} settings
   * @param {Workspace} settings.workspace
   * @param {() => string} settings.user the acting person
   * @param {object} settings.origin what names the place to the server: {channel, ts}, {channel, ephemeral_id} or {view_id}
   * @param {(error: Error) => void} settings.onError
   * @param {Map<string, object>} [settings.values] answers given so far, by block and action id
   */
  constructor({ workspace, user, origin, onError, values = new Map() }) {
    this.workspace = workspace;
    this.user = user;
    this.origin = origin;
    this.onError = onError;
    this.values = values;
    this.fields = new Map();
  }

  /** How ids of people and channels are called in text. */
  get names() {
    const { workspace } = this;
    return {
      userName: (id) => workspace.nameOf(id),
      channelName: (id) => workspace.channels.get(id)?.name ?? id,
    };
  }

  key(block, element) {
    return [block.block_id ?? "", element.action_id ?? ""].join(SEPARATOR);
  }

  /** The key under which a control is found again after its message was drawn anew. */
  controlKey(block, element) {
    return [...Object.values(this.origin), block.block_id, element.action_id].join(" ");
  }

  /** Begin a new drawing: controls that are not drawn again no longer count. */
  restart() {
    this.fields.clear();
  }

  /** Note that a control is drawn; answers what it holds: an earlier answer, else what the app preset. */
  hold(block, element, preset) {
    const key = this.key(block, element);
    if (!this.values.has(key) && preset !== null) this.values.set(key, preset);
    this.fields.set(key, { block, element });
    return this.values.get(key) ?? null;
  }

  set(block, element, payload) {
    this.values.set(this.key(block, element), payload);
  }

  /** What the drawn controls hold, in the form of a view's state: block id, action id, answer. */
  state() {
    const state = {};
    for (const [key, { block, element }] of this.fields) {
      if (!this.values.has(key)) continue;
      state[block.block_id] ??= {};
      state[block.block_id][element.action_id] = this.values.get(key);
    }
    return state;
  }

  /** Send an action; answers whether the app acknowledged it. A refusal is shown where `onError` shows it. */
  async act(block, element, payload = {}) {
    const action = { block_id: block.block_id, action_id: element.action_id, ...payload, state: { values: this.state() } };
    try {
      await api.sendAction({ user: this.user(), ...this.origin, ...action });
      return true;
    } catch (error) {
      this.onError(error);
      return false;
    }
  }

  /** Options of an external select for what was typed. */
  async options(block, element, value) {
    const { block_id, action_id } = { ...block, ...element };
    const answer = await api.findOptions({ user: this.user(), ...this.origin, block_id, action_id, value });
    return answer.option_groups ?? answer.options;
  }
}
