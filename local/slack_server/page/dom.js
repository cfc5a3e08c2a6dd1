// Building DOM nodes: the only place that makes elements. Data becomes text nodes and attributes, never markup.

const SVG_NAMESPACE = "http://www.w3.org/2000/svg";
const SAFE_SCHEMES = new Set(["http:", "https:", "mailto:"]);

/**
 * An element with attributes, listeners and children.
 * `on…` functions become listeners; true/false/null switch an attribute on or off; strings among the children become text.
 */
export function h(tag, attributes = {}, ...children) {
  return filled(document.createElement(tag), attributes, children);
}

/** The same for a shape inside an <svg>. */
export function svg(tag, attributes = {}, ...children) {
  return filled(document.createElementNS(SVG_NAMESPACE, tag), attributes, children);
}

function filled(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) {
      if (typeof value === "function") element.addEventListener(name.slice(2), value);
    } else if (name === "href" || name === "src") {
      const address = safeAddress(value);
      if (address !== null) element.setAttribute(name, address);
    } else if (value === true) {
      element.setAttribute(name, "");
    } else if (value !== false && value !== null && value !== undefined) {
      element.setAttribute(name, String(value));
    }
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** The address when a browser may follow it (web, mail, or a path of this server), else null. */
export function safeAddress(address) {
  try {
    const url = new URL(String(address), document.baseURI);
    return SAFE_SCHEMES.has(url.protocol) || url.protocol === "blob:" ? url.href : null;
  } catch {
    return null;
  }
}

/** Whether untrusted data may be a link: a full web or mail address, not a path of this server. */
export function isWebAddress(address) {
  return /^(https?:\/\/|mailto:)/i.test(String(address)) && safeAddress(address) !== null;
}

/** A link that opens beside this page; plain text where the address is not one to follow. */
export function link(address, ...children) {
  if (!isWebAddress(address)) return h("span", {}, ...children);
  return h("a", { href: address, target: "_blank", rel: "noopener noreferrer" }, ...children);
}

/** Words for screen readers only. */
export function hidden(text) {
  return h("span", { class: "visually-hidden" }, text);
}

const FRAME_MS = 16;

/** A function that runs `work` once in the next frame, however often it is called; also in a tab that is not in sight. */
export function coalesced(work) {
  let waiting = false;
  return () => {
    if (waiting) return;
    waiting = true;
    setTimeout(() => {
      waiting = false;
      work();
    }, FRAME_MS);
  };
}

let lastId = 0;

/** An id no other element of the page has. */
export function freshId(prefix) {
  lastId += 1;
  return `${prefix}-${lastId}`;
}
