// The card that tells a newcomer the three steps, with the sample file at hand; each step is ticked once it was done.

import { h, hidden } from "./dom.js";
import { makeSampleDraggable, uploadSample } from "./files.js";

const EXAMPLE = "my parcel has not arrived yet";
const STARTED = "step: start";
const ASKED = "step: ask";

/** A command that was taken may have done a step: a bare `/finetune start` only opens a window. */
export function noteCommand(session, text) {
  if (/^\/finetune\s+start\s+\S/.test(text)) session.dismiss(STARTED);
  if (/^\/classify\s+\S/.test(text)) session.dismiss(ASKED);
}

/** A window that was submitted without an error started something. */
export function noteSubmission(session) {
  session.dismiss(STARTED);
}

/** The card for the open channel, or null where it was dismissed or the app does not listen. */
export function welcomeCard(page) {
  const { session, workspace } = page;
  const isFirst = session.channel && session.channel.id === session.firstPlace();
  if (!isFirst || session.isDismissed("welcome")) return null;
  const title = "welcome-title";
  return h("section", { class: "welcome", "aria-labelledby": title },
    h("div", { class: "welcome-head" },
      h("h2", { id: title }, "Three steps to a model of your own"),
      h("button", { type: "button", class: "icon-button", "aria-label": "Dismiss the three steps", onclick: () => session.dismiss("welcome") }, "×")),
    h("ol", { class: "steps" },
      step(hasDropped(page), "Drop a file of examples",
        `A CSV with a text and a label in each row. Drop your own anywhere here${page.workspace.sample ? ", or take the sample:" : "."}`,
        sampleRow(page)),
      step(session.isDismissed(STARTED), "Start the training",
        `Read ${workspace.app.name}'s report in the thread, then send:`, commandRow(page, "/finetune start")),
      step(session.isDismissed(ASKED), "Ask the model",
        "When it is done you are mentioned. Then anybody here can send:", commandRow(page, `/classify ${EXAMPLE}`))));
}

/** A step that was done shrinks to its title, so that what it brought about stays in sight. */
function step(isDone, title, words, row) {
  return h("li", { class: isDone ? "done" : "" },
    h("strong", {}, title), isDone ? h("span", { class: "step-done" }, "✓", hidden(" done")) : null,
    isDone ? null : [h("p", {}, words), row]);
}

function hasDropped({ workspace, session }) {
  return workspace.visible(session.place, session.user).some((message) => message.user === session.user && message.files?.length);
}

function sampleRow(page) {
  const { sample } = page.workspace;
  if (!sample) return null;
  const handle = h("span", { class: "sample", title: "Drag me into the channel" }, h("span", { "aria-hidden": "true" }, "⠿ 📄 "), sample.name);
  makeSampleDraggable(handle);
  return h("div", { class: "button-row" },
    handle,
    h("button", { type: "button", class: "button primary", "data-key": "drop-sample", onclick: () => uploadSample(page) }, "Drop the sample file here"),
    h("a", { href: sample.url, download: sample.name, class: "button" }, "Download it"));
}

function commandRow(page, command) {
  return h("div", { class: "button-row" },
    h("code", {}, command),
    h("button", { type: "button", class: "button", "data-key": command, "aria-label": `Type ${command} for me`, onclick: () => page.prefill(command) },
      "Type it for me"));
}
