// The question an app asks before a button that costs or destroys: answered by a click or the keyboard.

import { freshId, h } from "./dom.js";
import { textObject } from "./text.js";

/** Show the confirm object; answers true for its confirm button, false for deny, Escape or the cross. */
export function confirmed(confirm, names) {
  return new Promise((resolve) => {
    const title = freshId("confirm");
    const no = h("button", { type: "submit", value: "no", class: "button" },
      textObject(confirm.deny ?? { type: "plain_text", text: "Cancel" }, names));
    const yes = h("button", { type: "submit", value: "yes", class: `button ${confirm.style ?? "primary"}` },
      textObject(confirm.confirm ?? { type: "plain_text", text: "Yes" }, names));
    const dialog = h("dialog", { class: "modal confirm", role: "alertdialog", "aria-labelledby": title },
      h("form", { method: "dialog" },
        h("h2", { id: title }, textObject(confirm.title ?? { type: "plain_text", text: "Are you sure?" }, names)),
        h("div", { class: "modal-body" }, textObject(confirm.text ?? { type: "plain_text", text: "" }, names)),
        h("div", { class: "modal-foot" },
          no,
          yes)));
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes");
    });
    document.body.append(dialog);
    dialog.showModal();
    // What destroys is not one careless Enter away.
    (confirm.style === "danger" ? no : yes).focus();
  });
}
