// The start: read the workspace, put the page together, then follow the changes.

import { Notices } from "./notices.js";
import { Page } from "./page.js";
import { Workspace } from "./state.js";
import { Stream } from "./stream.js";

const RETRY_MS = 1000;

async function start() {
  const notices = new Notices(document.getElementById("notes"), document.getElementById("live"));
  const workspace = new Workspace();
  try {
    await workspace.load();
  } catch (error) {
    document.getElementById("stream-lost").hidden = false;
    console.error("the workspace could not be read", error);
    setTimeout(start, RETRY_MS);
    return;
  }
  document.getElementById("stream-lost").hidden = true;
  const page = new Page(workspace, notices);
  page.stream = new Stream(workspace.seq, {
    onChange: (change) => workspace.apply(change),
    onState: (live) => page.topbar.showStream(live),
    onGap: (seq) => workspace.catchUp(seq),
  });
  document.body.classList.add("ready");
}

start();
