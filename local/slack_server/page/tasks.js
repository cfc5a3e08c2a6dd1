// Blocks of type task_card and plan: steps of work with their state in words, not by colour alone.

import { h } from "./dom.js";
import { richText } from "./richtext.js";
import { textObject } from "./text.js";

const STATES = {
  pending: ["○", "waiting"],
  in_progress: ["◐", "in progress"],
  complete: ["●", "done"],
  error: ["✕", "failed"],
};

/** One task: title, state, details and output. */
export function taskCard(task, surface) {
  const [mark, words] = STATES[task.status] ?? ["•", task.status ?? ""];
  return h("div", { class: `task task-${task.status}` },
    h("div", { class: "task-head" },
      h("span", { "aria-hidden": "true" }, mark),
      h("strong", {}, textObject(task.title, surface.names)),
      h("small", { class: "muted" }, words)),
    detail(task.details, surface),
    detail(task.output, surface));
}

function detail(block, surface) {
  if (!block) return null;
  return h("div", { class: "task-detail" }, block.type === "rich_text" ? richText(block, surface.names) : textObject(block, surface.names));
}

/** A plan: a title and its tasks in order. */
export function plan(block, surface) {
  return h("div", { class: "plan" },
    h("strong", {}, textObject(block.title, surface.names)),
    h("ol", { class: "plain-list" }, (block.tasks ?? []).map((task) => h("li", {}, taskCard(task, surface)))));
}
