// Files: their cards in messages, and how they get here: dropped on a pane or chosen with the upload button.

import * as api from "./api.js";
import { sizeInWords } from "./dates.js";
import { h } from "./dom.js";
import { filePicture } from "./images.js";

const SAMPLE_TYPE = "application/x-workspace-sample";

/** Name, kind, size and download of a file; a picture shows itself. */
export function fileCard(file) {
  const name = file.title || file.name || "a file";
  const facts = [file.filetype?.toUpperCase(), sizeInWords(file.size)].filter(Boolean).join(" · ");
  return h("div", { class: "file" },
    file.is_image && file.url ? filePicture(file) : null,
    h("div", { class: "file-facts" },
      h("span", { class: "file-icon", "aria-hidden": "true" }, file.is_image ? "🖼️" : "📄"),
      h("div", {}, h("div", { class: "file-name" }, name), h("small", { class: "muted" }, facts)),
      file.url ? h("a", { href: file.url, download: file.name || true, class: "button", "aria-label": `Download ${name}` }, "Download") : null));
}

/** Upload files one after the other into a channel or thread. */
export async function upload({ session, notices }, files, threadTs = null) {
  const { channel, user } = session;
  if (!channel) return;
  for (const file of files) {
    const done = notices.say(`Uploading ${file.name} (${sizeInWords(file.size)})…`, { stays: true });
    try {
      await api.sendFile({ user, channel: channel.id, threadTs, file });
    } catch (error) {
      notices.fail(error);
    } finally {
      done();
    }
  }
}

/** Drop the sample file as if it had been dragged in from the person's own disk. */
export async function uploadSample(page) {
  const { sample } = page.workspace;
  if (!sample) return;
  try {
    await upload(page, [await api.fetchFile(sample.url, sample.name)]);
  } catch (error) {
    page.notices.fail(error);
  }
}

/** Let the sample's label be dragged like a file. */
export function makeSampleDraggable(element) {
  element.draggable = true;
  element.addEventListener("dragstart", (event) => event.dataTransfer.setData(SAMPLE_TYPE, "sample"));
}

/** Take drops anywhere on a pane; `words` says where to, `threadTs` which thread, if any. */
export function acceptDrops(page, pane, { words, threadTs = () => null }) {
  const overlay = h("div", { class: "drop-overlay", hidden: true });
  pane.append(overlay);
  let depth = 0;
  const show = (isOver) => {
    overlay.hidden = !isOver;
    if (isOver) overlay.replaceChildren(h("p", {}, words()));
  };
  const carriesFile = ({ dataTransfer }) => [...dataTransfer.types].some((type) => type === "Files" || type === SAMPLE_TYPE);
  pane.addEventListener("dragenter", (event) => {
    if (!carriesFile(event) || !page.session.channel) return;
    event.preventDefault();
    depth += 1;
    show(true);
  });
  pane.addEventListener("dragover", (event) => {
    if (carriesFile(event) && page.session.channel) event.preventDefault();
  });
  pane.addEventListener("dragleave", () => {
    depth = Math.max(0, depth - 1);
    if (!depth) show(false);
  });
  pane.addEventListener("drop", (event) => {
    if (!carriesFile(event) || !page.session.channel) return;
    event.preventDefault();
    depth = 0;
    show(false);
    if (event.dataTransfer.types.includes(SAMPLE_TYPE)) uploadSample(page);
    else upload(page, [...event.dataTransfer.files], threadTs());
  });
}

/** Keep a file that misses the panes from replacing the page. */
export function refuseStrayDrops() {
  for (const type of ["dragover", "drop"]) window.addEventListener(type, (event) => event.preventDefault());
}

/** The button that opens the file chooser. */
export function uploadButton(page, threadTs) {
  const input = h("input", {
    type: "file",
    multiple: true,
    hidden: true,
    onchange: async () => {
      await upload(page, [...input.files], threadTs());
      input.value = "";
    },
  });
  const button = h("button", {
    type: "button",
    class: "icon-button",
    "aria-label": "Upload a file",
    title: "Upload a file",
    onclick: () => input.click(),
  }, "📎");
  return [button, input];
}
