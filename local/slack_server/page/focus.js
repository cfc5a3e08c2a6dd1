// The keyboard's place on the page, kept while parts of it are drawn anew: controls are known again by their data-key.

/** Focus a control, or the one that was drawn in its place. */
export function focusAgain(control) {
  const heir = control.isConnected ? control : byKey(control.dataset?.key);
  heir?.focus({ preventScroll: true });
  return heir;
}

function byKey(key) {
  return key ? document.querySelector(`[data-key="${CSS.escape(key)}"]`) : null;
}

/** Run `draw`, then give the focus, and in a text field the cursor, back to where it was inside `root`. */
export function keepingFocus(root, draw) {
  const focused = root.contains(document.activeElement) ? document.activeElement : null;
  const cursor = focused && cursorOf(focused);
  draw();
  if (!focused || focused.isConnected) return;
  const heir = focusAgain(focused);
  if (heir && cursor) heir.setSelectionRange?.(...cursor);
}

/** Selection of a text field; the browser has none for dates, numbers and the like. */
function cursorOf(control) {
  const isText = control.matches("textarea, input[type=text]");
  return isText ? [control.selectionStart, control.selectionEnd] : null;
}
