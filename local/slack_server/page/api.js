// The control interface over HTTP: one function for each thing a person does; answers and refusals come back as objects.

/** A refusal of the workspace, or the workspace being out of reach. */
export class ControlError extends Error {
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

const OUT_OF_REACH = "The local workspace does not answer. Is it still running?";

async function call(path, options = {}) {
  let response;
  try {
    response = await fetch(path, options);
  } catch {
    throw new ControlError("out_of_reach", OUT_OF_REACH);
  }
  let body;
  try {
    body = await response.json();
  } catch {
    throw new ControlError("bad_answer", `The local workspace answered ${response.status} without a reason.`);
  }
  if (!body.ok) throw new ControlError(body.error ?? "refused", body.message ?? body.error ?? "Refused.");
  return body;
}

const get = (path, query = {}) => call(`/control/${path}${Object.keys(query).length ? `?${new URLSearchParams(query)}` : ""}`);

const post = (path, body) =>
  call(`/control/${path}`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });

export const readWorkspace = () => get("workspace");
export const readMessages = (channel, user) => get("messages", { channel, user });
export const readViews = (user) => get("views", { user });

export const sendMessage = (message) => post("messages", message);
export const sendCommand = (command) => post("commands", command);
export const sendAction = (action) => post("actions", action);
export const sendShortcut = (shortcut) => post("shortcuts", shortcut);
export const submitView = (user, viewId, values) => post("view_submissions", { user, view_id: viewId, values });
export const closeView = (user, viewId) => post("view_closed", { user, view_id: viewId });
export const openHome = (user) => post("home", { user });
export const inviteBot = (user, channel) => post("invite", { user, channel });
export const deleteMessage = (user, channel, ts) => post("message_deletions", { user, channel, ts });
export const findOptions = (question) => post("options", question);

/** Drop a file as the person would, or, without a channel, choose it in a form; the answer names the file. */
export function sendFile({ user, channel, threadTs, file }) {
  const form = new FormData();
  form.append("user", user);
  if (channel) form.append("channel", channel);
  if (threadTs) form.append("thread_ts", threadTs);
  form.append("file", file, file.name);
  return call("/control/files", { method: "POST", body: form });
}

/** The bytes behind an address of this server as a File, for dropping the sample. */
export async function fetchFile(url, name) {
  const response = await fetch(url);
  if (!response.ok) throw new ControlError("sample_missing", `The sample file could not be read (${response.status}).`);
  return new File([await response.blob()], name);
}
