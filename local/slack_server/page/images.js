// Pictures in blocks and messages: from this server, or named in words where the address is elsewhere.

import { h, link } from "./dom.js";

/** The picture of an image block or element; where it cannot be shown, its alt text stands in a box. */
export function imageNode({ image_url: address, slack_file: file, alt_text: alt }, surface) {
  const source = file ? fileAddress(file, surface) : address;
  const picture = h("img", { src: source, alt: alt ?? "", loading: "lazy", decoding: "async" });
  const box = h("span", { class: "picture" }, picture);
  picture.addEventListener("error", () => box.replaceChildren(standIn(address, alt)));
  if (!picture.hasAttribute("src")) box.replaceChildren(standIn(null, alt));
  return box;
}

/** The bytes of a file of this workspace, where the page may read them without a token. */
function fileAddress(file, surface) {
  if (file.id) return `/control/file/${encodeURIComponent(file.id)}`;
  const known = surface.files?.find((other) => other.url_private === file.url || other.permalink === file.url);
  return known ? known.url : file.url;
}

/** This page loads nothing from other servers, so a picture from there is a link with its description. */
function standIn(address, alt) {
  const words = `Picture: ${alt || "no description"}`;
  return h("span", { class: "picture-missing" }, address ? link(address, words) : words);
}

/** A picture of a message's own file, which opens in full when clicked. */
export function filePicture(file) {
  const alt = file.alt_txt || file.title || file.name;
  return h("a", { href: file.url, target: "_blank", rel: "noopener", class: "picture" },
    h("img", { src: file.url, alt, loading: "lazy", decoding: "async" }));
}
